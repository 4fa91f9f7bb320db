import type { MediaHost } from '@waterbus/media-host';
import type { Readiness } from '@waterbus/server-api';

/**
 * Whether the media workers of this process still come up. The process restarts a worker by itself;
 * after a minute without any, only a restart of the process may help, on another port or host.
 */
export class MediaLiveness {
  /** The time from which no worker has been up; undefined while one is. */
  private missingSince: number | undefined;

  constructor(
    private readonly host: Pick<MediaHost, 'nodes' | 'onChange'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    host.onChange(() => this.look());
    this.look();
  }

  check(): Readiness {
    this.look();
    return this.missingSince === undefined || this.now() - this.missingSince < PATIENCE
      ? { ok: true }
      : { ok: false, reason: 'no media worker has been up for a minute' };
  }

  private look(): void {
    if (this.host.nodes().length > 0) this.missingSince = undefined;
    else this.missingSince ??= this.now();
  }
}

/** Milliseconds: as long as the longest delay between two restarts of a worker, and its start. */
const PATIENCE = 60_000;
