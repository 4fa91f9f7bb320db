import { useSyncExternalStore } from 'react';

interface Toast {
  id: number;
  text: string;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Tells something in passing; screen readers announce it politely. */
export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  show([...toasts.slice(1 - MOST), { id, text }]);
  setTimeout(() => show(toasts.filter((other) => other.id !== id)), SHOWN_FOR);
}

/** The one place where toasts appear. Always there: a live region must exist before its content changes. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-atomic="false">
      {shown.map(({ id, text }) => (
        <p key={id} className="toast">
          {text}
        </p>
      ))}
    </div>
  );
}

function show(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Milliseconds: long enough to read a short sentence twice. */
const SHOWN_FOR = 5_000;

/** More at a time would cover the faces. */
const MOST = 3;
