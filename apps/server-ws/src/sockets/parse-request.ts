import {
  type ClientRequestName,
  CodedError,
  clientRequests,
  UNSTORABLE_TEXT,
  unstorableText,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { parse } from '../parse.js';

export type ParsedRequest = {
  [N in ClientRequestName]: { name: N; request: z.output<(typeof clientRequests)[N]['request']> };
}[ClientRequestName];

/**
 * The only place that reads a client's input: beyond it, types are trusted. Throws
 * `request.invalid`.
 */
export function parseRequest(name: string, body: unknown): ParsedRequest {
  if (!Object.hasOwn(clientRequests, name)) throw new CodedError('request.invalid', 'there is no such request');
  const request = parse(clientRequests[name as ClientRequestName].request as z.ZodType, body);
  const unstorable = unstorableText(request);
  if (unstorable !== undefined) throw new CodedError('request.invalid', `request${unstorable}: ${UNSTORABLE_TEXT}`);
  return { name, request } as ParsedRequest;
}
