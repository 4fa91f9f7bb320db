import { type CallChat, type MessageFile, WaterbusError } from '@waterbus/client';
import { previewOf } from './preview.js';

/** A file that is on its way, or waits for its message. */
export interface Upload {
  key: number;
  name: string;
  /** From 0 to 1. */
  progress: number;
  /** Once all its bytes are stored. */
  stored?: MessageFile;
  failure?: unknown;
  /** Another attempt would fail, too: the server takes no such file. */
  refused?: boolean;
}

type Chat = Pick<CallChat, 'upload' | 'discardFile'>;

/** The files of the message that is being written. A new list after each change. */
export class Uploads {
  #chat: Chat;
  #list: readonly Upload[] = [];
  #running = new Map<number, { file: File; abort: AbortController }>();
  #listeners = new Set<() => void>();
  #last = 0;

  constructor(chat: Chat) {
    this.#chat = chat;
  }

  get list(): readonly Upload[] {
    return this.#list;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Files beyond `MOST_FILES` are left out; false: some were. */
  add(files: readonly File[]): boolean {
    const taken = files.slice(0, MOST_FILES - this.#list.length);
    for (const file of taken) {
      this.#last += 1;
      this.#set([...this.#list, { key: this.#last, name: file.name, progress: 0 }]);
      void this.#run(this.#last, file);
    }
    return taken.length === files.length;
  }

  retry(key: number): void {
    const file = this.#running.get(key)?.file;
    if (!file) return;
    this.#change(key, { progress: 0, failure: undefined });
    void this.#run(key, file);
  }

  remove(key: number): void {
    const { stored } = this.#list.find((one) => one.key === key) ?? {};
    this.#running.get(key)?.abort.abort();
    this.#running.delete(key);
    this.#set(this.#list.filter((one) => one.key !== key));
    if (stored) this.#chat.discardFile(stored.id).catch(() => {});
  }

  /** The stored files, which now belong to a message. */
  take(): MessageFile[] {
    const stored = this.#list.flatMap((one) => one.stored ?? []);
    this.#set([]);
    this.#running.clear();
    return stored;
  }

  async #run(key: number, file: File): Promise<void> {
    const abort = new AbortController();
    this.#running.set(key, { file, abort });
    try {
      const preview = await previewOf(file);
      const stored = await this.#chat.upload(file, {
        name: file.name,
        ...(preview && { preview }),
        signal: abort.signal,
        onProgress: (sent, all) => this.#change(key, { progress: sent / all }),
      });
      this.#change(key, { stored, progress: 1 });
    } catch (error) {
      this.#change(key, { failure: error, refused: isRefused(error) });
    }
  }

  #change(key: number, change: { [Name in keyof Upload]?: Upload[Name] | undefined }): void {
    this.#set(this.#list.map((one) => (one.key === key ? ({ ...one, ...change } as Upload) : one)));
  }

  #set(list: readonly Upload[]): void {
    this.#list = list;
    for (const listener of this.#listeners) listener();
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof WaterbusError && REFUSED.includes(error.code);
}

const REFUSED: readonly string[] = [
  'file.too_large',
  'file.type_refused',
  'file.damaged',
  'file.not_offered',
  'request.too_large',
];

/** Of one message, the server's limit. */
export const MOST_FILES = 10;
