import type { CallEvents, CloseReason, TypedEmitter } from '../api/call.js';
import { Emitter } from '../emitter.js';

/** The events of a call, and `change` after each of them, once per task. */
export class CallEmitter implements TypedEmitter<CallEvents> {
  #emitter = new Emitter<CallEvents>();
  #isChangeDue = false;

  on<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): () => void {
    return this.#emitter.on(event, listener);
  }

  off<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): void {
    this.#emitter.off(event, listener);
  }

  emit<K extends keyof CallEvents>(event: K, ...args: Parameters<CallEvents[K]>): void {
    this.#emitter.emit(event, ...args);
    this.changed();
  }

  /** An event that changes no property. */
  signal<K extends keyof CallEvents>(event: K, ...args: Parameters<CallEvents[K]>): void {
    this.#emitter.emit(event, ...args);
  }

  changed(): void {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    queueMicrotask(() => {
      this.#isChangeDue = false;
      this.#emitter.emit('change');
    });
  }

  /** The last event, with its `change` in the same task. */
  close(reason: CloseReason): void {
    this.#emitter.emit('closed', reason);
    this.#emitter.emit('change');
    this.stop();
  }

  stop(): void {
    this.#emitter.removeAll();
  }
}
