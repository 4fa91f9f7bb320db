import type { TypedEmitter } from './api/call.js';

type Listeners<E> = { [K in keyof E]?: Set<E[K]> };

/**
 * The typed emitter behind the public objects. A listener that throws is reported and does not stop
 * the others.
 */
export class Emitter<E extends { [K in keyof E]: (...args: never[]) => void }> implements TypedEmitter<E> {
  #listeners: Listeners<E> = {};

  on<K extends keyof E>(event: K, listener: E[K]): () => void {
    const listeners = this.#listeners[event] ?? new Set<E[K]>();
    this.#listeners[event] = listeners;
    listeners.add(listener);
    return () => this.off(event, listener);
  }

  off<K extends keyof E>(event: K, listener: E[K]): void {
    this.#listeners[event]?.delete(listener);
  }

  emit<K extends keyof E>(event: K, ...args: Parameters<E[K]>): void {
    for (const listener of [...(this.#listeners[event] ?? [])]) {
      try {
        listener(...(args as never[]));
      } catch (error) {
        // The application's mistake is shown as its own uncaught error, and must not break the
        // call's state.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  removeAll(): void {
    this.#listeners = {};
  }
}
