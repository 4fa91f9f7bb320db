import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startWithAdministrator } from '../../test/administrator.js';
import { newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING } from '../../test/server.js';
import { ownerOfKey, ownerOfUser } from '../access/principal.js';
import { auditEvents, webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';

let server: ServerUnderTest;
let root: Person;

beforeAll(async () => {
  ({ server, root } = await startWithAdministrator());
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers: { ...root.headers }, ...(payload && { payload }) });

async function newWebhook(owner: string, change: Partial<typeof webhooks.$inferInsert> = {}): Promise<string> {
  const url = 'https://hooks.example.org:8443/not-shown?token=not-shown';
  const row = { owner, url, secret: 'whsec_not-shown', events: [], createdAt: new Date(server.clock.date()) };
  const [webhook] = await server.queries
    .insert(webhooks)
    .values({ ...row, ...change })
    .returning();
  return webhook?.id ?? '';
}

async function newDelivery(
  webhookId: string,
  owner: string,
  change: Partial<typeof webhookDeliveries.$inferInsert> = {},
): Promise<string> {
  const { createdAt = new Date(server.clock.date()) } = change;
  const [event] = await server.queries
    .insert(webhookEvents)
    .values({ owner, type: 'meeting.ended', data: {}, createdAt })
    .returning();
  const later = new Date(server.clock.date() + 3_600_000);
  const row = { webhookId, eventId: event?.id ?? '', state: 'pending', nextAttemptAt: later, createdAt } as const;
  await server.queries.insert(webhookDeliveries).values({ ...row, ...change });
  return row.eventId;
}

it('lists webhooks with owners and failures, without their secrets', async () => {
  const user = await newPerson(server);
  const suspendedUntil = new Date(server.clock.date() + 60_000);
  const own = await newWebhook(ownerOfUser(user.userId), { failures: 4, suspendedUntil });
  const configured = await newWebhook(ownerOfKey('crm'));
  const answer = await ask('GET', 'admin/webhooks');
  expect(answer.body).not.toContain('not-shown');
  const items: { id: string }[] = answer.json().items;
  const shown = { origin: 'https://hooks.example.org:8443', events: [], enabled: true };
  expect(items.find(({ id }) => id === own)).toEqual({
    ...{ id: own, ...shown, failures: 4, suspendedUntil: suspendedUntil.toISOString() },
    ...{ owner: { id: user.userId, name: user.name, email: user.email }, createdAt: expect.any(String) },
  });
  expect(items.find(({ id }) => id === configured)).toMatchObject({ ...shown, owner: null, failures: 0 });

  const first = (await ask('GET', 'admin/webhooks?limit=1')).json();
  const second = (await ask('GET', `admin/webhooks?limit=1&cursor=${first.nextCursor}`)).json();
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([own, configured].sort());
  expect(second.nextCursor).toBe(null);
});

it('switches a webhook off, with its pending deliveries, and on again', async () => {
  const user = await newPerson(server);
  const owner = ownerOfUser(user.userId);
  const id = await newWebhook(owner, { failures: 4 });
  await newDelivery(id, owner);
  expect((await ask('PATCH', `admin/webhooks/${id}`, { enabled: false })).json()).toMatchObject({ enabled: false });
  const deliveries = await server.queries.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id));
  expect(deliveries).toMatchObject([{ state: 'failed', nextAttemptAt: null }]);
  const on = await ask('PATCH', `admin/webhooks/${id}`, { enabled: true });
  expect(on.json()).toMatchObject({ enabled: true, failures: 0 });
  const event = { action: 'webhook.changed', actorKind: 'administrator', actorId: root.userId, target: id };
  const events = await server.queries.select().from(auditEvents).where(eq(auditEvents.userId, user.userId));
  expect(events).toMatchObject([event, event]);
});

it('changes nothing else of a webhook, and only one that exists', async () => {
  const id = await newWebhook(ownerOfKey('crm'));
  const changed = await ask('PATCH', `admin/webhooks/${id}`, { enabled: true, url: 'https://example.org' });
  expect(changed.json().code).toBe('request.invalid');
  const unknown = await ask('PATCH', `admin/webhooks/${randomUUID()}`, { enabled: true });
  expect(unknown.json().code).toBe('webhook.not_found');
});

it('lists the deliveries of a webhook in pages, all or the failed ones', async () => {
  const owner = ownerOfUser((await newPerson(server)).userId);
  const id = await newWebhook(owner);
  const at = (second: number) => ({ createdAt: new Date(server.clock.date() - 60_000 + second * 1000) });
  const failed = { state: 'failed', attempts: 9, nextAttemptAt: null } as const;
  const none = await newDelivery(id, owner, { ...at(1), ...failed, lastError: 'certificate' });
  const refused = await newDelivery(id, owner, { ...at(2), ...failed, lastStatus: 500 });
  await newDelivery(id, owner, at(3));
  const all = (await ask('GET', `admin/webhooks/${id}/deliveries`)).json();
  expect(all.items.map(({ state }: { state: string }) => state)).toEqual(['pending', 'failed', 'failed']);
  const list = `admin/webhooks/${id}/deliveries?state=failed&limit=1`;
  const first = (await ask('GET', list)).json();
  const second = (await ask('GET', `${list}&cursor=${first.nextCursor}`)).json();
  expect(second.nextCursor).toBeNull();
  expect([...first.items, ...second.items]).toEqual([
    {
      eventId: refused,
      type: 'meeting.ended',
      ...failed,
      lastStatus: 500,
      lastError: null,
      createdAt: at(2).createdAt.toISOString(),
    },
    {
      eventId: none,
      type: 'meeting.ended',
      ...failed,
      lastStatus: null,
      lastError: 'certificate',
      createdAt: at(1).createdAt.toISOString(),
    },
  ]);
  expect((await ask('GET', `admin/webhooks/${randomUUID()}/deliveries`)).json().code).toBe('webhook.not_found');
});

it('delivers a failed event again at once, and records that', async () => {
  const user = await newPerson(server);
  const owner = ownerOfUser(user.userId);
  // No test may connect to a public address.
  const suspendedUntil = new Date(server.clock.date() + 60_000);
  const id = await newWebhook(owner, { url: 'http://127.0.0.1:9/', failures: 5, suspendedUntil });
  const eventId = await newDelivery(id, owner, { state: 'failed', attempts: 9, nextAttemptAt: null });
  expect((await ask('POST', `admin/webhooks/${id}/deliveries/${eventId}/retry`)).statusCode).toBe(204);
  // Private addresses are refused: the attempt fails without a connection.
  await vi.waitFor(async () => {
    const { items } = (await ask('GET', `admin/webhooks/${id}/deliveries`)).json();
    expect(items).toMatchObject([{ state: 'pending', attempts: 10, lastError: 'address' }]);
  });
  const events = await server.queries.select().from(auditEvents).where(eq(auditEvents.userId, user.userId));
  const by = { actorKind: 'administrator', actorId: root.userId };
  expect(events).toMatchObject([{ action: 'webhook.retried', ...by, target: id, details: { eventId } }]);
  const unknown = await ask('POST', `admin/webhooks/${id}/deliveries/${randomUUID()}/retry`);
  expect(unknown.json().code).toBe('webhook.not_found');
});
