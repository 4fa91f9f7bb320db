import { type FrameLabel, readLabel } from './layered-publisher.js';
import type { Consumption } from './receiver.js';

/** A frame that arrived whole. */
export interface DecodedFrame extends FrameLabel {
  timestamp: number;
  /** First and last sequence number. */
  sequence: number;
  at: number;
  isDecodable: boolean;
  hasMarker: boolean;
  firstPayload: Uint8Array;
  lastExtensions: Map<number, Uint8Array>;
  firstExtensions: Map<number, Uint8Array>;
}

/**
 * The frames that a receiver's decoder can make of the packets, in order of sequence numbers, and
 * the incomplete frames.
 */
export function decode(consumption: Consumption): { frames: DecodedFrame[]; incomplete: FrameLabel[] } {
  const frames: DecodedFrame[] = [];
  const incomplete: FrameLabel[] = [];
  const decoded = new Set<number>();
  let open: { label: FrameLabel; parts: typeof packets } | undefined;
  const packets = consumption.inOrder();
  const close = () => {
    if (!open) return;
    const { label, parts } = open;
    open = undefined;
    if (parts.length !== label.parts) {
      incomplete.push(label);
      return;
    }
    const isDecodable = label.references.every((reference) => decoded.has(reference));
    if (isDecodable) decoded.add(label.frame);
    const last = parts.at(-1)!;
    frames.push({
      ...label,
      ...{ isDecodable, timestamp: last.packet.timestamp, sequence: parts[0]!.sequence, hasMarker: last.packet.marker },
      at: Math.max(...parts.map(({ at }) => at)),
      firstPayload: parts[0]!.packet.payload,
      ...{ firstExtensions: parts[0]!.packet.extensions, lastExtensions: last.packet.extensions },
    });
  };
  for (const received of packets) {
    const label = readLabel(received.packet.payload);
    if (!label) continue;
    if (label.frame !== open?.label.frame) {
      close();
      open = { label, parts: [] };
    }
    open!.parts.push(received);
  }
  close();
  return { frames, incomplete };
}

/** VP8's picture id and index of the base layer. */
export function pictureOf({ firstPayload }: DecodedFrame): { pictureId: number; baseIndex: number } {
  return { pictureId: ((firstPayload[2]! & 0x7f) << 8) | firstPayload[3]!, baseIndex: firstPayload[4]! };
}
