import {
  accountAuditEventsSchema,
  type MeetingAuditEvent,
  meetingAuditEventSchema,
  meetingAuditEventsSchema,
  pageOf,
} from '@waterbus/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, hostTokenAsker, newApiKey, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

const ADDRESS = '198.51.100.7';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST' | 'PATCH', url: string, { headers }: Asker, payload?: object) =>
  server.api.fastify.inject({ method, url: `/v1/${url}`, headers: { ...headers }, payload, remoteAddress: ADDRESS });

describe('GET /v1/me/audit-events', () => {
  it('shows users their own account, with the network', async () => {
    const [person, other] = [await newPerson(server), await newPerson(server)];
    const { id } = (await ask('POST', 'api-keys', person, { name: 'Calendar' })).json().apiKey;
    const { items } = accountAuditEventsSchema.parse((await ask('GET', 'me/audit-events', person)).json());
    expect(items).toMatchObject([
      {
        action: 'api-key.created',
        actor: { kind: 'user', id: person.userId, name: person.name },
        target: id,
        network: ADDRESS,
        details: {},
        createdAt: new Date(server.clock.date()).toISOString(),
      },
    ]);
    expect((await ask('GET', 'me/audit-events', other)).json().items).toEqual([]);
    expectProblem(await ask('GET', 'me/audit-events', nobody), 'account.required');
    expectProblem(await ask('GET', 'me/audit-events?cursor=x', person), 'request.invalid');
  });
});

describe('GET /v1/meetings/:code/audit-events', () => {
  it('shows hosts, host tokens and owners’ keys the actions, the newest first, without networks', async () => {
    const [host, moderator] = [await newPerson(server), await newPerson(server)];
    const meeting = await newMeeting(server, host);
    await newMember(server, meeting, moderator, 'moderator');
    const url = `meetings/${meeting.code}/audit-events`;
    for (let n = 0; n < 5; n += 1) {
      await ask('PATCH', `meetings/${meeting.code}`, moderator, { locked: n % 2 === 0 });
      await server.clock.advance(1000);
    }
    const seen: MeetingAuditEvent[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await ask('GET', `${url}?limit=2${cursor && `&cursor=${cursor}`}`, host);
      expect(answer.body).not.toContain(ADDRESS);
      const page = pageOf(meetingAuditEventSchema).parse(answer.json());
      seen.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ details }) => details.locked)).toEqual([true, false, true, false, true]);
    expect(seen.every(({ actor }) => actor.id === moderator.userId)).toBe(true);
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());

    for (const asker of [hostTokenAsker(meeting), await newApiKey(server, host.userId)]) {
      expect(meetingAuditEventsSchema.parse((await ask('GET', url, asker)).json()).items).toHaveLength(5);
    }
    expectProblem(await ask('GET', url, moderator), 'permission.denied');
    expectProblem(await ask('GET', url, await newPerson(server)), 'meeting.not_found');
  });
});
