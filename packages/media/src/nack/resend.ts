/**
 * The retransmissions to one receiver: a packet leaves again at most once within a round trip and
 * at most `MAX_RESENDS` times, whatever NACKs request.
 */
export class ResendHistory {
  private sequences: Float64Array | undefined;
  private times: Float64Array | undefined;
  private counts: Uint8Array | undefined;

  /**
   * The response to a NACK for this packet. `roundTripTime` is milliseconds; the receiver can
   * influence it.
   */
  verdict(sequence: number, now: number, roundTripTime: number): ResendVerdict {
    const slot = sequence & (SLOTS - 1);
    if (!this.sequences || this.sequences[slot] !== sequence) return 'resend';
    if (now - this.times![slot]! < Math.max(MIN_ROUND_TRIP, roundTripTime)) return 'under-way';
    return this.counts![slot]! < MAX_RESENDS ? 'resend' : 'exhausted';
  }

  /** Whether the packet was retransmitted before. */
  has(sequence: number): boolean {
    return this.sequences?.[sequence & (SLOTS - 1)] === sequence;
  }

  /** The packet is retransmitted now. */
  note(sequence: number, now: number): void {
    // Most receivers never lose packets: only those that do take memory.
    this.sequences ??= new Float64Array(SLOTS).fill(-1);
    this.times ??= new Float64Array(SLOTS);
    this.counts ??= new Uint8Array(SLOTS);
    const slot = sequence & (SLOTS - 1);
    this.counts[slot] = this.sequences[slot] === sequence ? this.counts[slot]! + 1 : 1;
    this.sequences[slot] = sequence;
    this.times[slot] = now;
  }
}

export type ResendVerdict = 'resend' | 'under-way' | 'exhausted';

/** The size of a publisher's history for retransmission. */
const SLOTS = 1024;
/**
 * Milliseconds. The delay in a report comes from the receiver, which could claim a round trip of
 * zero.
 */
const MIN_ROUND_TRIP = 20;
/**
 * At 10 % loss one packet in ten thousand is still missing after these; a key frame repairs it at
 * less cost.
 */
const MAX_RESENDS = 3;
