import type { Page } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';

/** A list that comes page by page. Its `read` may be another function each time; it is the first page's that counts. */
export interface Pages<T> {
  /** Undefined: the first page is not there yet. */
  items: readonly T[] | undefined;
  more: boolean;
  busy: boolean;
  failure: unknown;
  /** Reads the next page, or the first one again that failed. */
  load(): Promise<void>;
  /** Reads from the beginning; what is shown stays until it is there. */
  reload(): Promise<void>;
  remove(item: T): void;
}

export function usePages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Pages<T> {
  const [page, setPage] = useState<Page<T>>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  /** Counts what was asked: an answer to anything but the last question comes too late. */
  const asked = useRef(0);

  const ask = async (former: Page<T> | undefined) => {
    asked.current += 1;
    const question = asked.current;
    setBusy(true);
    setFailure(undefined);
    try {
      const next = await read(former?.nextCursor ?? undefined);
      if (question !== asked.current) return;
      setPage({ items: [...(former?.items ?? []), ...next.items], nextCursor: next.nextCursor });
    } catch (error) {
      if (question === asked.current) setFailure(error);
    } finally {
      if (question === asked.current) setBusy(false);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; a list of something else is another component by its key
  useEffect(() => {
    void ask(undefined);
    return () => {
      asked.current += 1;
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
