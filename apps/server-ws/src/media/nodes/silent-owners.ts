import type { Clock, Cluster } from '@waterbus/cluster';
import type { MediaDirectory } from './media-directory.js';

/**
 * Detects that the process of a media node in use is silent, seconds before its lease runs out
 * (R11). It may be dead, or only cut off, in which case its media continue. So nothing is taken
 * from it: its users move away as if it drained, make-before-break, and may stay when it listens
 * again.
 */
export class SilentOwners {
  private readonly misses = new Map<string, number>();
  private stopLooking = () => {};
  private closed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly clock: Clock,
    private readonly directory: MediaDirectory,
    /** Media nodes that participants at home here use. */
    private readonly inUse: () => Iterable<string>,
  ) {}

  start(): void {
    this.lookLater();
  }

  close(): void {
    this.closed = true;
    this.stopLooking();
  }

  /**
   * Whether a Server WS is silent in this many checks, the first of them now: resolves at once if
   * it listens, or is known to be silent.
   */
  async isSilent(owner: string, most = LOOKS): Promise<boolean> {
    const isKnown = (this.misses.get(owner) ?? 0) >= LOOKS;
    for (let looks = 1; ; looks += 1) {
      const listens = await this.cluster.bus.listens(owner);
      if (listens || this.closed || this.cluster.recovering) return false;
      if (isKnown || looks === most) break;
      await new Promise<void>((resolve) => this.clock.after(LOOK_AGAIN, resolve));
    }
    // It is checked from now on, until it listens again or its lease has ended.
    this.misses.set(owner, LOOKS);
    this.directory.ownerSilent(owner, true);
    return true;
  }

  private lookLater(): void {
    const missed = [...this.misses.values()].some((looks) => looks > 0 && looks < LOOKS);
    this.stopLooking = this.clock.after(missed ? LOOK_AGAIN : LOOK_INTERVAL, () => {
      this.look()
        // No node can listen while the shared state is unreachable (R6).
        .catch(() => this.misses.clear())
        .finally(() => {
          if (!this.closed) this.lookLater();
        });
    });
  }

  private async look(): Promise<void> {
    const owners = new Set<string>(this.directory.silentOwners());
    for (const mediaNodeId of this.inUse()) {
      const owner = this.directory.remote(mediaNodeId)?.ownerId;
      if (owner !== undefined) owners.add(owner);
    }
    for (const owner of this.misses.keys()) if (!owners.has(owner)) this.misses.delete(owner);
    await Promise.all([...owners].map((owner) => this.listenTo(owner)));
  }

  private async listenTo(owner: string): Promise<void> {
    const listens = await this.cluster.bus.listens(owner);
    if (this.closed) return;
    // While members reconnect at different moments, none counts as silent.
    const misses = listens || this.cluster.recovering ? 0 : (this.misses.get(owner) ?? 0) + 1;
    this.misses.set(owner, misses);
    if (misses === 0) this.directory.ownerSilent(owner, false);
    else if (misses >= LOOKS) this.directory.ownerSilent(owner, true);
  }
}

/**
 * Milliseconds; one small request for each owner in use. A dead process, which its users see and
 * hear, is detected within 300.
 */
const LOOK_INTERVAL = 100;

/** Consecutive checks: a process that only lost its connection is back within this time. */
const LOOKS = 3;
const LOOK_AGAIN = 100;
