import { z } from 'zod';

/** Entries of a page unless asked otherwise, and at most. */
export const DEFAULT_PAGE = 50;
export const LONGEST_PAGE = 100;

/** Query of every list: begin with no cursor, go on with the `nextCursor` of the page before. */
export const pageQuerySchema = z.strictObject({
  /** Opaque; as it came. */
  cursor: z.string().min(1).max(256).optional(),
  limit: z.coerce.number().int().min(1).max(LONGEST_PAGE).default(DEFAULT_PAGE),
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
