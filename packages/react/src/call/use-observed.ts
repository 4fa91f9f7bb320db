import type { Priority, RemotePublication } from '@waterbus/client';
import { type RefObject, useEffect, useState } from 'react';

/** Makes the servers send as much of the picture as this element can show. */
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

/**
 * Whether the participant speaks or has just spoken: speakers alternate, and pictures must not
 * change with every word.
 */
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
