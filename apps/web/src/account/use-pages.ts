import type { Page } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';

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
  remove(item: T): void;
}

export function usePages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Pages<T> {
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
      setPage({ items: [...(former?.items ?? []), ...next.items], nextCursor: next.nextCursor });
    } catch (error) {
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
    remove: (item) => setPage((now) => now && { ...now, items: now.items.filter((other) => other !== item) }),
  };
}
