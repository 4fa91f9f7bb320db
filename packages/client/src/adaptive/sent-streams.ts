import type { Sender } from '../media/device.js';

/** What servers say of own streams: how much of them anybody takes (dynacast), and whether they arrive. */
export class SentStreams {
  #senderOf: (producerId: string) => Sender | undefined;
  /** Highest spatial layer that anybody takes, by producer; it may be heard of before the answer to producing. */
  #wanted = new Map<string, number>();
  #silent = new Set<string>();

  constructor(senderOf: (producerId: string) => Sender | undefined) {
    this.#senderOf = senderOf;
  }

  wanted(producerId: string, spatial: number): void {
    if (!this.#wanted.has(producerId) && this.#wanted.size >= MOST_KNOWN) return;
    this.#wanted.set(producerId, spatial);
    // What has just been started has not arrived yet, and that is no trouble.
    this.#silent.delete(producerId);
    this.#senderOf(producerId)?.encode(spatial);
  }

  arriving(producerId: string, arriving: boolean): void {
    if (arriving) this.#silent.delete(producerId);
    else if (this.#silent.size < MOST_KNOWN) this.#silent.add(producerId);
  }

  /** The producer has a sender now. */
  produced(producerId: string): void {
    const spatial = this.#wanted.get(producerId);
    if (spatial !== undefined) this.#senderOf(producerId)?.encode(spatial);
  }

  gone(producerId: string): void {
    this.#wanted.delete(producerId);
    this.#silent.delete(producerId);
  }

  clear(): void {
    this.#wanted.clear();
    this.#silent.clear();
  }

  /** Whether what is sent of it arrives, as far as anybody has said. Nothing need arrive of what nobody takes. */
  arrives(producerId: string): boolean {
    return !this.#silent.has(producerId) || (this.#wanted.get(producerId) ?? 0) < 0;
  }
}

/** As many producers as a participant may have, in two codecs, twice: before and after a move. */
const MOST_KNOWN = 32;
