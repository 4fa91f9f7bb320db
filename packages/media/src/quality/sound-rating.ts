/**
 * The quality of a conversation by the E-model (ITU-T G.107), as a rating R of at most 93.2.
 * `loss`: share of packets, at random. `delay`: milliseconds from mouth to ear. By ITU-T G.109
 * nearly all users are satisfied from 80 on, and a connection below 50 is not recommended.
 *
 * Delay uses the fit of Cole and Rosenbluth ("Voice over IP performance monitoring", 2001). Loss
 * uses G.107's Ie,eff with the robustness that ITU-T G.113 gives a codec with loss concealment.
 * G.113 has no value for Opus, which does better, above all where retransmissions or RED repair the
 * loss.
 */
export function soundRating(loss: number, delay: number): number {
  const percent = loss * 100;
  const ofLoss = (95 * percent) / (percent + ROBUSTNESS);
  const ofDelay = 0.024 * delay + 0.11 * Math.max(0, delay - NOTICED_DELAY);
  return 93.2 - ofLoss - ofDelay;
}

/** Bpl of G.711 with concealment, random loss (G.113 appendix I). */
const ROBUSTNESS = 25.1;
/** Milliseconds; above this delay people begin to interrupt each other. */
const NOTICED_DELAY = 177.3;
