// Hot path: no allocation per packet.
/**
 * Reads one transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section
 * 3.1) from the part after both SSRCs: `begin` checks all of it, then each `next` advances to the
 * following packet.
 */
export class FeedbackReader {
  /** Transport-wide number of the first packet, 16 bit. */
  base = 0;
  /** Number of packets in the feedback. */
  count = 0;
  /** Multiples of 64 ms, 24 bit. */
  reference = 0;
  /** The current packet: its distance from `base`. */
  index = -1;
  isReceived = false;
  /** Its arrival, or that of the last one that arrived, in 250 µs since the reference time. */
  ticks = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private chunkAt = 0;
  private deltaAt = 0;
  private chunk = 0;
  /** Statuses that remain in the chunk. */
  private left = 0;

  /** Answers the reason when the feedback is malformed; it must not be read then. */
  begin(bytes: Uint8Array, offset: number, length: number): FeedbackRefusal | undefined {
    if (length < 8) return 'too-short';
    this.bytes = bytes;
    this.base = (bytes[offset]! << 8) | bytes[offset + 1]!;
    this.count = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    this.reference = (bytes[offset + 4]! << 16) | (bytes[offset + 5]! << 8) | bytes[offset + 6]!;
    if (this.count === 0 || this.count > MAX_STATUSES) return 'bad-count';
    const end = offset + length;
    this.chunkAt = offset + 8;
    this.left = 0;
    let deltaBytes = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.left === 0 && this.chunkAt + 2 > end) return 'too-short';
      const size = this.nextStatus();
      if (size < 0 || size > 2) return 'bad-chunk';
      deltaBytes += size;
    }
    if (this.chunkAt + deltaBytes > end) return 'too-short';
    this.deltaAt = this.chunkAt;
    this.chunkAt = offset + 8;
    this.left = 0;
    this.index = -1;
    this.ticks = 0;
    return undefined;
  }

  /** Advances to the next packet; false after the last. */
  next(): boolean {
    if (this.index + 1 >= this.count) return false;
    this.index++;
    const size = this.nextStatus();
    this.isReceived = size > 0;
    const { bytes, deltaAt } = this;
    if (size === 1) this.ticks += bytes[deltaAt]!;
    else if (size === 2) this.ticks += ((bytes[deltaAt]! << 24) >> 16) | bytes[deltaAt + 1]!;
    this.deltaAt += size;
    return true;
  }

  /**
   * The next status, which is the size of its delta: 0 not received, 1 or 2 bytes, 3 reserved; -1
   * for an empty chunk.
   */
  private nextStatus(): number {
    if (this.left === 0) {
      this.chunk = (this.bytes[this.chunkAt]! << 8) | this.bytes[this.chunkAt + 1]!;
      this.chunkAt += 2;
      this.left = (this.chunk & 0x8000) === 0 ? this.chunk & 0x1fff : this.chunk & 0x4000 ? 7 : 14;
      if (this.left === 0) return -1;
    }
    const left = --this.left;
    if ((this.chunk & 0x8000) === 0) return (this.chunk >> 13) & 3;
    return this.chunk & 0x4000 ? (this.chunk >> (2 * left)) & 3 : (this.chunk >> left) & 1;
  }
}

export type FeedbackRefusal = 'too-short' | 'bad-count' | 'bad-chunk';

/**
 * As many as `SentPackets` remembers: no peer can report about more, and 65,535 take time to
 * process.
 */
const MAX_STATUSES = 8192;
