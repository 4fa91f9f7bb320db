import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  type Person,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { mails, users } from '../database/schema.js';

const publicUrl = 'https://meet.example.org';
const CONFIGURED = `wbk_crm_${'k'.repeat(32)}`;
let server: ServerUnderTest;
beforeAll(async () => {
  // Nothing listens there: queued mail stays in the outbox.
  const mail = { url: 'smtp://127.0.0.1:9', from: 'Waterbus <meet@example.org>' };
  server = await startServer({ mail, publicUrl, apiKeys: [{ secret: CONFIGURED }] });
}, STARTING);
afterAll(() => server.close());
afterEach(() => server.queries.delete(mails));

let strangers = 0;
const stranger = () => `stranger-${++strangers}@example.org`;
const outbox = () => server.queries.select().from(mails);
const verified = (change: Partial<typeof users.$inferInsert> = {}) =>
  newPerson(server, { emailVerifiedAt: new Date(server.clock.date()), ...change });
const post = (asker: Asker, url: string, payload: object, remoteAddress = newAddress()) =>
  server.api.fastify.inject({ method: 'POST', url, payload, headers: asker.headers, remoteAddress });
const invite = (asker: Asker, code: string, email = stranger(), from = newAddress()) =>
  post(asker, `/v1/meetings/${code}/members`, { email }, from);
async function hosted(host: Person): Promise<string> {
  return (await newMeeting(server, host)).code;
}

describe('an invitation', () => {
  it.each([
    ['a verified host', true, async () => withMeeting(await verified())],
    ['an unverified host', false, async () => withMeeting(await newPerson(server))],
    [
      'a host token',
      false,
      async () => {
        const meeting = await newMeeting(server);
        return { asker: hostTokenAsker(meeting), code: meeting.code };
      },
    ],
    [
      'a verified moderator',
      true,
      async () => {
        const [meeting, asker] = [await newMeeting(server, await newPerson(server)), await verified()];
        await newMember(server, meeting, asker, 'moderator');
        return { asker, code: meeting.code };
      },
    ],
    [
      'a moderator in the call without an account',
      false,
      async () => {
        const meeting = await newMeeting(server, await verified());
        return { asker: await newCaller(server, meeting, { role: 'moderator' }), code: meeting.code };
      },
    ],
    [
      'the API key of a verified account',
      true,
      async () => {
        const host = await verified();
        return { asker: await newApiKey(server, host.userId), code: await hosted(host) };
      },
    ],
    [
      'the API key of an unverified account',
      false,
      async () => {
        const host = await newPerson(server);
        return { asker: await newApiKey(server, host.userId), code: await hosted(host) };
      },
    ],
    [
      'an API key of the settings',
      true,
      async () => {
        const asker = { headers: { authorization: `Bearer ${CONFIGURED}` } };
        const created = await post(asker, '/v1/meetings', { title: 'Planning' });
        return { asker, code: created.json().meeting.code };
      },
    ],
  ])('of %s: a mail leaves? %s', async (_, mailed, scene) => {
    const { asker, code } = await scene();
    const response = await invite(asker, code);
    expect(response.statusCode).toBe(201);
    expect([response.json().mailed, (await outbox()).length]).toEqual([mailed, mailed ? 1 : 0]);
    // In any case the answer has a token to hand over.
    expect(response.json().invitationToken).toHaveLength(43);
  });

  it('is limited by sender, over meetings and addresses; another sender is not', async () => {
    const sender = await verified();
    const codes = [await hosted(sender), await hosted(sender)];
    const statuses: number[] = [];
    for (let n = 0; n < 24; n += 1) statuses.push((await invite(sender, codes[n % 2] ?? '')).statusCode);
    expect(statuses).toEqual([...Array(20).fill(201), ...Array(4).fill(429)]);
    const refused = await invite(sender, codes[0] ?? '');
    expectProblem(refused, 'request.rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000);
    const neighbour = await verified();
    expect((await invite(neighbour, await hosted(neighbour))).json().mailed).toBe(true);
  });

  it('is limited by address, over senders', async () => {
    const address = newAddress();
    let mailed = 0;
    let refused = 0;
    for (let n = 0; n < 5; n += 1) {
      const sender = await verified();
      const code = await hosted(sender);
      for (let m = 0; m < 15; m += 1) {
        const { statusCode } = await invite(sender, code, stranger(), address);
        if (statusCode === 201) mailed += 1;
        if (statusCode === 429) refused += 1;
      }
    }
    expect([mailed, refused]).toEqual([60, 15]);
  });
});

it('one mailbox gets a bounded number of each kind, from all senders and in any spelling', async () => {
  const victim = 'victim@example.org';
  let mailed = 0;
  for (let n = 0; n < 12; n += 1) {
    const sender = await verified();
    const email = n % 2 ? `victim+${n}@example.org` : victim;
    const response = await invite(sender, await hosted(sender), email);
    expect(response.statusCode).toBe(201);
    if (response.json().mailed) mailed += 1;
  }
  expect([mailed, (await outbox()).length]).toEqual([5, 5]);
  // Of another kind, and to another mailbox.
  await verified({ email: victim });
  expect((await post({ headers: {} }, '/v1/password-resets', { email: victim })).statusCode).toBe(202);
  await expect.poll(async () => (await outbox()).length).toBe(6);
  const sender = await verified();
  expect((await invite(sender, await hosted(sender))).json().mailed).toBe(true);
});

it(
  'registration sends a bounded number of mails from one address, and still creates the accounts',
  async () => {
    const limited = await startServer({
      mail: { url: 'smtp://127.0.0.1:9', from: 'Waterbus <meet@example.org>' },
      publicUrl,
      limits: { account: { count: 1000, period: 60_000 }, mailByAddress: { count: 3, period: 60_000 } },
    });
    try {
      const address = newAddress();
      const register = (remoteAddress: string) =>
        limited.api.fastify.inject({
          method: 'POST',
          url: '/v1/accounts',
          payload: { email: stranger(), password: 'correct horse battery', name: 'Ada' },
          remoteAddress,
        });
      for (let n = 0; n < 5; n += 1) expect((await register(address)).statusCode).toBe(201);
      expect(await limited.queries.select().from(mails)).toHaveLength(3);
      await register(newAddress());
      expect(await limited.queries.select().from(mails)).toHaveLength(4);
    } finally {
      await limited.close();
    }
  },
  STARTING,
);

it('no mail contains a word or a link that a user chose', async () => {
  const lure = 'https://evil.example/win';
  const sender = await verified({ name: lure });
  const created = await post(sender, '/v1/meetings', { title: `You won, see ${lure}` });
  await invite(sender, created.json().meeting.code);
  const email = stranger();
  await post({ headers: {} }, '/v1/accounts', { email, password: 'correct horse battery', name: lure });
  await server.queries.update(users).set({ emailVerifiedAt: null }).where(eq(users.email, email));
  await post({ headers: {} }, '/v1/password-resets', { email });
  await expect.poll(async () => (await outbox()).length).toBe(3);
  for (const { subject, text } of await outbox()) {
    expect(`${subject}\n${text}`).not.toContain('evil.example');
    const links = text.match(/\S*\/\/\S*/g) ?? [];
    expect(links).toHaveLength(1);
    expect(links[0]?.startsWith(`${publicUrl}/`)).toBe(true);
    expect(subject).toMatch(/^[\w -]+$/);
  }
});

async function withMeeting(asker: Person): Promise<{ asker: Person; code: string }> {
  return { asker, code: await hosted(asker) };
}
