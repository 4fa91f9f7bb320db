// Hot path: no allocation per packet.
import type { ProbeController } from '../congestion/probe-controller.js';

/** Source of packets for a probe. */
export interface ProbeSource {
  /**
   * Sends a waiting packet, or the retransmission of one that the receiver already has. False when
   * there is none.
   */
  sendProbe(): boolean;
}

/**
 * Sends the packets of a probe cluster at its rate. Media that leave meanwhile count for it; the
 * prober adds only the rest.
 */
export class Prober {
  /** When `advance` is due, milliseconds. */
  at = Number.POSITIVE_INFINITY;

  constructor(private readonly source: ProbeSource) {}

  /** Sends the due packets of the cluster of `probes`. */
  advance(probes: ProbeController, roundTripTime: number, now: number): void {
    this.at = Number.POSITIVE_INFINITY;
    let packets = 0;
    while (probes.cluster !== 0 && packets < MAX_RUN && probes.due(now) > 0) {
      if (!this.source.sendProbe()) break;
      packets++;
    }
    if (probes.cluster !== 0 && probes.isOverdue(now)) probes.end(now, roundTripTime);
    if (probes.cluster !== 0) this.at = now + INTERVAL;
  }
}

/** Milliseconds: a timer's tick. */
const INTERVAL = 1;
/** As in the pacer. */
const MAX_RUN = 10;
