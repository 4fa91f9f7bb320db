/**
 * Whether the network has changed lately: a socket that is lost then was lost with it, and so were
 * the paths of the media.
 */
export class NetworkChange {
  lately = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  happened(): void {
    clearTimeout(this.#timer);
    this.lately = true;
    this.#timer = setTimeout(() => this.over(), LASTS);
  }

  over(): void {
    clearTimeout(this.#timer);
    this.lately = false;
  }
}

/**
 * Milliseconds until a socket that has lost its network is known to be dead, and another one is
 * open.
 */
const LASTS = 15_000;
