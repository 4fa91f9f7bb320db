// Hot path: no allocation per packet.
import type { RtpHeader } from './header.js';
import { extendSequenceNumber, firstExtended } from './sequence.js';

/** The classification of a packet's sequence number. */
export const Arrival = {
  /** In order or ahead: the stream's new highest. */
  Newest: 0,
  /** Older than the highest, within `MAX_MISORDER`. */
  Late: 1,
  /** Too far from the expected number; dropped unless its successor confirms the jump. */
  Implausible: 2,
  /** The source restarted: numbers are unrelated to the old ones. */
  Restarted: 3,
} as const;

/**
 * A receiver's statistics of one RTP stream: RFC 3550 appendices A.1 (validity), A.3 (loss) and A.8
 * (jitter).
 */
export class ReceiveStatistics {
  highest = -1;
  /**
   * Packets that arrived without repair since the numbers started or restarted; loss is computed
   * from them.
   */
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
  /** Extended number of the last packet. */
  extended = -1;

  constructor(private readonly clockRate: number) {}

  /**
   * Takes a packet's number; `extended` holds it afterwards. A `repaired` packet (RTX) still counts
   * as lost in reports, as in libwebrtc, because the publisher estimates its path from that; and it
   * does not show where a stream begins.
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

  /** Removes a duplicate from the count: it must not hide a loss. */
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

/** RFC 3550 appendix A.1: a larger jump ahead counts as a restart once its successor arrives. */
const MAX_DROPOUT = 3000;
/**
 * A packet later than this is of no use: video gives up its NACKs before. Appendix A.1 uses 100,
 * too few for RTX at high rates.
 */
const MAX_MISORDER = 1000;
