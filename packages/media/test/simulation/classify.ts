import { createClassifier } from '../../src/codecs/classifier.js';
import type { FrameClassifier } from '../../src/codecs/frame-classifier.js';
import { FrameInfo } from '../../src/codecs/frame-info.js';
import { ExtensionKind } from '../../src/rtp/extensions.js';
import { RtpHeader } from '../../src/rtp/header.js';

export interface ClassifyOptions {
  isSimulcast?: boolean;
  marker?: boolean;
  sequenceNumber?: number;
  /** A dependency descriptor. */
  descriptor?: Uint8Array;
  classifier?: FrameClassifier;
}

/** The result of a codec's classifier for one payload, which lies among foreign bytes. */
export function classify(mimeType: string, payload: ArrayLike<number>, options: ClassifyOptions = {}): FrameInfo {
  const { descriptor = new Uint8Array(0) } = options;
  const bytes = new Uint8Array(payload.length + descriptor.length + 96).fill(0xff);
  bytes.set(descriptor, 32);
  const header = new RtpHeader();
  header.payloadOffset = descriptor.length + 64;
  header.payloadLength = payload.length;
  header.marker = options.marker ? 1 : 0;
  header.sequenceNumber = options.sequenceNumber ?? 0;
  if (descriptor.length > 0) {
    header.extensionOffsets[ExtensionKind.DependencyDescriptor] = 32;
    header.extensionLengths[ExtensionKind.DependencyDescriptor] = descriptor.length;
  }
  bytes.set(Uint8Array.from(payload), header.payloadOffset);
  const info = new FrameInfo();
  (options.classifier ?? createClassifier(mimeType, options.isSimulcast ?? false)).classify(header, bytes, info);
  return info;
}
