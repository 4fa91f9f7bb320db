import { CodedError } from '@waterbus/protocol';

/** Uploads of this process at the same time: each holds a connection, perhaps for long. */
export class UploadSlots {
  readonly #running = new Map<string, number>();
  #count = 0;

  /** Rejects with `limit.reached` for the sender, or with `server.busy` for the process. */
  async use<T>(sender: string, upload: () => Promise<T>): Promise<T> {
    const own = this.#running.get(sender) ?? 0;
    if (own >= MOST_OF_SENDER) throw new CodedError('limit.reached', 'Too many uploads at the same time');
    if (this.#count >= MOST) throw new CodedError('server.busy');
    this.#running.set(sender, own + 1);
    this.#count += 1;
    try {
      return await upload();
    } finally {
      this.#count -= 1;
      const left = (this.#running.get(sender) ?? 1) - 1;
      if (left > 0) this.#running.set(sender, left);
      else this.#running.delete(sender);
    }
  }
}

const MOST_OF_SENDER = 4;
const MOST = 200;
