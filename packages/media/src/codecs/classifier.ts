// Hot path: no allocation per packet.
import type { RtpHeader } from '../rtp/header.js';
import { Av1Classifier } from './av1.js';
import type { FrameClassifier } from './frame-classifier.js';
import type { FrameInfo } from './frame-info.js';
import { H264Classifier } from './h264.js';
import { Vp8Classifier } from './vp8.js';
import { Vp9Classifier } from './vp9.js';

/**
 * A classifier by a codec's lower-case MIME type. `isSimulcast`: the stream is one spatial layer of
 * its producer, whatever layer its descriptors name.
 */
export function createClassifier(mimeType: string, isSimulcast: boolean): FrameClassifier {
  const create = CLASSIFIERS[mimeType.toLowerCase()];
  if (!create) throw new Error(`no classifier for ${mimeType}`);
  return create(isSimulcast);
}

export function canClassify(mimeType: string): boolean {
  return mimeType.toLowerCase() in CLASSIFIERS;
}

/** Sound: every packet is independent. */
class SoundClassifier implements FrameClassifier {
  classify(_header: RtpHeader, _bytes: Uint8Array, out: FrameInfo): void {
    out.reset();
    out.isKeyFrame = out.beginsFrame = out.endsFrame = true;
  }
}

const CLASSIFIERS: Readonly<Record<string, (isSimulcast: boolean) => FrameClassifier>> = {
  'audio/opus': () => new SoundClassifier(),
  'video/vp8': () => new Vp8Classifier(),
  'video/vp9': (isSimulcast) => new Vp9Classifier(isSimulcast),
  'video/h264': () => new H264Classifier(),
  'video/av1': (isSimulcast) => new Av1Classifier(isSimulcast),
};
