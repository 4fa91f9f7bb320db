import * as z from 'zod';
import { type ErrorCode, errorCatalogue } from '../errors.js';

/** RFC 9457. `code` is from the catalogue. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
