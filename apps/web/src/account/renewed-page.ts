import type { Page } from '@waterbus/client';

/**
 * A list after its first page was read again: what is new or has moved up comes first, and later
 * pages stay without it. With nothing beyond the new first page, that is the list.
 */
export function renewed<T>(former: Page<T>, first: Page<T>, keyOf: (item: T) => string): Page<T> {
  if (first.nextCursor === null || former.items.length <= first.items.length) return first;
  return { items: [...first.items, ...without(former.items, first.items, keyOf)], nextCursor: former.nextCursor };
}

/** Items that no other list has: a list may have moved between two pages. */
export function without<T>(items: readonly T[], others: readonly T[], keyOf: (item: T) => string): T[] {
  const keys = new Set(others.map(keyOf));
  return items.filter((item) => !keys.has(keyOf(item)));
}
