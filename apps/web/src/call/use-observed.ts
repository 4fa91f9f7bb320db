import type { Priority, RemotePublication } from '@waterbus/client';
import { type RefObject, useEffect, useState } from 'react';

/** Has the servers send what this element can show of the picture. */
export function useObserved(
  element: RefObject<Element | null>,
  publication: RemotePublication | undefined,
  priority: Priority,
): void {
  useEffect(() => {
    const { current } = element;
    return current && publication ? publication.observe(current, { priority }) : undefined;
  }, [element, publication, priority]);
}

/** Whether somebody talks or has talked just now: a conversation goes to and fro, and pictures must not change with every word. */
export function useLately(talking: boolean): boolean {
  const [lately, setLately] = useState(talking);
  useEffect(() => {
    if (talking) {
      setLately(true);
      return;
    }
    const timer = setTimeout(() => setLately(false), LATELY);
    return () => clearTimeout(timer);
  }, [talking]);
  return lately;
}

/** Milliseconds. */
const LATELY = 5_000;
