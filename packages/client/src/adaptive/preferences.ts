import { type ConsumerPreferences, MOST_PREFERENCES, type PictureView } from '@waterbus/protocol';
import { isPassing } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import { Settling } from '../time/settling.js';

export interface PreferencesOptions {
  session: Requester;
  /** Every current consumer of a picture, with how it is shown; undefined: not known yet. */
  views(): Iterable<[consumerId: string, view: PictureView | undefined]>;
}

/**
 * Reports to the servers how pictures are shown: it sends the differences from their state, many
 * consumers in one request. The servers know nothing of a new consumer (after a reconnect, or on
 * another media node).
 */
export class Preferences {
  #options: PreferencesOptions;
  /** The views that the servers have acknowledged. */
  #known = new Map<string, PictureView>();
  #settling = new Settling(() => this.#settle());

  constructor(options: PreferencesOptions) {
    this.#options = options;
  }

  /** A view, the consumers or the connection changed. */
  kick(): void {
    this.#settling.kick();
  }

  close(): void {
    this.#settling.stop();
  }

  async #settle(): Promise<void> {
    // All tiles of a page change in the same task.
    await Promise.resolve();
    const { session } = this.#options;
    // The next `kick` follows with the connection.
    if (session.connection !== 'connected') return;
    const consumers = this.#unknown();
    if (consumers.length === 0) return;
    try {
      await session.request('consumer.setPreferences', { consumers });
    } catch (error) {
      if (isPassing(error)) throw error;
      // Refused permanently: a repetition would not help.
    }
    for (const { consumerId, ...view } of consumers) this.#known.set(consumerId, view);
    this.#settling.kick();
  }

  #unknown(): ConsumerPreferences[] {
    const unknown: ConsumerPreferences[] = [];
    const present = new Set<string>();
    for (const [consumerId, view] of this.#options.views()) {
      present.add(consumerId);
      const known = this.#known.get(consumerId);
      if (view && !isSame(view, known)) unknown.push({ consumerId, ...view });
    }
    for (const consumerId of this.#known.keys()) if (!present.has(consumerId)) this.#known.delete(consumerId);
    return unknown.slice(0, MOST_PREFERENCES);
  }
}

function isSame(view: PictureView, known: PictureView | undefined): boolean {
  if (!known || view.visible !== known.visible) return false;
  // The size and priority of a hidden picture do not matter.
  if (!view.visible) return true;
  return view.width === known.width && view.height === known.height && view.priority === known.priority;
}
