// Hot path: no allocation per packet.
/**
 * The packet and stream of each of the last transport-wide numbers: identifies the packets that a
 * feedback reports lost.
 */
export class SentMedia {
  private readonly numbers = new Int32Array(SLOTS).fill(-1);
  private readonly ssrcs = new Int32Array(SLOTS);
  private readonly sequenceNumbers = new Uint16Array(SLOTS);

  /** Valid after a successful `find`. */
  sequenceNumber = 0;

  /** `transportWide` and `sequenceNumber` are 16 bit, `ssrc` is int32. */
  note(transportWide: number, ssrc: number, sequenceNumber: number): void {
    const slot = transportWide & (SLOTS - 1);
    this.numbers[slot] = transportWide;
    this.ssrcs[slot] = ssrc;
    this.sequenceNumbers[slot] = sequenceNumber;
  }

  /** The packet's SSRC; 0 for numbers that are too old or not recorded. */
  find(transportWide: number): number {
    const slot = transportWide & (SLOTS - 1);
    if (this.numbers[slot] !== transportWide) return 0;
    this.sequenceNumber = this.sequenceNumbers[slot]!;
    return this.ssrcs[slot]!;
  }
}

/** A second at 10 Mbit/s. */
const SLOTS = 1024;
