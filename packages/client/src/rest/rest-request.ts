import { problemSchema } from '@waterbus/protocol';
import { coded, unreachable, WaterbusError } from '../failures.js';

export interface RestRequest {
  /** Origin of Server API; default: the page's own. */
  server?: string;
  path: string;
  /** Default: POST with a body, GET without. */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: object;
  /** A body that is not JSON. The server detects its type itself. */
  bytes?: Blob;
  /** Of `bytes`, in bytes. */
  onProgress?: (sent: number, all: number) => void;
  /** The answer is a `Blob` instead of JSON. */
  blob?: boolean;
  /** Bearer token (RFC 6750). Never part of an error. */
  token?: string;
  signal?: AbortSignal;
  /** Milliseconds until the request counts as lost. */
  timeout?: number;
  /** The answer is a text instead of JSON. */
  text?: boolean;
  /** With the cookies of the page's own origin: signing in and joining set and read some. */
  cookies?: boolean;
}

/**
 * One request to Server API; answers the parsed body. Rejects with a `WaterbusError`, or with the
 * reason of an aborted `signal`.
 */
export async function request(of: RestRequest): Promise<unknown> {
  const { server, path, body, bytes, method = body ? 'POST' : 'GET', token, signal, onProgress } = of;
  const timeout = AbortSignal.timeout(of.timeout ?? REST_TIMEOUT);
  let response: Response;
  let content: unknown;
  try {
    const url = new URL(path, server || globalThis.location?.href);
    // Of the page: the server writes mails in it.
    const language = globalThis.document?.documentElement.lang;
    const headers = {
      ...(language && { 'accept-language': language }),
      ...(body && { 'content-type': 'application/json' }),
      ...(bytes && { 'content-type': 'application/octet-stream' }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const ending = signal ? AbortSignal.any([signal, timeout]) : timeout;
    response =
      bytes && onProgress
        ? await (await import('./send-bytes.js')).sendBytes(url, {
            method,
            headers,
            body: bytes,
            signal: ending,
            onProgress,
          })
        : await fetch(url, {
            method,
            headers,
            ...(body && { body: JSON.stringify(body) }),
            ...(bytes && { body: bytes }),
            signal: ending,
            // No cookie is sent to another origin.
            credentials: of.cookies ? 'same-origin' : 'omit',
          });
    if (of.blob && response.ok) return await response.blob();
    content = of.text && response.ok ? await textOf(response) : await response.json().catch(() => undefined);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(`${path} could not be reached: ${error instanceof Error ? error.message : error}`);
  }
  if (response.ok) return content;
  const problem = problemSchema.safeParse(content);
  if (problem.success) throw new WaterbusError(problem.data.code, problem.data.detail ?? problem.data.title);
  // A proxy in between answers with its own pages: 502 and 504 mean that no server answered it.
  throw response.status >= 500 ? coded('server.unavailable') : coded('request.invalid', `HTTP ${response.status}`);
}

/** With its byte order mark, which `Response.text` would remove. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer());
}

export function understood<T>(
  schema: { safeParse(data: unknown): { success: true; data: T } | { success: false } },
  data: unknown,
): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw coded('server.internal', 'the answer is not understood');
}

export function meetingPath(code: string): string {
  return `/v1/meetings/${encodeURIComponent(code)}`;
}

/** Milliseconds: argon2id and a cold database take far less. */
const REST_TIMEOUT = 10_000;
