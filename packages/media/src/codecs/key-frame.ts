// Hot path: no allocation per packet.
import { beginsVp8KeyFrame } from './vp8.js';

/** Whether a packet lets a decoder start: for sound every one does. */
export type KeyFrameDetector = (bytes: Uint8Array, offset: number, length: number) => boolean;

/** The detector of a codec by its lower-case MIME type, or undefined where the engine does not handle the codec. */
export function keyFrameDetector(mimeType: string): KeyFrameDetector | undefined {
  return DETECTORS[mimeType.toLowerCase()];
}

const DETECTORS: Readonly<Record<string, KeyFrameDetector>> = {
  'audio/opus': () => true,
  'video/vp8': beginsVp8KeyFrame,
};
