// Hot path: no allocation per packet.
import type { ProbeController } from '../congestion/probe-controller.js';

/** What can be sent to probe. */
export interface ProbeSource {
  /** Sends a packet that waits, or one that the receiver has already as its retransmission. False when there is none. */
  sendProbe(): boolean;
}

/** Sends the packets of a probe cluster at its rate. Media that leave meanwhile belong to it; only what lacks is added. */
export class Prober {
  /** When `advance` is due, milliseconds. */
  at = Number.POSITIVE_INFINITY;

  constructor(private readonly source: ProbeSource) {}

  /** Sends what is due of the cluster of `probes`. */
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
