// Hot path: no allocation per packet.

/** Whether a receiver loses enough of its sound to need every packet twice. */
export class LossSeen {
  isLossy = false;
  private sentBefore = 0;
  private resentBefore = 0;
  private lossyAt = Number.NEGATIVE_INFINITY;

  /**
   * A receiver report arrived. Retransmitted packets were lost too, though the report counts them
   * as received. Milliseconds.
   */
  report(fractionLost: number, sent: number, resent: number, now: number): void {
    const sentNow = sent - this.sentBefore;
    const resentNow = resent - this.resentBefore;
    this.sentBefore = sent;
    this.resentBefore = resent;
    const share = Math.max(fractionLost, sentNow > 0 ? resentNow / sentNow : 0);
    if (share >= LOSSY) this.lossyAt = now;
    this.isLossy = now - this.lossyAt < HANGOVER;
  }
}

/** Two of a hundred packets: retransmissions and the decoder's concealment handle less. */
const LOSSY = 0.02;
/** Milliseconds: loss comes in periods, and browsers report about sound each 5 s. */
const HANGOVER = 30_000;
