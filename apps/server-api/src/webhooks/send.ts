import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '@waterbus/cluster';
import type { WebhookEvent, WebhookFailure } from '@waterbus/protocol';
import { Webhook } from 'standardwebhooks';
import { hostOf, isPrivate } from './addresses.js';

export interface Attempt {
  url: string;
  secret: string;
  event: WebhookEvent;
  clock: Clock;
  /** Omitted: any address is allowed. */
  lookup?: LookupFunction;
  signal: AbortSignal;
}

/** Either the HTTP status, or the reason why there is none. Both are null when `signal` ended it. */
export interface Outcome {
  status: number | null;
  failure: WebhookFailure | null;
}

/** Sends once. Never rejects. */
export async function send({ url: text, secret, event, clock, lookup, signal }: Attempt): Promise<Outcome> {
  const url = new URL(text);
  const host = hostOf(url);
  if (lookup && isIP(host) && isPrivate(host)) return { status: null, failure: 'address' };
  const body = JSON.stringify(event);
  const at = new Date(clock.date());
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'Waterbus-Webhooks',
    'webhook-id': event.id,
    'webhook-timestamp': Math.floor(at.getTime() / 1000),
    'webhook-signature': new Webhook(secret).sign(event.id, at, body),
  };
  return new Promise((resolve) => {
    let status: number | null = null;
    let failure: WebhookFailure = 'unreachable';
    let read = 0;
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers,
      agent: false,
      lookup,
      signal,
    });
    const stopWaiting = clock.after(LONGEST_ATTEMPT, () => {
      failure = 'timeout';
      request.destroy();
    });
    request.on('response', (response) => {
      // A redirect is an answer like others: its target was not checked.
      status = response.statusCode ?? null;
      response.on('data', (bytes: Buffer) => {
        read += bytes.length;
        if (read > LONGEST_ANSWER) request.destroy();
      });
      response.on('error', () => {});
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (failure !== 'timeout') failure = failureOf(error.code ?? '');
    });
    request.on('close', () => {
      stopWaiting();
      resolve({ status, failure: status === null && !signal.aborted ? failure : null });
    });
    request.end(body);
  });
}

/** `code`: of Node's network, DNS and TLS errors, and of `publicLookup`. */
function failureOf(code: string): WebhookFailure {
  if (code === 'webhook.address_refused') return 'address';
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'name';
  if (/CERT|TLS|SSL|UNABLE_TO_|^EPROTO$/.test(code)) return 'certificate';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

/**
 * Milliseconds from name resolution to the end of the answer: receivers should accept now and work
 * later.
 */
export const LONGEST_ATTEMPT = 10_000;

/**
 * Bytes. Nobody reads them; a short answer is read so that its sender sees no broken connection.
 */
const LONGEST_ANSWER = 16 * 1024;
