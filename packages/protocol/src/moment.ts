import * as z from 'zod';

/**
 * A moment that a client chooses, with any offset. In UTC it lies in the years 1970 to 9999:
 * PostgreSQL has no year 0, and RFC 3339 no year 10000.
 */
export const momentSchema = z.iso.datetime({ offset: true }).refine((text) => {
  const at = Date.parse(text);
  return at >= 0 && at <= LAST_MOMENT;
}, 'must lie in the years 1970 to 9999');

/** Milliseconds since 1970 of 9999-12-31T23:59:59.999Z. */
export const LAST_MOMENT = 253_402_300_799_999;
