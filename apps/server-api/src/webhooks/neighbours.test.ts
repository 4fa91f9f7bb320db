import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newPerson, type Person } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { webhookDeliveries, webhooks } from '../database/schema.js';
import { SUSPENDED_AFTER } from './claim.js';
import { suspension } from './delivery-worker.js';
import { MOST_OF_OWNER } from './fair-share.js';
import { record } from './outbox.js';

/** The maximum for one owner. */
const ENDPOINTS = 20;

let server: ServerUnderTest;
const receivers: Server[] = [];
beforeAll(async () => {
  server = await startServer({ privateWebhooks: true });
}, STARTING);
afterAll(async () => {
  for (const receiver of receivers) receiver.closeAllConnections();
  await server.close();
  for (const receiver of receivers) receiver.close();
});

/** Answers with its status when `alive`, otherwise never. */
async function newReceiver(alive: boolean) {
  const receiver = { url: '', received: 0, waiting: new Set<ServerResponse>(), most: 0, status: 204 };
  const http = createServer((request, response) => {
    request.resume();
    receiver.received += 1;
    if (alive) return void response.writeHead(receiver.status).end();
    receiver.waiting.add(response);
    receiver.most = Math.max(receiver.most, receiver.waiting.size);
    response.once('close', () => receiver.waiting.delete(response));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  receivers.push(http);
  receiver.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`;
  return receiver;
}

async function newWebhook(person: Person, url: string): Promise<void> {
  const response = await server.api.fastify.inject({
    method: 'POST',
    url: '/v1/webhooks',
    payload: { url },
    headers: { ...person.headers },
    remoteAddress: newAddress(),
  });
  expect(response.statusCode).toBe(201);
}

async function happens({ userId }: Person, times = 1): Promise<void> {
  const at = new Date(server.clock.date());
  await server.queries.transaction(async (transaction) => {
    for (let n = 0; n < times; n += 1) {
      await record(transaction, ownerOfUser(userId), 'meeting.started', { code: 'abc-defg-hij' as never }, at);
    }
  });
}

const until = (condition: () => unknown, step = 0) =>
  vi.waitFor(
    async () => {
      if (step > 0) await server.clock.advance(step);
      await condition();
    },
    { timeout: 120_000, interval: 5 },
  );

it(
  'forty endpoints that never answer do not delay others',
  async () => {
    const [one, two, neighbour] = [await newPerson(server), await newPerson(server), await newPerson(server)];
    const dead = await newReceiver(false);
    const alive = await newReceiver(true);
    for (let n = 0; n < ENDPOINTS; n += 1) for (const owner of [one, two]) await newWebhook(owner, dead.url);
    await newWebhook(neighbour, alive.url);
    await happens(one, 3);
    await happens(two, 3);
    await until(() => expect(dead.waiting.size).toBe(2 * MOST_OF_OWNER));

    // The clock stands still: this delivery waits for no other.
    await happens(neighbour, 5);
    await until(() => expect(alive.received).toBe(5));
    expect(dead.received).toBe(2 * MOST_OF_OWNER);

    // Deliveries without an attempt have their turn before failed ones.
    await until(() => expect(dead.received).toBeGreaterThanOrEqual(4 * MOST_OF_OWNER), 11_000);
    await happens(neighbour);
    await until(() => expect(alive.received).toBe(6));
    expect(dead.most).toBe(2 * MOST_OF_OWNER);
    await server.queries.delete(webhooks).where(eq(webhooks.url, dead.url));
  },
  STARTING,
);

it(
  'a failing endpoint is probed less and less often, by one delivery at a time, and gets all on recovery',
  async () => {
    const owner = await newPerson(server);
    const receiver = await newReceiver(true);
    receiver.status = 500;
    await newWebhook(owner, receiver.url);
    await happens(owner, 12);
    const row = async () => (await server.queries.select().from(webhooks).where(eq(webhooks.url, receiver.url)))[0];
    await until(async () => expect((await row())?.suspendedUntil).toBeTruthy(), 1000);
    expect(receiver.received).toBe(SUSPENDED_AFTER);

    // Later events do not get there either until the suspension ends: then one is tried.
    const end = server.clock.date() + suspension(SUSPENDED_AFTER);
    await happens(owner, 5);
    await until(() => expect(server.clock.date()).toBeGreaterThan(end - 10_000), 1000);
    expect(receiver.received).toBe(SUSPENDED_AFTER);
    await until(async () => expect((await row())?.failures).toBe(SUSPENDED_AFTER + 1), 1000);
    expect(receiver.received).toBe(SUSPENDED_AFTER + 1);

    receiver.status = 204;
    await until(async () => {
      const states = await server.queries.select({ state: webhookDeliveries.state }).from(webhookDeliveries);
      expect(states.filter(({ state }) => state !== 'delivered')).toEqual([]);
    }, 1000);
    expect(await row()).toMatchObject({ failures: 0, suspendedUntil: null });
  },
  STARTING,
);
