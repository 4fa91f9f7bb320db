// Hot path: no allocation per packet.
/**
 * The transport-wide number and the flags with which each of a receiver's last packets left. A receiver without RTX gets a lost packet
 * again as it was, to the last bit: SRTP must never protect two messages under one sequence number.
 */
export class SentNumbers {
  /** Sequence number, 8 bits of flags, 16 bits of transport-wide number. */
  private readonly sent = new Float64Array(SLOTS).fill(-1);

  /** Bits of `SendFlag`, after a `find` that found the packet. */
  flags = 0;

  note(sequenceNumber: number, transportWide: number, flags: number): void {
    this.sent[sequenceNumber & (SLOTS - 1)] = sequenceNumber * 0x1000000 + flags * 0x10000 + transportWide;
  }

  /** -1 when the packet is too old to be remembered. */
  find(sequenceNumber: number): number {
    const sent = this.sent[sequenceNumber & (SLOTS - 1)]!;
    if (sent < 0 || Math.floor(sent / 0x1000000) !== sequenceNumber) return -1;
    this.flags = Math.floor(sent / 0x10000) & 0xff;
    return sent % 0x10000;
  }
}

/** As many as the packet plane remembers of a stream (`SentTags`): 2.5 s of sound. */
const SLOTS = 128;
