import { CodedError } from '@waterbus/protocol';
import type { z } from 'zod';

/**
 * Parses data from a network by its schema. Throws `request.invalid` for any other data, without
 * the value: it may be long or secret.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = attempt(schema, value);
  if (!parsed.success) throw new CodedError('request.invalid', where(parsed.error));
  return parsed.data;
}

/**
 * Zod also runs its checks on values of the wrong type, and they throw on an object whose own
 * `toString` is no function.
 */
function attempt<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value);
  } catch {
    throw new CodedError('request.invalid', 'request: a value cannot be read');
  }
}

/** The first error. */
function where(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.').slice(0, 100) || 'request'}: ${issue.message.slice(0, 200)}` : 'request';
}
