// More than 400 lines because every promise about deliveries is tested with the same receiver and
// clock; split, each part would set them up again.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookEvent } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newApiKey, newPerson, nobody, type Person } from '../../test/people.js';
import { startPostgres } from '../../test/postgres.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { DeliveryQueue } from './delivery-queue.js';
import { nextAttempt } from './delivery-worker.js';
import { record } from './outbox.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer({ privateWebhooks: true });
}, STARTING);
afterAll(() => server.close());

interface Received {
  headers: Record<string, string>;
  body: string;
}

/** A back end that accepts webhooks and answers 204, or as configured. */
interface Receiver {
  url: string;
  received: Received[];
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  port: number;
  connections(): Promise<number>;
  down(): Promise<void>;
  up(): Promise<void>;
}

const receivers: Server[] = [];
afterEach(() => {
  for (const receiver of receivers.splice(0)) {
    receiver.close();
    receiver.closeAllConnections();
  }
});

async function newReceiver(): Promise<Receiver> {
  let http: Server;
  const receiver: Receiver = {
    url: '',
    port: 0,
    received: [],
    answer: (_request, response) => void response.writeHead(204).end(),
    up: async () => {
      http = createServer(async (request, response) => {
        let body = '';
        for await (const bytes of request.setEncoding('utf8')) body += bytes;
        receiver.received.push({ headers: request.headers as Record<string, string>, body });
        receiver.answer(request, response);
      });
      receivers.push(http);
      http.listen(receiver.port, '127.0.0.1');
      await once(http, 'listening');
      receiver.port = (http.address() as AddressInfo).port;
      receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
    },
    connections: () => new Promise((resolve) => http.getConnections((_error, count) => resolve(count))),
    down: async () => {
      http.close();
      http.closeAllConnections();
    },
  };
  await receiver.up();
  return receiver;
}

const ask = (who: { headers: object }, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  server.api.fastify.inject({ method, url, payload, headers: { ...who.headers }, remoteAddress: newAddress() });

async function newWebhook(person: Person, url: string, events?: string[]): Promise<{ id: string; secret: string }> {
  const { webhook, secret } = (await ask(person, 'POST', '/v1/webhooks', { url, events })).json();
  return { id: webhook.id, secret };
}

async function happens(person: { userId: string }, on = server): Promise<void> {
  const at = new Date(on.clock.date());
  await on.queries.transaction((transaction) =>
    record(transaction, ownerOfUser(person.userId), 'meeting.started', { code: 'abc-defg-hij' as never }, at),
  );
}

async function deliveriesOf(person: Person, id: string) {
  return (await ask(person, 'GET', `/v1/webhooks/${id}/deliveries`)).json().items;
}

/** Advances the clock in steps until the condition holds. */
async function afterAWhile(holds: () => unknown, step = 1000): Promise<void> {
  await vi.waitFor(
    async () => {
      await server.clock.advance(step);
      await holds();
    },
    { timeout: 15_000, interval: 10 },
  );
}

describe('webhooks', () => {
  it('are created, read, changed and removed by their owner, who sees the secret once', async () => {
    const person = await newPerson(server);
    const created = await ask(person, 'POST', '/v1/webhooks', {
      url: 'https://example.org/x',
      events: ['meeting.ended'],
    });
    expect(created.statusCode).toBe(201);
    const { webhook, secret } = created.json();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toMatchObject({ url: 'https://example.org/x', events: ['meeting.ended'], enabled: true });
    const list = await ask(person, 'GET', '/v1/webhooks');
    expect(list.json()).toEqual({ items: [webhook], nextCursor: null });
    expect(list.body).not.toContain(secret);
    const changed = await ask(person, 'PATCH', `/v1/webhooks/${webhook.id}`, { enabled: false });
    expect(changed.json()).toEqual({ webhook: { ...webhook, enabled: false } });
    expect((await ask(person, 'PATCH', `/v1/webhooks/${webhook.id}`, {})).statusCode).toBe(200);
    expect((await ask(person, 'DELETE', `/v1/webhooks/${webhook.id}`)).statusCode).toBe(204);
    expectProblem(await ask(person, 'DELETE', `/v1/webhooks/${webhook.id}`), 'webhook.not_found');
  });

  it('belong to their owner, or to all API keys of theirs', async () => {
    const [person, stranger] = [await newPerson(server), await newPerson(server)];
    const key = await newApiKey(server, person.userId);
    const { id } = await newWebhook(person, 'https://example.org/');
    expect((await ask(key, 'GET', '/v1/webhooks')).json().items).toMatchObject([{ id }]);
    expect((await ask(stranger, 'GET', '/v1/webhooks')).json().items).toEqual([]);
    const retry = `/v1/webhooks/${id}/deliveries/${id}/retry`;
    expectProblem(await ask(stranger, 'PATCH', `/v1/webhooks/${id}`, { enabled: false }), 'webhook.not_found');
    expectProblem(await ask(stranger, 'DELETE', `/v1/webhooks/${id}`), 'webhook.not_found');
    expectProblem(await ask(stranger, 'GET', `/v1/webhooks/${id}/deliveries`), 'webhook.not_found');
    expectProblem(await ask(stranger, 'POST', retry), 'webhook.not_found');
    expectProblem(await ask(person, 'POST', retry), 'webhook.not_found');
    expectProblem(await ask(nobody, 'GET', '/v1/webhooks'), 'account.required');
    expectProblem(await ask(nobody, 'GET', '/v1/webhook-events'), 'account.required');
  });

  it('are limited to twenty for an owner, also when created concurrently', async () => {
    const person = await newPerson(server);
    const url = 'https://example.org/';
    const made = await Promise.all(Array.from({ length: 21 }, () => ask(person, 'POST', '/v1/webhooks', { url })));
    expect(made.filter(({ statusCode }) => statusCode === 201)).toHaveLength(20);
    const refused = made.find(({ statusCode }) => statusCode !== 201);
    expectProblem(refused as NonNullable<typeof refused>, 'limit.reached');
    const first = (await ask(person, 'GET', '/v1/webhooks?limit=15')).json();
    const second = (await ask(person, 'GET', `/v1/webhooks?limit=15&cursor=${first.nextCursor}`)).json();
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(20);
    expect(second.nextCursor).toBeNull();
  });
});

describe('a delivery', () => {
  it('is signed according to Standard Webhooks, and its body equals the event in the API', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    const shown: unknown[] = [];
    receiver.answer = async (_request, response) => {
      // The API shows it before it is sent.
      shown.push((await ask(person, 'GET', '/v1/webhook-events')).json().items[0]);
      response.writeHead(200).end('thank you');
    };
    const { id, secret } = await newWebhook(person, receiver.url);
    await happens(person);
    // The clock stands still: the commit itself wakes the worker.
    await vi.waitFor(
      async () => expect(await deliveriesOf(person, id)).toMatchObject([{ state: 'delivered' }]),
      15_000,
    );
    const [{ headers, body }] = receiver.received as [Received];
    vi.useFakeTimers({ toFake: ['Date'], now: server.clock.date() });
    const verified = new Webhook(secret).verify(body, headers) as WebhookEvent;
    vi.useRealTimers();
    expect(shown).toEqual([verified]);
    expect(verified).toMatchObject({
      id: headers['webhook-id'],
      type: 'meeting.started',
      data: { code: 'abc-defg-hij' },
    });
    expect(await deliveriesOf(person, id)).toMatchObject([
      { eventId: verified.id, type: 'meeting.started', attempts: 1, lastStatus: 200, nextAttemptAt: null },
    ]);
  });

  it('goes to the subscribers of the type, in the order of events', async () => {
    const [person, all, some] = [await newPerson(server), await newReceiver(), await newReceiver()];
    await newWebhook(person, all.url);
    await newWebhook(person, some.url, ['meeting.ended']);
    for (let n = 0; n < 25; n += 1) await happens(person);
    await afterAWhile(() => expect(all.received).toHaveLength(25));
    const events = (await ask(person, 'GET', '/v1/webhook-events')).json().items.map((event: WebhookEvent) => event.id);
    expect(all.received.map(({ headers }) => headers['webhook-id'])).toEqual(events.reverse());
    expect(some.received).toEqual([]);
  });

  it('is not made for a rolled back event', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    const { id } = await newWebhook(person, receiver.url);
    const failing = server.queries.transaction(async (transaction) => {
      const at = new Date(server.clock.date());
      await record(transaction, ownerOfUser(person.userId), 'meeting.ended', { code: 'abc-defg-hij' as never }, at);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await ask(person, 'GET', '/v1/webhook-events')).json().items).toEqual([]);
    expect(await deliveriesOf(person, id)).toEqual([]);
  });

  it(
    'waits for a receiver that is down for an hour: nothing is lost, and every id is accepted once',
    async () => {
      const [person, receiver] = [await newPerson(server), await newReceiver()];
      const { id } = await newWebhook(person, receiver.url);
      await receiver.down();
      for (let n = 0; n < 60; n += 1) {
        await happens(person);
        await server.clock.advance(60_000);
        if (n === 0)
          await afterAWhile(async () => expect((await deliveriesOf(person, id))[0].attempts).toBeGreaterThan(1));
      }
      await receiver.up();
      // Less than an attempt may take, and never during one: its ten seconds pass on this clock.
      while (receiver.received.length < 60) {
        await server.clock.advance(5_000);
        await vi.waitFor(async () => expect(await receiver.connections()).toBe(0), { interval: 1 });
      }
      const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
      expect(new Set(ids).size).toBe(60);
      expect(ids).toHaveLength(60);
      await afterAWhile(async () => {
        const rows = await server.queries.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id));
        expect(rows.every(({ state }) => state === 'delivered')).toBe(true);
      });
    },
    STARTING,
  );

  it('that was claimed by a server that died is made by another when the lease ends', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    const { id } = await newWebhook(person, receiver.url);
    // Claimed in the transaction that wrote it: no worker can be faster.
    await server.queries.transaction(async (transaction) => {
      const at = new Date(server.clock.date());
      await record(transaction, ownerOfUser(person.userId), 'meeting.ended', { code: 'abc-defg-hij' as never }, at);
      const claimed = await new DeliveryQueue(transaction as never).claim(at, {
        endpoints: new Set(),
        byOwner: new Map(),
        failing: 0,
      });
      expect(claimed.find(({ webhookId }) => webhookId === id)?.deliveries).toHaveLength(1);
    });
    await server.clock.advance(110_000);
    expect(await deliveriesOf(person, id)).toMatchObject([{ state: 'pending', attempts: 0 }]);
    expect(receiver.received).toEqual([]);
    await afterAWhile(() => expect(receiver.received).toHaveLength(1));
  });

  it('follows no redirect', async () => {
    const [person, receiver, elsewhere] = [await newPerson(server), await newReceiver(), await newReceiver()];
    receiver.answer = (_request, response) => void response.writeHead(307, { location: elsewhere.url }).end();
    const { id } = await newWebhook(person, receiver.url);
    await happens(person);
    await afterAWhile(async () =>
      expect(await deliveriesOf(person, id)).toMatchObject([{ state: 'pending', lastStatus: 307 }]),
    );
    expect(elsewhere.received).toEqual([]);
  });

  it('gives a receiver ten seconds, whatever it does', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    receiver.answer = () => {};
    const { id } = await newWebhook(person, receiver.url);
    await happens(person);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    await server.clock.advance(9_999);
    expect(await deliveriesOf(person, id)).toMatchObject([{ attempts: 0 }]);
    // Sends one byte of the head after the other, without an end.
    receiver.answer = (request) => void request.socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    await server.clock.advance(1);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(person, id)).toMatchObject([
        { attempts: 1, lastStatus: null, lastError: expect.any(String) },
      ]),
    );
    await afterAWhile(() => expect(receiver.received).toHaveLength(2));
    await server.clock.advance(10_000);
    await vi.waitFor(async () =>
      expect(await deliveriesOf(person, id)).toMatchObject([{ attempts: 2, lastStatus: null }]),
    );
  });

  it('reads no more than the beginning of an answer', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    let written = 0;
    let ended = false;
    receiver.answer = (_request, response) => {
      response.writeHead(200).on('close', () => {
        ended = true;
      });
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) break;
        }
      };
      response.on('drain', more);
      more();
    };
    const { id } = await newWebhook(person, receiver.url);
    await happens(person);
    await vi.waitFor(
      async () => expect(await deliveriesOf(person, id)).toMatchObject([{ state: 'delivered' }]),
      15_000,
    );
    await vi.waitFor(() => expect(ended).toBe(true));
    // The buffers of the two kernels are sent in any case.
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it('is the last one to an endpoint that answers 410', async () => {
    const [person, receiver] = [await newPerson(server), await newReceiver()];
    const { id } = await newWebhook(person, receiver.url);
    receiver.answer = (_request, response) => void response.writeHead(410).end();
    await server.queries.transaction(async (transaction) => {
      const at = new Date(server.clock.date());
      const owner = ownerOfUser(person.userId);
      for (let n = 0; n < 3; n += 1)
        await record(transaction, owner, 'meeting.ended', { code: 'abc-defg-hij' as never }, at);
    });
    await vi.waitFor(async () => {
      expect((await ask(person, 'GET', '/v1/webhooks')).json().items).toMatchObject([{ enabled: false }]);
    });
    await happens(person);
    const deliveries = await deliveriesOf(person, id);
    expect(deliveries.map(({ state }: { state: string }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(receiver.received).toHaveLength(1);
    receiver.answer = (_request, response) => void response.writeHead(200).end();
    await ask(person, 'PATCH', `/v1/webhooks/${id}`, { enabled: true });
    const { eventId } = deliveries[0];
    expect((await ask(person, 'POST', `/v1/webhooks/${id}/deliveries/${eventId}/retry`)).statusCode).toBe(204);
    await vi.waitFor(() => expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toContain(eventId));
  });

  it('is retried less and less often, for three days', () => {
    const createdAt = new Date(0);
    let [now, attempts] = [0, 0];
    const pauses: number[] = [];
    for (
      let next = nextAttempt({ attempts, createdAt }, now, 0.5);
      next;
      next = nextAttempt({ attempts, createdAt }, now, 0.5)
    ) {
      pauses.push((next.getTime() - now) / 1000);
      now = next.getTime();
      attempts += 1;
    }
    expect(pauses.slice(0, 10)).toEqual([5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800]);
    expect(now / 3_600_000).toBeGreaterThan(60);
    expect(now / 3_600_000).toBeLessThanOrEqual(72);
    expect(nextAttempt({ attempts: 0, createdAt }, 0, 0)?.getTime()).toBe(4000);
    expect(nextAttempt({ attempts: 0, createdAt }, 0, 1)?.getTime()).toBe(6000);
  });
});

describe('several servers', () => {
  it(
    'on one PostgreSQL share the deliveries, send none twice, and keep the order for each endpoint',
    async () => {
      const postgres = await startPostgres();
      const databaseUrl = await postgres.newDatabase();
      const two = [
        await startServer({ databaseUrl, privateWebhooks: true }),
        await startServer({ databaseUrl, privateWebhooks: true }),
      ];
      const [first, second] = two as [ServerUnderTest, ServerUnderTest];
      const person = await newPerson(first);
      const owner = ownerOfUser(person.userId);
      const endpoints = await Promise.all(Array.from({ length: 6 }, newReceiver));
      const underWay = new Map<string, number>();
      let most = 0;
      for (const { url, answer } of endpoints) {
        const receiver = endpoints.find((one) => one.url === url);
        if (receiver) {
          receiver.answer = (request, response) => {
            underWay.set(url, (underWay.get(url) ?? 0) + 1);
            most = Math.max(most, underWay.get(url) ?? 0);
            response.on('close', () => underWay.set(url, (underWay.get(url) ?? 0) - 1));
            setImmediate(() => answer(request, response));
          };
        }
        const row = {
          owner,
          url,
          events: [],
          secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
          createdAt: new Date(),
        };
        await first.queries.insert(webhooks).values(row);
      }
      for (let n = 0; n < 60; n += 1) await happens(person, n % 2 === 0 ? first : second);
      const events = await first.queries.select({ id: webhookEvents.id }).from(webhookEvents);
      const ids = events.map(({ id }) => id).sort();
      await vi.waitFor(
        async () => {
          for (const { clock } of two) await clock.advance(10);
          for (const { received } of endpoints) expect(received).toHaveLength(60);
        },
        { timeout: 30_000 },
      );
      await vi.waitFor(async () => {
        const left = await first.queries.select().from(webhookDeliveries).where(eq(webhookDeliveries.state, 'pending'));
        expect(left).toEqual([]);
      });
      for (const { received } of endpoints) {
        expect(received.map(({ headers }) => headers['webhook-id']).sort()).toEqual(ids);
      }
      expect(most).toBe(1);

      // Closing does not wait for an answer, and releases deliveries in progress.
      const [slow] = endpoints as [Receiver];
      slow.answer = () => {};
      await happens(person, first);
      await vi.waitFor(() => expect(slow.received).toHaveLength(61));
      await first.close();
      await second.close();
      const third = await startServer({ databaseUrl, privateWebhooks: true });
      await vi.waitFor(async () => {
        // Its clock starts at the time of the others.
        await third.clock.advance(1000);
        expect(slow.received).toHaveLength(62);
      });
      expect(slow.received[61]?.headers['webhook-id']).toBe(slow.received[60]?.headers['webhook-id']);
      await third.close();
      await postgres.close();
    },
    STARTING,
  );
});
