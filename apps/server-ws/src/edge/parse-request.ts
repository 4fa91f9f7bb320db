import { type ClientRequestName, CodedError, clientRequests } from '@waterbus/protocol';
import type { z } from 'zod';

export type ParsedRequest = {
  [N in ClientRequestName]: { name: N; request: z.output<(typeof clientRequests)[N]['request']> };
}[ClientRequestName];

/** The only place where a client's bytes are looked at: past it, types are trusted. Throws `request.invalid`. */
export function parseRequest(name: string, body: unknown): ParsedRequest {
  if (!Object.hasOwn(clientRequests, name)) throw new CodedError('request.invalid', 'there is no such request');
  const parsed = parse(clientRequests[name as ClientRequestName].request, body);
  if (!parsed.success) throw new CodedError('request.invalid', where(parsed.error));
  return { name, request: parsed.data } as ParsedRequest;
}

/** Zod runs its checks on values of the wrong type too, and an object whose own `toString` is no function makes them throw. */
function parse(schema: z.ZodType, body: unknown): z.ZodSafeParseResult<unknown> {
  try {
    return schema.safeParse(body);
  } catch {
    throw new CodedError('request.invalid', 'request: a value cannot be read');
  }
}

/** The first thing that is wrong, without the value: it may be long or secret. */
function where(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.').slice(0, 100) || 'request'}: ${issue.message.slice(0, 200)}` : 'request';
}
