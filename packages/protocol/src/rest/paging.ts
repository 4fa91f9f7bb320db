import { z } from 'zod';

/** Entries of a page unless asked otherwise, and at most. */
export const DEFAULT_PAGE = 50;
export const LONGEST_PAGE = 100;

/** A whole number in a query, in decimal digits only: no sign, no exponent, no `0x10`, no white space, no zero in front. */
export function queryInteger(least: number, most: number) {
  const read = (value: unknown) =>
    typeof value === 'string' && /^(0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
  return z.preprocess(read, z.number().int().min(least).max(most));
}

/** Query of every list: begin with no cursor, go on with the `nextCursor` of the page before. */
export const pageQuerySchema = z.strictObject({
  /** Opaque; as it came. */
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
