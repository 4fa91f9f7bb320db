import { Arrival, NackGenerator, ReceiveStatistics, type RtpHeader } from '@waterbus/media';

/** The figures of one received stream. Times are milliseconds. */
export class StreamReception {
  /** Of the first packet. */
  firstAt: number | undefined;
  /** Distinct packets and their bytes, headers included. */
  packets = 0;
  bytes = 0;
  repaired = 0;
  /** Frames by layer; a sound packet is a frame of layer 0. */
  readonly frames = [0, 0, 0, 0];
  /** Pauses above `GAP` between two packets, while the server sends the stream. */
  gaps = 0;
  longestGap = 0;
  readonly missing = new NackGenerator();
  readonly statistics: ReceiveStatistics;
  private repairedInPlace = 0;
  private lastAt: number | undefined;
  /** By slot: the extended number that arrived last. */
  private readonly seen = new Float64Array(WINDOW).fill(-1);

  constructor(
    readonly kind: 'audio' | 'video',
    /** As int32. */
    readonly ssrc: number,
  ) {
    this.statistics = new ReceiveStatistics(kind === 'audio' ? 48_000 : 90_000);
  }

  /**
   * Counts a packet. Answers whether its content is new. `isRetransmission`: it came over the
   * retransmission stream.
   */
  arrive(header: RtpHeader, bytes: number, isRetransmission: boolean): boolean {
    const { statistics, missing } = this;
    const highest = statistics.highest;
    const arrival = statistics.arrive(header.sequenceNumber, bytes, isRetransmission);
    if (arrival === Arrival.Implausible) return false;
    const { extended } = statistics;
    if (arrival === Arrival.Restarted) missing.clear();
    const slot = extended % WINDOW;
    if (this.seen[slot] === extended) {
      statistics.retract(bytes, isRetransmission);
      return false;
    }
    this.seen[slot] = extended;
    if (arrival === Arrival.Late) {
      const requested = missing.noteArrival(extended);
      if (isRetransmission || requested) this.repaired += 1;
      // A sound packet is repeated under its own number.
      if (requested && !isRetransmission) this.repairedInPlace += 1;
    } else if (highest >= 0 && arrival === Arrival.Newest) {
      missing.noteGap(highest, extended, header.arrivedAt + REORDERING);
    }
    if (!isRetransmission) statistics.measureJitter(header);
    this.count(header.arrivedAt, bytes);
    return true;
  }

  /** The server has stopped this stream by intention: the pause is no gap. */
  pause(): void {
    this.lastAt = undefined;
  }

  /** Packets that the path lost, before repair; and packets that never arrived. */
  get lostBeforeRepair(): number {
    return Math.max(0, this.statistics.lost + this.repairedInPlace);
  }
  get lost(): number {
    return Math.max(0, this.statistics.lost - (this.repaired - this.repairedInPlace));
  }

  private count(at: number, bytes: number): void {
    this.firstAt ??= at;
    this.packets += 1;
    this.bytes += bytes;
    const gap = this.lastAt === undefined ? 0 : at - this.lastAt;
    if (gap > GAP) this.gaps += 1;
    if (gap > this.longestGap) this.longestGap = gap;
    if (this.lastAt === undefined || at > this.lastAt) this.lastAt = at;
  }
}

/** Pauses in picture or sound from which people notice them. */
export const GAP = 200;
/** Numbers remembered, to recognise duplicates: more than `ReceiveStatistics` accepts. */
const WINDOW = 4096;
/** Milliseconds in which packets overtake each other. */
const REORDERING = 10;
