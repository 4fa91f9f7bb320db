import type { Sender } from '../webrtc/device.js';

/**
 * The servers' reports on own streams: the layers that receivers take (dynacast), and whether the
 * streams arrive.
 */
export class SentStreams {
  #senderOf: (producerId: string) => Sender | undefined;
  /**
   * Highest spatial layer that any receiver takes, by producer; the event may precede the answer to
   * producing.
   */
  #wanted = new Map<string, number>();
  #silent = new Set<string>();

  constructor(senderOf: (producerId: string) => Sender | undefined) {
    this.#senderOf = senderOf;
  }

  wanted(producerId: string, spatial: number): void {
    if (!this.#wanted.has(producerId) && this.#wanted.size >= MOST_KNOWN) return;
    this.#wanted.set(producerId, spatial);
    // A stream that has just started has not arrived yet; that is no fault.
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

  /**
   * Whether its stream arrives, as far as the servers have reported. A stream that no receiver
   * takes need not arrive.
   */
  arrives(producerId: string): boolean {
    return !this.#silent.has(producerId) || (this.#wanted.get(producerId) ?? 0) < 0;
  }
}

/** The limit of producers per participant, in two codecs, twice: before and after a move. */
const MOST_KNOWN = 32;
