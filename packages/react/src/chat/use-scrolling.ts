import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** What the list shows, as far as its place depends on it. */
export interface ScrolledContent {
  /** `seq` of the first message. */
  readonly firstSeq: number;
  readonly count: number;
  /** Messages of this user that are on their way. */
  readonly outgoingCount: number;
}

/**
 * Keeps a list at its end while the user is there and after the user wrote, and at its place while
 * older messages are loaded above it.
 */
export function useScrolling(
  list: RefObject<HTMLElement | null>,
  { firstSeq, count, outgoingCount }: ScrolledContent,
): { atEnd: boolean; follow: () => void } {
  const [atEnd, setAtEnd] = useState(true);
  const kept = useRef({ atEnd: true, firstSeq: 0, height: 0, written: 0 });
  useEffect(() => {
    const element = list.current!;
    const look = () => {
      const end = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      kept.current.atEnd = end;
      setAtEnd(end);
    };
    element.addEventListener('scroll', look, { passive: true });
    // The keyboard of a phone, or another width: the end stays in view.
    const resized = new ResizeObserver(() => {
      if (kept.current.atEnd) element.scrollTop = element.scrollHeight;
    });
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again for each message
  useLayoutEffect(() => {
    const element = list.current!;
    const before = kept.current;
    const wroteMore = outgoingCount > before.written;
    if (before.atEnd || wroteMore) element.scrollTop = element.scrollHeight;
    else if (firstSeq < before.firstSeq) element.scrollTop += element.scrollHeight - before.height;
    kept.current = {
      atEnd: before.atEnd || wroteMore,
      firstSeq,
      height: element.scrollHeight,
      written: outgoingCount,
    };
  }, [list, firstSeq, count, outgoingCount]);
  const follow = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  return { atEnd, follow };
}

/** Pixels from an end that count as the end. */
export const NEAR = 48;
