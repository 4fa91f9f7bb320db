// Hot path: no allocation per packet.

/**
 * One RTP packet on its way to a receiver: its place in the store, and the fields patched on the
 * way out. One object serves the whole engine: its user sets every field, and `Transport.send`
 * reads them before it returns.
 */
export class OutgoingPacket {
  /** In the packet store. */
  position = 0;
  length = 0;
  /** Bits of `SendFlag`. */
  flags = 0;
  payloadType = 0;
  /** 16 bit. */
  sequenceNumber = 0;
  /** As int32. */
  timestamp = 0;
  /** As int32. */
  ssrc = 0;
  /**
   * 16 bit; `NO_NUMBER` without the header extension, `NEXT_NUMBER` for the next number when the
   * packet leaves.
   */
  transportWide = NO_NUMBER;
  /** Offset of the number from the packet's start. */
  transportWideOffset = 0;
  /** With `SendFlag.Rtx`. */
  originalSequenceNumber = 0;
  /** With `SendFlag.Payload`: see `SendWord`. */
  payloadPatch = 0;
  payloadLow = 0;
  payloadHigh = 0;

  /** Saves all fields but the position, which is no 32-bit number, in `PACKET_WORDS` words. */
  save(words: Int32Array, at: number): void {
    words[at] = this.length;
    words[at + 1] = this.flags;
    words[at + 2] = this.payloadType;
    words[at + 3] = this.sequenceNumber;
    words[at + 4] = this.timestamp;
    words[at + 5] = this.ssrc;
    words[at + 6] = this.transportWide;
    words[at + 7] = this.originalSequenceNumber;
    words[at + 8] = this.payloadPatch;
    words[at + 9] = this.payloadLow;
    words[at + 10] = this.payloadHigh;
    words[at + 11] = this.transportWideOffset;
  }

  /** Restores the fields that `save` wrote. */
  load(words: Int32Array, at: number): void {
    this.length = words[at]!;
    this.flags = words[at + 1]!;
    this.payloadType = words[at + 2]!;
    this.sequenceNumber = words[at + 3]!;
    this.timestamp = words[at + 4]!;
    this.ssrc = words[at + 5]!;
    this.transportWide = words[at + 6]!;
    this.originalSequenceNumber = words[at + 7]!;
    this.payloadPatch = words[at + 8]!;
    this.payloadLow = words[at + 9]!;
    this.payloadHigh = words[at + 10]!;
    this.transportWideOffset = words[at + 11]!;
  }
}

export const PACKET_WORDS = 12;

export const NO_NUMBER = -1;
export const NEXT_NUMBER = -2;
