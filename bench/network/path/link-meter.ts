import type { LinkObserver } from './link.js';
import { BIN, type LinkBin, type LinkReport } from './messages.js';

/** Records the traffic of a link in bins, and the wait of each packet. */
export class LinkMeter implements LinkObserver {
  readonly #bins: LinkBin[] = [];
  readonly #waits: LinkReport['waits'] = { at: [], waited: [] };
  readonly #streams = new Map<number, { offered: number; delivered: number }>();

  constructor(private readonly rate: () => number) {}

  offered(bytes: number, now: number): void {
    this.#bin(now).offered += bytes;
  }

  dropped(bytes: number, now: number): void {
    this.#bin(now).dropped += bytes;
  }

  lost(bytes: number, now: number): void {
    this.#bin(now).lost += bytes;
  }

  forwarded(bytes: number, waited: number, now: number): void {
    this.#bin(now).forwarded += bytes;
    this.#waits.at.push(now);
    this.#waits.waited.push(waited);
  }

  /** Counts bytes by stream; `ssrc` is undefined without RTP. */
  stream(ssrc: number | undefined, which: 'offered' | 'delivered', bytes: number): void {
    if (ssrc === undefined) return;
    const counts = this.#streams.get(ssrc) ?? { offered: 0, delivered: 0 };
    counts[which] += bytes;
    this.#streams.set(ssrc, counts);
  }

  report(): LinkReport {
    return { bins: this.#bins, waits: this.#waits, streams: Object.fromEntries(this.#streams) };
  }

  #bin(now: number): LinkBin {
    const at = Math.floor(now / BIN) * BIN;
    // The line's clock may be slightly behind the clock of arrivals.
    for (let index = this.#bins.length - 1; index >= 0 && this.#bins[index]!.at >= at; index -= 1) {
      if (this.#bins[index]!.at === at) return this.#bins[index]!;
    }
    const rate = this.rate();
    const bin = { at, offered: 0, dropped: 0, lost: 0, forwarded: 0, rate: Number.isFinite(rate) ? rate : null };
    const after = this.#bins.findLastIndex((other) => other.at < at) + 1;
    this.#bins.splice(after, 0, bin);
    return bin;
  }
}
