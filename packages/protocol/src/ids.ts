import * as z from 'zod';

/** Letters of a meeting code: no two of them sound or look alike (no i, l, o, q, u, v, w, y). */
export const MEETING_CODE_ALPHABET = 'abcdefghjkmnprstxz';

/**
 * `abc-defg-hij`: 18^10 = 3.6e12 codes, too many to guess under the join limits, short enough to
 * read aloud.
 */
export const meetingCodeSchema = z
  .string()
  .regex(new RegExp(`^[${MEETING_CODE_ALPHABET}]{3}-[${MEETING_CODE_ALPHABET}]{4}-[${MEETING_CODE_ALPHABET}]{3}$`));

/** Ids of participants, transports, producers and consumers are opaque to clients. */
export const idSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_.:-]+$/);

/** The most devices of one account that a join may replace. */
export const MAX_REPLACED = 8;
