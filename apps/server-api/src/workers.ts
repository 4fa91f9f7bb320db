/** Starts work that uses the database on its own; the returned function ends it. */
export type StartWorker = () => StopWorker | Promise<StopWorker>;
/** Resolves when the work uses the database no more. */
export type StopWorker = () => Promise<void> | void;

/**
 * The background work of the server. It is paused while the embedded database is lent: it would only
 * fail, and take work that the successor does.
 */
export class Workers {
  readonly #starts: StartWorker[] = [];
  #stops: Promise<StopWorker>[] = [];
  #isPaused = false;

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Resolves when the work has begun. */
  async add(start: StartWorker): Promise<void> {
    this.#starts.push(start);
    await this.#start(start);
  }

  /** Resolves when all work has ended, in any order. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    const stops = await Promise.all(this.#stops.splice(0));
    await Promise.all(stops.map((stop) => stop()));
  }

  async resume(): Promise<void> {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    await Promise.all(this.#starts.map((start) => this.#start(start)));
  }

  async #start(start: StartWorker): Promise<void> {
    const stop = Promise.resolve(start());
    this.#stops.push(stop);
    await stop;
  }
}
