import { type Page, WaterbusError } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { renewed, without } from './renewed-page.js';

/**
 * A list that is read page by page. Its `read` may be another function each time; the one of the
 * first page is used.
 */
export interface Pages<T> {
  /** Undefined: the first page has not arrived yet. */
  items: readonly T[] | undefined;
  more: boolean;
  busy: boolean;
  failure: unknown;
  /** Reads the next page, or repeats a failed first one. */
  load(): Promise<void>;
  /** Reads from the beginning; the former items are shown until the answer. */
  reload(): Promise<void>;
  /** Reads the first page again, in the background: a failure changes nothing. Needs `keyOf`. */
  renew(): Promise<void>;
  remove(item: T): void;
}

export function usePages<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  /** Of a list whose order changes: no item of it is shown twice. */
  keyOf?: (item: T) => string,
): Pages<T> {
  const [page, setPage] = useState<Page<T>>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  /** Counts the requests: an answer to any but the last one is out of date. */
  const requested = useRef(0);

  const ask = async (former: Page<T> | undefined) => {
    requested.current += 1;
    const question = requested.current;
    setBusy(true);
    setFailure(undefined);
    try {
      const next = await read(former?.nextCursor ?? undefined);
      if (question !== requested.current) return;
      const shown = former?.items ?? [];
      const added = keyOf ? without(next.items, shown, keyOf) : next.items;
      setPage({ items: [...shown, ...added], nextCursor: next.nextCursor });
    } catch (error) {
      // A server of an earlier version does not know the cursor of a later one: read its list.
      if (former && keyOf && isRefused(error) && question === requested.current) {
        return await ask(undefined);
      }
      if (question === requested.current) setFailure(error);
    } finally {
      if (question === requested.current) setBusy(false);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; another list has another key
  useEffect(() => {
    void ask(undefined);
    return () => {
      requested.current += 1;
    };
  }, []);

  return {
    items: page?.items,
    more: Boolean(page?.nextCursor),
    busy,
    failure,
    load: async () => {
      if (!busy) await ask(page);
    },
    reload: () => ask(undefined),
    renew: async () => {
      const question = requested.current;
      if (busy || !page || !keyOf) return;
      const first = await read(undefined).catch(() => undefined);
      if (first && question === requested.current) setPage((now) => now && renewed(now, first, keyOf));
    },
    remove: (item) => setPage((now) => now && { ...now, items: now.items.filter((other) => other !== item) }),
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof WaterbusError && error.code === 'request.invalid';
}
