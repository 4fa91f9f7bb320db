/**
 * What of one receiver's packets was sent again: the same one not twice within a round trip, and not more than
 * `MAX_RESENDS` times, whatever NACKs say.
 */
export class ResendHistory {
  private sequences: Float64Array | undefined;
  private times: Float64Array | undefined;
  private counts: Uint8Array | undefined;

  /** What a NACK for this packet is to lead to now. `roundTripTime` is milliseconds; the receiver has a hand in it. */
  verdict(sequence: number, now: number, roundTripTime: number): ResendVerdict {
    const slot = sequence & (SLOTS - 1);
    if (!this.sequences || this.sequences[slot] !== sequence) return 'resend';
    if (now - this.times![slot]! < Math.max(MIN_ROUND_TRIP, roundTripTime)) return 'under-way';
    return this.counts![slot]! < MAX_RESENDS ? 'resend' : 'exhausted';
  }

  /** Whether the packet was sent again already. */
  has(sequence: number): boolean {
    return this.sequences?.[sequence & (SLOTS - 1)] === sequence;
  }

  /** The packet is sent again now. */
  note(sequence: number, now: number): void {
    // Most receivers never lose anything: memory only for those who do.
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

/** As many as a publisher's history holds for retransmission. */
const SLOTS = 1024;
/** Milliseconds. A receiver computes the delay in its report, so it could claim a round trip of nothing. */
const MIN_ROUND_TRIP = 20;
/** At 10 % loss one packet in ten thousand is still missing after these; a key frame repairs that more cheaply. */
const MAX_RESENDS = 3;
