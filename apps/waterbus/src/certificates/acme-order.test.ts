import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { newAccountKey, type Order, OrderError, obtain } from './acme-order.js';
import { Challenges } from './challenges.js';

/** Certificate authorities that are away or answer badly; apps/waterbus/test has a good one. */
describe('an order at a bad certificate authority', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      '503',
      (response) => response.writeHead(503, { 'retry-after': '120' }).end(),
      { kind: 'away', retryAfter: 120_000 },
    ],
    [
      'a Retry-After of a year',
      (response) => response.writeHead(503, { 'retry-after': '31536000' }).end(),
      { retryAfter: 86_400_000 },
    ],
    [
      'its rate limit',
      (response) =>
        response
          .writeHead(429, { 'retry-after': '60', 'content-type': 'application/problem+json' })
          .end(JSON.stringify({ detail: 'too many\r\n"certificates"' })),
      { kind: 'refused', retryAfter: 60_000, message: expect.stringMatching(/answered 429 too many "certificates"$/) },
    ],
    ['a page', (response) => response.end('<html>Welcome</html>'), { kind: 'refused' }],
    ['nothing', (response) => response.end(), { kind: 'refused' }],
    ['half an answer', (response) => void response.write('{', () => response.destroy()), { kind: 'away' }],
    ['an endless answer', (response) => endless(response), { kind: 'away' }],
    ['JSON of another form', (response) => response.end('{"newNonce":1,"meta":2}'), {}],
  ])('ends with a reason when it answers with %s', async (_what, answer, expected) => {
    const directory = await authority(answer);
    const error = await failureOf({ directory });
    expect(error).toBeInstanceOf(OrderError);
    expect(error).toMatchObject(expected);
    expect((error as Error).message).not.toMatch(/[\r\n]/);
    expect((error as Error).message.length).toBeLessThanOrEqual(500);
  });

  it('names a port without a server, and a name without an address', async () => {
    const directory = await authority((response) => response.end());
    server?.close();
    expect(await failureOf({ directory })).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await failureOf({ directory: 'http://ca.invalid/' })).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('ca.invalid'),
    });
  });

  async function authority(answer: (response: ServerResponse) => void): Promise<string> {
    server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/directory`;
  }
});

async function failureOf(changes: Partial<Order>): Promise<unknown> {
  const order: Order = {
    directory: '',
    accountKey: await newAccountKey(),
    email: undefined,
    host: 'meet.example.org',
    method: 'http-01',
    challenges: new Challenges(),
    now: () => 0,
    pause: async () => {},
    ...changes,
  };
  return obtain(order).catch((error) => error);
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'a');
  const more = () => {
    if (!response.destroyed) response.write(chunk, more);
  };
  more();
}
