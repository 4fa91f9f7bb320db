import type { MediaPath } from '../api/call.js';
import type { Requester } from '../signalling/session.js';

/**
 * Reports once a minute what the participant saw: freezes of pictures, the height of the tallest
 * one, and the way of its media. It uses statistics that are read anyway.
 */
export class QualityReport {
  #session: Requester;
  /** By transport, and by the id of its incoming streams in the last statistics. */
  #streams = new WeakMap<object, Map<string, Freezes>>();
  #freezes: Freezes = { count: 0, time: 0 };
  #height = 0;
  #checks = 0;

  constructor(session: Requester) {
    this.#session = session;
  }

  /** New statistics of a receiving transport. */
  read(transport: object, report: RTCStatsReport): void {
    const before = this.#streams.get(transport);
    const streams = new Map<string, Freezes>();
    for (const entry of report.values()) {
      if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') continue;
      const now = { count: entry.freezeCount ?? 0, time: entry.totalFreezesDuration ?? 0 };
      const { count, time } = before?.get(entry.id) ?? { count: 0, time: 0 };
      this.#freezes.count += Math.max(0, now.count - count);
      this.#freezes.time += Math.max(0, now.time - time);
      this.#height = Math.max(this.#height, entry.frameHeight ?? 0);
      streams.set(entry.id, now);
    }
    this.#streams.set(transport, streams);
  }

  /** Called every four seconds, after all transports were read. Never rejects. */
  async checked(path: MediaPath | undefined): Promise<void> {
    this.#checks += 1;
    if (this.#checks < CHECKS || this.#session.connection !== 'connected') return;
    const { count, time } = this.#freezes;
    const report = {
      freezes: Math.min(MOST_FREEZES, count),
      freezeTime: Math.min(LONGEST, Math.round(time * 1000)),
      frameHeight: Math.min(TALLEST, Math.round(this.#height)),
      ...wayOf(path),
    };
    this.#freezes = { count: 0, time: 0 };
    this.#height = 0;
    this.#checks = 0;
    // An older server refuses it: nothing depends on it.
    await this.#session.request('quality.report', report).catch(() => {});
  }
}

/** `time` in seconds. */
interface Freezes {
  count: number;
  time: number;
}

function wayOf(path: MediaPath | undefined): { way?: 'udp' | 'tcp' | 'relay' } {
  if (!path || path.kind === 'none') return {};
  return { way: path.kind === 'direct' ? 'udp' : path.kind };
}

/** A minute. */
const CHECKS = 15;

/** Bounds of the request. */
const MOST_FREEZES = 10_000;
const LONGEST = 3_600_000;
const TALLEST = 16_384;
