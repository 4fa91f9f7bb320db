import { isIP } from 'node:net';
import type * as Acme from 'acme-client';
import type { AxiosAdapter } from 'axios';
import type { ChallengeMethod, Challenges } from './challenges.js';
import { type Pair, pairOf } from './pair.js';

export interface Order {
  /** The URL of the certificate authority's directory. */
  directory: string;
  /** PEM. */
  accountKey: string;
  email: string | undefined;
  /** The DNS name or IP address. */
  host: string;
  method: ChallengeMethod;
  challenges: Challenges;
  now: () => number;
  /** Resolves after so many milliseconds. */
  pause: (milliseconds: number) => Promise<void>;
}

/** `away`: no answer from the authority; `challenge`: its check of this server failed. */
export class OrderError extends Error {
  constructor(
    readonly kind: 'away' | 'challenge' | 'refused',
    message: string,
    /** Milliseconds for which the authority asks to wait. */
    readonly retryAfter = 0,
  ) {
    super(oneLine(message));
  }
}

/** Obtains one certificate. Rejects with an `OrderError`. */
export async function obtain(order: Order): Promise<Pair> {
  const acme = await library();
  const client = new acme.Client({ directoryUrl: order.directory, accountKey: order.accountKey });
  try {
    return await carryOut(order, client, acme);
  } catch (error) {
    if (error instanceof OrderError) throw error;
    throw new OrderError('refused', error instanceof Error ? error.message : String(error));
  } finally {
    order.challenges.clear();
  }
}

/** A new P-256 key in PEM, for an account. */
export async function newAccountKey(): Promise<string> {
  return (await (await library()).crypto.createPrivateEcdsaKey()).toString();
}

async function carryOut(order: Order, client: Acme.Client, acme: typeof Acme): Promise<Pair> {
  const { host, email } = order;
  await client.createAccount({ termsOfServiceAgreed: true, ...(email && { contact: [`mailto:${email}`] }) });
  const request = {
    identifiers: [{ type: isIP(host) ? 'ip' : 'dns', value: host }],
    ...(await profileFor(host, order.directory, acme)),
  };
  const placed = await client.createOrder(request);
  for (const authorization of await client.getAuthorizations(placed)) {
    if (authorization.status === 'valid') continue;
    await prove(order, client, authorization);
  }
  await until(order, async () => authorized(await client.getAuthorizations(placed), order.method));
  const key = await acme.crypto.createPrivateEcdsaKey();
  const [, csr] = await acme.crypto.createCsr({ altNames: [host] }, key);
  await client.finalizeOrder(placed, csr);
  const issued = await until(order, async () => {
    const state = await client.getOrder(placed);
    if (state.status === 'invalid') throw new OrderError('refused', 'The order became invalid');
    return state.status === 'valid' ? state : undefined;
  });
  const pair = pairOf(await client.getCertificate(issued), key.toString());
  if (!pair.covers(host)) throw new OrderError('refused', `The issued certificate is for ${pair.names}`);
  return pair;
}

async function prove(order: Order, client: Acme.Client, authorization: Acme.Authorization): Promise<void> {
  const challenge = authorization.challenges.find(({ type }) => type === order.method);
  if (!challenge) throw new OrderError('challenge', `The authority does not offer ${order.method}`);
  const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
  await order.challenges.offer(order.method, {
    host: order.host,
    token: challenge.token,
    keyAuthorization,
    now: order.now(),
  });
  await client.completeChallenge(challenge);
}

/** Undefined while a check is pending. */
function authorized(authorizations: Acme.Authorization[], method: ChallengeMethod): true | undefined {
  for (const { status, challenges } of authorizations) {
    if (status === 'valid') continue;
    if (status === 'pending') return undefined;
    const failed = challenges.find(({ type }) => type === method);
    const detail =
      (failed && 'error' in failed && (failed.error as { detail?: unknown } | undefined)?.detail) || status;
    throw new OrderError('challenge', String(detail));
  }
  return true;
}

async function until<T>(order: Order, look: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = await look();
    if (found !== undefined) return found;
    await order.pause(Math.min(FIRST_PAUSE * 2 ** round, LONGEST_PAUSE));
  }
  throw new OrderError('away', 'The authority did not decide in time');
}

/**
 * Let's Encrypt issues certificates for IP addresses by its profile of 160 hours only. A directory
 * without that profile gets an order without one.
 */
async function profileFor(host: string, directory: string, acme: typeof Acme): Promise<{ profile?: string }> {
  if (!isIP(host)) return {};
  const { data } = await acme.axios.get(directory);
  const profiles: unknown = data?.meta?.profiles;
  return typeof profiles === 'object' && profiles !== null && SHORT_LIVED in profiles ? { profile: SHORT_LIVED } : {};
}

/**
 * Loaded on the first order: the library and its dependencies cost a tenth of a second. Its own
 * repetition of requests is off, because `Renewal` decides about repetitions; without it the
 * library loses the reason of a failed connection, which the adapter keeps.
 */
async function library(): Promise<typeof Acme> {
  const [acme, { getAdapter }] = await Promise.all([import('acme-client'), import('axios')]);
  const { axios } = acme.default as unknown as typeof Acme;
  const defaults = axios.defaults as typeof axios.defaults & { acmeSettings: { retryMaxAttempts: number } };
  defaults.acmeSettings.retryMaxAttempts = 0;
  defaults.timeout = REQUEST_TIMEOUT;
  defaults.maxContentLength = LONGEST_ANSWER;
  defaults.adapter = reporting(getAdapter('http'));
  return acme.default as unknown as typeof Acme;
}

function reporting(adapter: AxiosAdapter): AxiosAdapter {
  return async (config) => {
    const { host } = new URL(config.url ?? '');
    const { status, data, headers, ...rest } = await adapter({ ...config, validateStatus: null }).catch((error) => {
      throw new OrderError('away', `${host}: ${error.message || error.code}`);
    });
    if (status >= 500 || status === 429) {
      const reason = `${host} answered ${status} ${detailOf(data)}`;
      throw new OrderError(status === 429 ? 'refused' : 'away', reason, milliseconds(headers['retry-after']));
    }
    return { status, data, headers, ...rest };
  };
}

/** Of a problem document (RFC 7807), which is text at this point. */
function detailOf(data: unknown): string {
  try {
    return String(JSON.parse(String(data)).detail ?? '');
  } catch {
    return '';
  }
}

/** Of a Retry-After in seconds; the form with a date is rare. */
function milliseconds(seconds: unknown): number {
  return Number(seconds) > 0 ? Math.min(Number(seconds) * 1000, LONGEST_WAIT) : 0;
}

/** The text of another server, for one line of the log. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, LONGEST_SENTENCE);
}

const SHORT_LIVED = 'shortlived';

/** Milliseconds. */
const REQUEST_TIMEOUT = 30_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;

/** With the pauses above: two and a half minutes. */
const MOST_ROUNDS = 24;

/** Bytes; a chain has less than 20 KiB. */
const LONGEST_ANSWER = 1024 * 1024;

const LONGEST_SENTENCE = 500;

/** Milliseconds: a day. */
const LONGEST_WAIT = 86_400_000;
