import type { Call, JoinOptions } from '@waterbus/client';

/** The options of `join` that the lobby knows. `onWaiting`: a moderator has to admit the user. */
export type Entry = Required<Pick<JoinOptions, 'name' | 'tracks' | 'signal' | 'onWaiting' | 'onlyObserved'>>;

/** How far the user is. */
export interface JoiningState {
  readonly phase: 'idle' | 'joining' | 'waiting';
  /** Why the last attempt failed. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** The way from the lobby into the call, once at a time. */
export class Joining {
  state: JoiningState = { phase: 'idle', failure: undefined };
  #attempt: AbortController | undefined;
  #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Does nothing during another attempt.
   *
   * @returns The call; undefined: it failed, or was aborted.
   */
  async enter(
    known: Pick<Entry, 'name' | 'tracks'>,
    enter: (entry: Entry) => Promise<Call>,
  ): Promise<Call | undefined> {
    if (this.#attempt) return undefined;
    const attempt = new AbortController();
    const { signal } = attempt;
    this.#attempt = attempt;
    this.#set({ phase: 'joining', failure: undefined });
    const onWaiting = () => {
      if (!signal.aborted) this.#set({ phase: 'waiting', failure: undefined });
    };
    try {
      const call = await enter({ ...known, signal, onWaiting, onlyObserved: true });
      if (!signal.aborted) return call;
      void call.leave();
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#attempt = undefined;
      this.#set({ phase: 'idle', failure: { error } });
    }
    return undefined;
  }

  abort = (): void => {
    this.#attempt?.abort();
    this.#attempt = undefined;
    this.#set({ ...this.state, phase: 'idle' });
  };

  forget = (): void => this.#set({ ...this.state, failure: undefined });

  #set(state: JoiningState): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
