import type { ApiParts } from '../parts.js';

/** What goes on after the answer, whose time then tells nothing of it; the server's end waits for it. */
export class BackgroundWork {
  readonly #going = new Set<Promise<void>>();
  readonly #parts: Pick<ApiParts, 'log' | 'onClose'>;
  readonly #failure: string;

  /** `failure`: what the log gets when something is rejected. */
  constructor(parts: Pick<ApiParts, 'log' | 'onClose'>, failure: string) {
    this.#parts = parts;
    this.#failure = failure;
    parts.onClose(async () => void (await Promise.all(this.#going)));
  }

  add(work: () => Promise<void>): void {
    const going = work()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, this.#failure))
      .finally(() => this.#going.delete(going));
    this.#going.add(going);
  }
}
