import type { Unsubscribe } from '@waterbus/cluster';
import type { MediaNodeEvent } from '@waterbus/media-host';

/** Notifies listeners of the media nodes' events, their drains, and new media nodes. */
export class MediaNodeChanges {
  private readonly listeners = new Set<(mediaNodeId: string, event: MediaNodeEvent) => void>();
  private readonly arrivals = new Set<() => void>();
  private readonly drainListeners = new Set<(mediaNodeId: string, draining: boolean, urgent: boolean) => void>();

  /**
   * Called when a media node, here or elsewhere, starts or stops draining. `urgent`: it is unknown
   * how long it still works.
   */
  onDraining(listener: (mediaNodeId: string, draining: boolean, urgent: boolean) => void): Unsubscribe {
    this.drainListeners.add(listener);
    return () => this.drainListeners.delete(listener);
  }

  /** Resolves when the next media node has come up. */
  arrival(): { arrived: Promise<void>; cancel(): void } {
    let cancel = () => {};
    const arrived = new Promise<void>((resolve) => {
      this.arrivals.add(resolve);
      cancel = () => this.arrivals.delete(resolve);
    });
    return { arrived, cancel };
  }

  onEvent(listener: (mediaNodeId: string, event: MediaNodeEvent) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notifyDraining(mediaNodeId: string, draining: boolean, urgent = false): void {
    for (const listener of [...this.drainListeners]) listener(mediaNodeId, draining, urgent);
  }

  arrived(): void {
    for (const resolve of this.arrivals) resolve();
    this.arrivals.clear();
  }

  emit(mediaNodeId: string, event: MediaNodeEvent): void {
    for (const listener of [...this.listeners]) listener(mediaNodeId, event);
  }
}
