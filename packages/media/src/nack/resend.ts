/** When each packet of one receiver was sent again last: the same one is not sent again within a round trip, whatever NACKs say. */
export class ResendHistory {
  private sequences: Float64Array | undefined;
  private times: Float64Array | undefined;

  /** Whether to send this packet again now; notes that it is. `roundTripTime` is milliseconds. */
  allow(sequence: number, now: number, roundTripTime: number): boolean {
    // Most receivers never lose anything: memory only for those who do.
    this.sequences ??= new Float64Array(SLOTS).fill(-1);
    this.times ??= new Float64Array(SLOTS);
    const slot = sequence & (SLOTS - 1);
    if (this.sequences[slot] === sequence && now - this.times[slot]! < roundTripTime) return false;
    this.sequences[slot] = sequence;
    this.times[slot] = now;
    return true;
  }
}

/** As many as a publisher's history holds for retransmission. */
const SLOTS = 1024;
