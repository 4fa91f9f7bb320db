import { spatialOf, temporalOf } from '../codecs/frame-details.js';
import type { ForwardedRun } from './forwarded-run.js';
import type { LayerSelector } from './layer-selector.js';
import type { ProducerStream } from './producer-stream.js';

/** Whether a packet with these details is of the layers that the receiver gets now. */
export function isSelected(selector: LayerSelector | undefined, details: number): boolean {
  return !selector || (spatialOf(details) <= selector.spatial && temporalOf(details) <= selector.temporal);
}

/**
 * Whether the stream's latest packet, which is late and has a number at the receiver, is of a frame
 * that the receiver gets: the frame is of one of its layers, or began before those changed.
 */
export function isOfTakenFrame(
  selector: LayerSelector | undefined,
  run: ForwardedRun,
  stream: ProducerStream,
  timestamp: number,
): boolean {
  if (isSelected(selector, stream.details)) return true;
  const { history, sequence } = stream;
  for (const neighbour of NEIGHBOURS) {
    const slot = history.find(sequence + neighbour);
    if (slot < 0 || history.timestamp(slot) !== timestamp) continue;
    const isSameLayer = spatialOf(history.details(slot)) === stream.frame.spatial;
    if (isSameLayer && run.toOutgoing(sequence + neighbour) >= 0) return true;
  }
  return false;
}

const NEIGHBOURS: readonly number[] = [-1, 1];
