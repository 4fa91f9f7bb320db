import type { RtpHeader } from '../rtp/header.js';
import type { FrameInfo } from './frame-info.js';

/**
 * Reads the frame properties in a codec's packets; one for each stream, because descriptors refer
 * to earlier packets. Input may be any bytes: unreadable fields keep their values from
 * `FrameInfo.reset`.
 */
export interface FrameClassifier {
  classify(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void;
  /**
   * AV1: one bit for each decode target of the newest structure that needs no higher layers than
   * these; 0 when the structure has a different number of targets.
   */
  targetMask?(spatial: number, temporal: number, decodeTargets: number): number;
}
