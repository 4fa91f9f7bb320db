import type { ApiParts } from '../parts.js';

/**
 * Work that continues after the answer, so that the answer's time reveals nothing; the server waits
 * for it before it closes or lends its database.
 */
export class BackgroundWork {
  readonly #going = new Set<Promise<void>>();
  readonly #parts: Pick<ApiParts, 'log' | 'workers'>;
  readonly #failure: string;

  /** `failure`: the log entry of a rejection. */
  constructor(parts: Pick<ApiParts, 'log' | 'workers'>, failure: string) {
    this.#parts = parts;
    this.#failure = failure;
    void parts.workers.add(() => async () => void (await Promise.all(this.#going)));
  }

  add(work: () => Promise<void>): void {
    const going = work()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, this.#failure))
      .finally(() => this.#going.delete(going));
    this.#going.add(going);
  }
}
