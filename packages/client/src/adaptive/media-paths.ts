import type { MediaPath } from '../api/call.js';
import { isSamePath, mediaPathOf, slowestPath } from './media-path.js';

/** The used part of a transport. */
interface MeasuredTransport {
  stats(): Promise<RTCStatsReport>;
}

/**
 * The paths of a call's connected transports. The statistics of a transport are read through it, so
 * that a change of the selected candidate pair is noticed without readings of its own.
 */
export class MediaPaths {
  #paths = new Map<MeasuredTransport, MediaPath>();
  #closed = new WeakSet<MeasuredTransport>();
  #slowest: MediaPath | undefined;
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Of all paths the one on which media lag most. */
  get slowest(): MediaPath | undefined {
    return this.#slowest;
  }

  async read(transport: MeasuredTransport): Promise<RTCStatsReport> {
    const report = await transport.stats();
    const path = mediaPathOf(report);
    // A transport that selects another pair keeps its path until then.
    if (path && !this.#closed.has(transport)) {
      this.#paths.set(transport, path);
      this.#update();
    }
    return report;
  }

  closed(transport: MeasuredTransport): void {
    this.#closed.add(transport);
    if (this.#paths.delete(transport)) this.#update();
  }

  #update(): void {
    const slowest = slowestPath(this.#paths.values());
    // Between two transports the last path is the best guess.
    if (!slowest || isSamePath(slowest, this.#slowest)) return;
    this.#slowest = slowest;
    this.#changed();
  }
}
