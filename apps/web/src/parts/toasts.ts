export interface ToastAction {
  /** The button's text. */
  label: string;
  /** The accessible name, where the label alone is too short. */
  name?: string;
  act: () => void;
}

export interface ToastOptions {
  actions?: ToastAction[];
  /** Stays until it is dismissed or outdated; for questions and for text to copy. */
  lasting?: boolean;
  /** Comes in numbers, such as arrivals: makes room for other messages, and displaces none. */
  minor?: boolean;
  /** Explains why the next page is shown, and stays with it. */
  leadsOn?: boolean;
}

export interface Toast extends ToastOptions {
  id: number;
  text: string;
}

/** Short messages, the newest last. A store for React. */
export class ToastList {
  #toasts: readonly Toast[] = [];
  #lastId = 0;
  #timers = new Map<number, unknown>();
  #held = false;
  #listeners = new Set<() => void>();

  /** `later` and `cancel`: setTimeout and clearTimeout of the browser. */
  constructor(
    private readonly later: (work: () => void, milliseconds: number) => unknown,
    private readonly cancel: (timer: never) => void,
  ) {}

  get toasts(): readonly Toast[] {
    return this.#toasts;
  }

  /** Answers the function that removes it. */
  show(text: string, options: ToastOptions = {}): () => void {
    this.#lastId += 1;
    const id = this.#lastId;
    const passing = this.#toasts.filter(({ lasting }) => !lasting);
    // The oldest one that needs no answer makes room, before others a minor one.
    const isFull = passing.length >= MOST && !options.lasting;
    const leaving = passing.find(({ minor }) => minor) ?? (options.minor ? undefined : passing[0]);
    if (isFull && !leaving) return () => {};
    const dropped = isFull ? leaving?.id : undefined;
    this.#replace([...this.#toasts.filter((toast) => toast.id !== dropped), { id, text, ...options }]);
    if (!options.lasting) this.#start(id);
    return () => this.dismiss(id);
  }

  dismiss(id: number): void {
    this.#stop(id);
    this.#replace(this.#toasts.filter((toast) => toast.id !== id));
  }

  /** Another page is shown: messages about the former one are removed. */
  clear(): void {
    const kept = this.#toasts.filter(({ leadsOn }) => leadsOn);
    for (const { id, leadsOn } of this.#toasts) if (!leadsOn) this.#stop(id);
    this.#replace(kept);
  }

  /** While the user reads or reaches for one, none disappears (WCAG 2.2.1). */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    for (const { id, lasting } of this.#toasts) {
      if (lasting) continue;
      if (held) this.#stop(id);
      else this.#start(id);
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #start(id: number): void {
    if (this.#held) return;
    this.#timers.set(
      id,
      this.later(() => this.dismiss(id), SHOWN_FOR),
    );
  }

  #stop(id: number): void {
    this.cancel(this.#timers.get(id) as never);
    this.#timers.delete(id);
  }

  #replace(toasts: readonly Toast[]): void {
    if (toasts.length === 0) this.#held = false;
    this.#toasts = toasts;
    for (const listener of this.#listeners) listener();
  }
}

/** The toasts of this page. */
export const toastList = new ToastList(
  (work, milliseconds) => setTimeout(work, milliseconds),
  (timer) => clearTimeout(timer),
);

/**
 * Shows a short message; screen readers announce it politely. Answers the function that removes it.
 */
export function toast(text: string, options?: ToastOptions): () => void {
  return toastList.show(text, options);
}

/** Milliseconds: long enough to read a short sentence twice. */
const SHOWN_FOR = 5_000;

/** More at a time would cover the faces. */
const MOST = 3;
