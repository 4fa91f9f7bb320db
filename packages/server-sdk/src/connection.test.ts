import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WaterbusApiError, WaterbusConnectionError } from './errors.js';
import { WaterbusServer } from './waterbus-server.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

type Answer = Error | { status: number; body?: unknown; headers?: Record<string, string> };

/**
 * The SDK on a network with these answers in turn; the last one repeats. `requested` records each
 * request and its time.
 */
function newNetwork(...answers: Answer[]) {
  const requested: { method: string; url: string; at: number }[] = [];
  let waited = 0;
  const fakeFetch = async (url: string | URL | Request, options?: RequestInit) => {
    requested.push({ method: options?.method ?? '', url: String(url), at: waited });
    const answer = answers[Math.min(requested.length, answers.length) - 1];
    if (!answer || answer instanceof Error) throw answer;
    const body = answer.body === undefined ? null : JSON.stringify(answer.body);
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
  const waterbus = new WaterbusServer({ url: 'https://meet.example.org/', apiKey: 'wbk_a_b', fetch: fakeFetch });
  /** Advances the clock until the promise is settled, and answers the reason of a rejection. */
  const settle = async (promise: Promise<unknown>) => {
    let outcome: { error?: unknown } | undefined;
    promise.then(
      () => (outcome = {}),
      (error) => (outcome = { error }),
    );
    while (!outcome) {
      await vi.advanceTimersByTimeAsync(100);
      waited += 100;
    }
    return outcome.error;
  };
  return { waterbus, requested, settle };
}

const problem = (code: string, status: number) => ({ type: 'urn:x', title: 'Title', status, code });
const busy = (retryAfter?: string): Answer => ({
  status: 429,
  body: problem('request.rate_limited', 429),
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
});
const away: Answer = { status: 503, body: problem('server.unavailable', 503) };
const noMeetings: Answer = { status: 200, body: { items: [], nextCursor: null } };

describe('a repeatable call', () => {
  it('is repeated after the time that the server requests', async () => {
    const { waterbus, requested, settle } = newNetwork(busy('2'), busy('5'), noMeetings);
    expect(await settle(waterbus.meetings.list().toArray())).toBeUndefined();
    expect(requested.map(({ at }) => Math.round(at / 1000))).toEqual([0, 2, 7]);
    expect(requested[0]?.url).toBe('https://meet.example.org/v1/meetings');
  });

  it('is repeated when the server or the network is unavailable for a moment', async () => {
    const { waterbus, requested, settle } = newNetwork(away, new TypeError('fetch failed'), noMeetings);
    expect(await settle(waterbus.meetings.list().toArray())).toBeUndefined();
    expect(requested).toHaveLength(3);
  });

  it('fails at the third attempt', async () => {
    const { waterbus, requested, settle } = newNetwork(away);
    expect(await settle(waterbus.bans.lift('abc-defg-hjk', 'x'))).toMatchObject({
      code: 'server.unavailable',
      status: 503,
    });
    expect(requested.map(({ method }) => method)).toEqual(['DELETE', 'DELETE', 'DELETE']);
    const network = newNetwork(new TypeError('fetch failed'));
    expect(await network.settle(network.waterbus.meetings.get('x'))).toBeInstanceOf(WaterbusConnectionError);
  });

  it('is not repeated when waiting would not help', async () => {
    for (const answer of [
      busy(),
      busy('61'),
      { status: 404, body: problem('meeting.not_found', 404) },
      { status: 500, body: problem('server.internal', 500) },
    ]) {
      const { waterbus, requested, settle } = newNetwork(answer);
      expect(await settle(waterbus.meetings.get('x'))).toBeInstanceOf(WaterbusApiError);
      expect(requested).toHaveLength(1);
    }
  });
});

describe('a call that is not repeatable', () => {
  it('is made once', async () => {
    for (const answer of [busy('1'), away, new TypeError('fetch failed')]) {
      const { waterbus, requested, settle } = newNetwork(answer);
      expect(await settle(waterbus.meetings.create({ title: 'T' }))).toBeInstanceOf(Error);
      expect(requested).toHaveLength(1);
    }
  });
});

describe('an error', () => {
  it('has code, status, detail and the time to wait', async () => {
    const body = { ...problem('request.rate_limited', 429), detail: 'Slowly' };
    const { waterbus, settle } = newNetwork({ status: 429, body, headers: { 'retry-after': '3' } });
    expect(await settle(waterbus.meetings.create({ title: 'T' }))).toMatchObject({
      message: 'Too many requests; try again later: Slowly (request.rate_limited)',
      code: 'request.rate_limited',
      status: 429,
      detail: 'Slowly',
      retryAfter: 3,
    });
  });

  it('may come from a newer server, or from a proxy in between', async () => {
    const newer = newNetwork({ status: 409, body: problem('meeting.frozen', 409) });
    expect(await newer.settle(newer.waterbus.meetings.get('x'))).toMatchObject({ code: 'meeting.frozen' });
    const proxy = newNetwork({ status: 502 });
    expect(await proxy.settle(proxy.waterbus.meetings.get('x'))).toMatchObject({ code: 'http.502', status: 502 });
  });

  it('is raised for an answer that is not a Waterbus server’s', async () => {
    for (const body of [undefined, {}, { meeting: { code: 'x' } }]) {
      const { waterbus, settle } = newNetwork({ status: 200, body });
      expect(await settle(waterbus.meetings.get('x'))).toBeInstanceOf(WaterbusConnectionError);
    }
  });

  it('is raised when there is no answer in time', async () => {
    vi.useRealTimers();
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const waterbus = new WaterbusServer({ url: `http://127.0.0.1:${port}`, apiKey: 'wbk_a_b', timeout: 50 });
    const requested = waterbus.meetings.create({ title: 'T' });
    await expect(requested).rejects.toMatchObject({ name: 'WaterbusConnectionError', cause: { name: 'TimeoutError' } });
    silent.closeAllConnections();
    silent.close();
    await once(silent, 'close');
  });
});

describe('the options of the SDK', () => {
  it('must be an address and a key', () => {
    const make = (url: string, apiKey: string) => () => new WaterbusServer({ url, apiKey });
    expect(make('meet.example.org', 'wbk_a_b')).toThrow(TypeError);
    expect(make('', 'wbk_a_b')).toThrow(TypeError);
    expect(make('https://meet.example.org', 'secret')).toThrow('An API key begins with wbk_');
  });

  it('an id stays within its part of the path, with any characters', async () => {
    const { waterbus, requested, settle } = newNetwork({ status: 204 });
    await settle(waterbus.members.remove('../x?y#z', 'a/b'));
    expect(requested[0]?.url).toBe('https://meet.example.org/v1/meetings/..%2Fx%3Fy%23z/members/a%2Fb');
  });
});

it('an error is a sentence with its code, also for a code that this SDK does not know', () => {
  const message = (code: string, detail?: string) => new WaterbusApiError(code, 404, detail, undefined).message;
  expect(message('meeting.not_found')).toBe('There is no such meeting (meeting.not_found)');
  expect(message('request.invalid', 'title: too long')).toBe(
    'The request is not valid: title: too long (request.invalid)',
  );
  expect(message('moon.full')).toBe('The server answered with status 404 (moon.full)');
});
