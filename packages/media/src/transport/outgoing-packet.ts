// Hot path: no allocation per packet.

/**
 * One RTP packet on its way to a receiver: where the store has it, and what is patched on the way out. One object serves
 * the whole engine: its user sets every field, and `Transport.send` reads them before it returns.
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
  /** 16 bit; `NO_NUMBER` without the header extension, `NEXT_NUMBER` for the one that is due when the packet leaves. */
  transportWide = NO_NUMBER;
  /** With `SendFlag.Rtx`. */
  originalSequenceNumber = 0;
  /** With `SendFlag.Payload`: see `SendWord`. */
  payloadPatch = 0;
  payloadLow = 0;
  payloadHigh = 0;
}

export const NO_NUMBER = -1;
export const NEXT_NUMBER = -2;
