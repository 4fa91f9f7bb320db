/** The sender of a packet, in its payload. */
export interface Origin {
  /** A number of this run, so that packets of other senders are recognised. */
  run: number;
  publisher: number;
  /** The place among the encodings of a picture. */
  layer: number;
}

/** Writes departure time and sender; `at` lies `STAMP_AT` bytes behind the start of the payload. */
export function stamp(view: DataView, at: number, time: number, { run, publisher, layer }: Origin): void {
  view.setFloat64(at, time);
  view.setUint32(at + RUN_AT, run);
  view.setUint16(at + PUBLISHER_AT, publisher);
  view.setUint8(at + LAYER_AT, layer);
}

/**
 * Position in the payload, behind a key frame's header, of the departure time for the receivers.
 */
export const STAMP_AT = 24;
export const STAMP_BYTES = 15;
/** From the departure time on. */
export const RUN_AT = 8;
export const PUBLISHER_AT = 12;
export const LAYER_AT = 14;
