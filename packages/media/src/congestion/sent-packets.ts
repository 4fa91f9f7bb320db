// Hot path: no allocation per packet (only when more packets are in flight than ever before).
/**
 * The state of a packet. A repeated packet leaves under the number of the first copy, so its
 * arrival proves nothing.
 */
export const SentState = { InFlight: 0, Acknowledged: 1, Lost: 2, Repeated: 3 } as const;

/**
 * The packets that one transport sent, by transport-wide number: the sending time, size and state
 * of each. Numbers are assigned in the order of leaving without gaps, so a ring over the newest
 * needs no keys. Numbers are extended and never wrap.
 */
export class SentPackets {
  /** The number of the next packet. The first is one cycle up, so that nothing is negative. */
  next = FIRST_NUMBER;
  /**
   * By slot, two numbers: the sending time; and size, cluster and state as one integer. Packets
   * that leave together share a line of the processor's cache, for which hundreds of receivers
   * compete.
   */
  private records = EMPTY;
  private mask = -1;

  /** Capacity in packets. */
  get capacity(): number {
    return this.mask + 1;
  }

  /** Milliseconds. */
  sentAt(slot: number): number {
    return this.records[2 * slot]!;
  }

  /** Bytes of RTP with its header and extensions. */
  size(slot: number): number {
    return this.facts(slot) & 0xffff;
  }

  /** Probe cluster that the packet belongs to, 0 for none. */
  cluster(slot: number): number {
    return (this.facts(slot) >> CLUSTER_SHIFT) & 0xff;
  }

  /** `SentState`. */
  state(slot: number): number {
    return this.facts(slot) >> STATE_SHIFT;
  }

  setState(slot: number, state: number): void {
    this.records[2 * slot + 1] = (this.facts(slot) & FACTS_MASK) | (state << STATE_SHIFT);
  }

  /** Records a packet that leaves now, and answers its number on the wire. */
  note(now: number, size: number, cluster: number): number {
    if (this.mask < 0) this.allocate(FIRST_CAPACITY);
    const number = this.next++;
    let slot = number & this.mask;
    const isFull = number - FIRST_NUMBER > this.mask && this.state(slot) === SentState.InFlight;
    if (isFull && this.mask + 1 < MAX_CAPACITY && this.isAnswered) {
      this.grow(number);
      slot = number & this.mask;
    }
    this.records[2 * slot] = now;
    this.records[2 * slot + 1] = (size & 0xffff) | (cluster << CLUSTER_SHIFT);
    return number & 0xffff;
  }

  /** Set with the first feedback: without any, a longer memory serves nothing. */
  isAnswered = false;

  /** The slot of a number, by extended number; -1 when it is not remembered. */
  slot(number: number): number {
    if (number >= this.next || number < FIRST_NUMBER || number < this.next - this.mask - 1) return -1;
    return number & this.mask;
  }

  /** The packet of this number, 16 bit, leaves once more, unchanged. */
  repeat(transportWide: number): void {
    const slot = this.slot(this.next - 1 - ((this.next - 1 - transportWide) & 0xffff));
    if (slot >= 0 && this.state(slot) !== SentState.Acknowledged) this.setState(slot, SentState.Repeated);
  }

  private allocate(capacity: number): void {
    this.mask = capacity - 1;
    this.records = new Float64Array(2 * capacity);
  }

  private grow(next: number): void {
    const { records, mask } = this;
    this.allocate(2 * (mask + 1));
    for (let number = next - mask - 1; number < next; number++) {
      const from = number & mask;
      const to = number & this.mask;
      this.records[2 * to] = records[2 * from]!;
      this.records[2 * to + 1] = records[2 * from + 1]!;
    }
    // Rows without a moved entry are those of numbers older than the ring held.
    for (let number = next - this.mask - 1; number < next - mask - 1; number++) {
      this.setState(number & this.mask, SentState.Repeated);
    }
  }

  private facts(slot: number): number {
    return this.records[2 * slot + 1]! | 0;
  }
}

const EMPTY = new Float64Array(0);
const CLUSTER_SHIFT = 16;
const STATE_SHIFT = 24;
const FACTS_MASK = 0xffffff;
export const FIRST_NUMBER = 0x10000;
/** A second at 10 Mbit/s: sixteen kilobytes for each transport that sends. */
const FIRST_CAPACITY = 1024;
/** Three seconds at 25 Mbit/s: more than a round trip and a feedback interval of any path that carries a call. */
const MAX_CAPACITY = 8192;
