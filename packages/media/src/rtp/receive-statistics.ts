// Hot path: no allocation per packet.
import type { RtpHeader } from './header.js';
import { extendSequenceNumber, firstExtended } from './sequence.js';

/** What became of a packet's sequence number. */
export const Arrival = {
  /** In order or ahead: the stream's new highest. */
  Newest: 0,
  /** Older than the highest, within reach. */
  Late: 1,
  /** Too far from what was expected; dropped unless its successor confirms the jump. */
  Implausible: 2,
  /** The source started over: numbers have nothing to do with the old ones. */
  Restarted: 3,
} as const;

/** What a receiver knows of one RTP stream: RFC 3550 appendices A.1 (validity), A.3 (loss) and A.8 (jitter). */
export class ReceiveStatistics {
  highest = -1;
  /** That came by themselves since the numbers started (over); what loss is computed from. */
  packets = 0;
  totalPackets = 0;
  bytes = 0;
  /** Interarrival jitter in timestamp units. */
  jitter = 0;
  private base = 0;
  private expectedBefore = 0;
  private packetsBefore = 0;
  private suspect = -1;
  private transit = 0;
  private hasTransit = false;
  /** Extended number of the packet seen last. */
  extended = -1;

  constructor(private readonly clockRate: number) {}

  /**
   * Takes a packet's number in; `extended` holds it afterwards. A `repaired` packet (RTX) remains lost in what is reported,
   * as in libwebrtc, because the publisher estimates its path from that; and it says nothing about where a stream begins.
   */
  arrive(sequenceNumber: number, bytes: number, repaired = false): number {
    if (this.highest < 0) return repaired ? Arrival.Implausible : this.restart(sequenceNumber, bytes);
    const extended = extendSequenceNumber(this.highest, sequenceNumber);
    const distance = extended - this.highest;
    if (distance > MAX_DROPOUT || distance < -MAX_MISORDER) {
      if (repaired) return Arrival.Implausible;
      if (sequenceNumber === this.suspect) return this.restart(sequenceNumber, bytes);
      this.suspect = (sequenceNumber + 1) & 0xffff;
      return Arrival.Implausible;
    }
    if (!repaired) {
      this.suspect = -1;
      this.packets++;
    }
    this.extended = extended;
    this.totalPackets++;
    this.bytes += bytes;
    if (distance <= 0) return Arrival.Late;
    this.highest = extended;
    return Arrival.Newest;
  }

  /** Counts a duplicate out again: it must not hide a loss. */
  retract(bytes: number, repaired: boolean): void {
    if (!repaired) this.packets--;
    this.totalPackets--;
    this.bytes -= bytes;
  }

  /** RFC 3550 appendix A.8. */
  measureJitter({ timestamp, arrivedAt }: Pick<RtpHeader, 'timestamp' | 'arrivedAt'>): void {
    const transit = (arrivedAt * this.clockRate) / 1000 - timestamp;
    if (this.hasTransit) {
      let difference = Math.abs(transit - this.transit);
      // Timestamps are int32 here; a wrap shows as a difference near 2^32.
      if (difference > 0x80000000) difference = Math.abs(difference - 0x100000000);
      this.jitter += (difference - this.jitter) / 16;
    }
    this.transit = transit;
    this.hasTransit = true;
  }

  /** Packets lost so far, as a signed number (RFC 3550 section 6.4.1). */
  get lost(): number {
    return this.highest < 0 ? 0 : this.highest - this.base + 1 - this.packets;
  }

  /** Share of packets lost since the last call, 0-255. */
  takeFractionLost(): number {
    const expected = this.highest < 0 ? 0 : this.highest - this.base + 1;
    const expectedNow = expected - this.expectedBefore;
    const lostNow = expectedNow - (this.packets - this.packetsBefore);
    this.expectedBefore = expected;
    this.packetsBefore = this.packets;
    return expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  }

  private restart(sequenceNumber: number, bytes: number): number {
    const isFirst = this.highest < 0;
    this.base = firstExtended(sequenceNumber);
    this.highest = this.base;
    this.extended = this.base;
    this.expectedBefore = 0;
    this.packetsBefore = 0;
    this.packets = 1;
    this.totalPackets++;
    this.bytes += bytes;
    this.suspect = -1;
    this.hasTransit = false;
    return isFirst ? Arrival.Newest : Arrival.Restarted;
  }
}

/** RFC 3550 appendix A.1: a bigger jump ahead is taken for a restart once its successor comes. */
const MAX_DROPOUT = 3000;
/** Later than this a packet has no reader: video gives up its NACKs before. Appendix A.1 says 100, too few for RTX at high rates. */
const MAX_MISORDER = 1000;
