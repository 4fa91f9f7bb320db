/** Sequence numbers are 16 bit on the wire (RFC 3550 section 5.1); inside they are extended to numbers that never wrap. */

/** The number closest to `reference` whose low 16 bits are `sequenceNumber`. */
export function extendSequenceNumber(reference: number, sequenceNumber: number): number {
  return reference + (((sequenceNumber - (reference & 0xffff)) << 16) >> 16);
}

/** Extends the first number of a stream: one cycle up, so that earlier packets stay positive. */
export function firstExtended(sequenceNumber: number): number {
  return sequenceNumber + 0x10000;
}
