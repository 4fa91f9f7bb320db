import * as z from 'zod';

/** Entries of a page: default and maximum. */
export const DEFAULT_PAGE = 50;
export const LONGEST_PAGE = 100;

/**
 * A whole number in a query, in decimal digits only: no sign, no exponent, no `0x10`, no white
 * space, no leading zero.
 */
export function queryInteger(least: number, most: number) {
  const read = (value: unknown) =>
    typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
  return z.preprocess(read, z.number().int().min(least).max(most));
}

/**
 * Query of every list: start without a cursor, continue with the `nextCursor` of the previous page.
 */
export const pageQuerySchema = z.strictObject({
  /** Opaque; send it back unchanged. */
  cursor: z.string().min(1).max(256).optional(),
  limit: queryInteger(1, LONGEST_PAGE).default(DEFAULT_PAGE),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

/** A page of a list. `nextCursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
