import type { Requester } from '../signalling/session.js';

/** The used part of a receiving transport. */
export interface ReceivedFrames {
  id: string;
  stats(): Promise<RTCStatsReport>;
}

/**
 * Reports to the servers, for each receiving transport, the share of its pictures that this device
 * could not show in time: only this device can know that its processor limits the call.
 */
export class FramesReport {
  #session: Requester;
  #counts = new Map<string, { received: number; dropped: number; share: number }>();

  constructor(session: Requester) {
    this.#session = session;
  }

  /** Called every few seconds with the open transports. Never rejects. */
  async check(transports: readonly ReceivedFrames[]): Promise<void> {
    for (const id of this.#counts.keys()) if (!transports.some((one) => one.id === id)) this.#counts.delete(id);
    await Promise.allSettled(transports.map((transport) => this.#checkOne(transport)));
  }

  async #checkOne(transport: ReceivedFrames): Promise<void> {
    const { id } = transport;
    const { received, dropped } = framesOf(await transport.stats());
    const before = this.#counts.get(id) ?? { received: 0, dropped: 0, share: 0 };
    const newlyReceived = received - before.received;
    // Streams start and end, and their counts with them.
    const newlyDropped = Math.max(0, dropped - before.dropped);
    const share = newlyReceived < FEWEST_FRAMES ? 0 : Math.min(1, newlyDropped / newlyReceived);
    this.#counts.set(id, { received, dropped, share });
    if (share < LEAST_SHARE && before.share < LEAST_SHARE) return;
    if (this.#session.connection !== 'connected') return;
    // A report that fails is repeated the next time, if it still holds.
    await this.#session.request('transport.report', { transportId: id, framesDropped: share });
  }
}

function framesOf(report: RTCStatsReport): { received: number; dropped: number } {
  let received = 0;
  let dropped = 0;
  for (const entry of report.values()) {
    if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') continue;
    received += entry.framesReceived ?? 0;
    dropped += entry.framesDropped ?? 0;
  }
  return { received, dropped };
}

/** A second of a slow video: with fewer frames, one late frame is no evidence. */
const FEWEST_FRAMES = 15;

/** Every busy page loses one frame in fifty. */
const LEAST_SHARE = 0.02;
