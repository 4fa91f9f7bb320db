import { problemSchema } from '@waterbus/protocol';
import { z } from 'zod';
import { WaterbusApiError, WaterbusConnectionError } from './errors.js';

/** The server, and the key with which a back end uses it. */
export interface WaterbusServerOptions {
  /** The address of the server, such as `https://meet.example.org`. */
  url: string;
  /** `wbk_…`, created in the web app or set in the server's settings. Keep it on your server. */
  apiKey: string;
  /** Instead of the global one. */
  fetch?: typeof fetch;
  /** Milliseconds that one attempt may take. Default: 30 s. */
  timeout?: number;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Sends requests to the server. Repeats calls for which that is harmless: see `repeatable`. */
export class Connection {
  readonly #base: string;
  readonly #apiKey: string;
  readonly #fetch: typeof fetch;
  readonly #timeout: number;

  constructor({ url, apiKey, fetch: ownFetch, timeout = DEFAULT_TIMEOUT }: WaterbusServerOptions) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new TypeError(`Not the address of a server: ${url}`);
    if (!apiKey.startsWith('wbk_')) throw new TypeError('An API key begins with wbk_');
    this.#base = url.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    this.#fetch = ownFetch ?? ((...args) => fetch(...args));
    this.#timeout = timeout;
  }

  /**
   * Answers the body, parsed by `schema`. Rejects with a `WaterbusApiError` or a
   * `WaterbusConnectionError`.
   */
  async ask<T extends z.ZodType>(method: Method, path: string, schema: T, body?: unknown): Promise<z.output<T>> {
    const response = await this.#send(method, path, body);
    const parsed = schema.safeParse(await json(response));
    if (parsed.success) return parsed.data;
    throw new WaterbusConnectionError(`${method} ${path}: the answer is not what it should be`, {
      cause: parsed.error,
    });
  }

  /** Like `ask`, for requests whose answer has no body. */
  async send(method: Method, path: string, body?: unknown): Promise<void> {
    await (await this.#send(method, path, body)).body?.cancel();
  }

  async #send(method: Method, path: string, body: unknown): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      let failure: WaterbusApiError | WaterbusConnectionError;
      try {
        const response = await this.#attempt(method, path, body);
        if (response.ok) return response;
        failure = await refusal(response);
      } catch (error) {
        failure = new WaterbusConnectionError(`${method} ${path}: no answer`, { cause: error });
      }
      const wait = repeatable(method) && attempt < ATTEMPTS ? waitAfter(failure, attempt) : undefined;
      if (wait === undefined) throw failure;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #attempt(method: Method, path: string, body: unknown): Promise<Response> {
    return this.#fetch(`${this.#base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#apiKey}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      // The key must not reach another server.
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeout),
    });
  }
}

/** A path below `/v1/` with escaped values: ids come from other systems. */
export function pathOf(parts: TemplateStringsArray, ...values: string[]): string {
  return `/v1/${String.raw({ raw: parts.raw }, ...values.map((value) => encodeURIComponent(value)))}`;
}

/** RFC 9110 section 9.2.2. */
function repeatable(method: Method): boolean {
  return method === 'GET' || method === 'PUT' || method === 'DELETE';
}

/** Milliseconds; undefined: a repetition would not help, or not soon. */
function waitAfter(failure: WaterbusApiError | WaterbusConnectionError, attempt: number): number | undefined {
  const backOff = FIRST_WAIT * 2 ** (attempt - 1);
  if (failure instanceof WaterbusConnectionError) return backOff;
  const { status, retryAfter } = failure;
  // Without a time to wait, 429 is a limit that is only freed when a resource is released.
  if (status !== 503 && (status !== 429 || retryAfter === undefined)) return undefined;
  const wait = retryAfter === undefined ? backOff : retryAfter * 1000;
  return wait > LONGEST_WAIT ? undefined : wait;
}

async function refusal(response: Response): Promise<WaterbusApiError> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
  const problem = anyProblem.safeParse(await json(response));
  // A proxy in between has no catalogue.
  if (!problem.success) return new WaterbusApiError(`http.${response.status}`, response.status, undefined, retryAfter);
  return new WaterbusApiError(problem.data.code, response.status, problem.data.detail, retryAfter);
}

/** A newer server knows codes that this SDK does not. */
const anyProblem = problemSchema.extend({ code: z.string() });

/** Undefined when it is not JSON, or the connection broke in the middle of it. */
async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** Milliseconds: the server's own limit for a request. */
const DEFAULT_TIMEOUT = 30_000;

/** Including the first one. */
const ATTEMPTS = 3;

/** Milliseconds before the second attempt; twice that before the third. */
const FIRST_WAIT = 500;

/** Milliseconds: after a longer wait the caller should decide. */
const LONGEST_WAIT = 60_000;
