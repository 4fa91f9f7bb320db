import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson, type Person } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { admissions, inviteLinks, type MeetingRow, meetings, members } from '../database/schema.js';
import { defaultLimits } from '../limits/limits.js';
import { grantsOf } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';

/**
 * Concurrent requests of several people, on a PostgreSQL that really runs them in parallel: each
 * meeting's lock decides the order.
 */
let postgres: PostgresUnderTest;
let server: ServerUnderTest;
beforeAll(async () => {
  postgres = await startPostgres();
  const unlimited = { count: 1_000_000, period: 1000 };
  const limits = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, unlimited]));
  server = await startServer({ databaseUrl: await postgres.newDatabase(), limits });
}, STARTING);
afterAll(async () => {
  await server.close();
  await postgres.close();
});

const ROUNDS = 15;

const ask = async (asker: Asker, method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
  const response = await server.api.fastify.inject({
    method,
    url: `/v1/${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });
  return { status: response.statusCode, body: response.body && response.json() };
};

async function scene(change: Partial<MeetingRow> = {}) {
  const [host, one, two] = [await newPerson(server), await newPerson(server), await newPerson(server)];
  const meeting = await newMeeting(server, host, change);
  const oneId = await newMember(server, meeting, one);
  const twoId = await newMember(server, meeting, two);
  return { host, one, two, oneId, twoId, meeting, url: `meetings/${meeting.code}` };
}

const rolesOf = async (meeting: MeetingRow) =>
  Object.fromEntries(
    (await server.queries.select().from(members).where(eq(members.meetingId, meeting.id))).map(({ userId, role }) => [
      userId,
      role,
    ]),
  );

/** A join token issued at the last moment is revoked, or its place has ended (R7, R8). */
async function expectUseless(participantId: string): Promise<void> {
  const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
  const usable = await server.cluster.tokens.use(row?.tokenId ?? '', server.clock.date() + 200_000);
  expect(usable).toBe(false);
}

describe('concurrent requests', () => {
  it('M3: of two hand-overs one counts, and there is one host', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, two, meeting, url } = await scene();
      const handOver = (to: Person) => ask(host, 'POST', `${url}/host`, { userId: to.userId });
      const answers = await Promise.all([handOver(one), handOver(two)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
      const next = answers[0]?.status === 200 ? one : two;
      const roles = await rolesOf(meeting);
      expect(roles).toMatchObject({ [host.userId]: 'moderator', [next.userId]: 'host' });
      expect(Object.values(roles).filter((role) => role === 'host')).toHaveLength(1);
    }
  });

  it('M3: a host who is removed while being made one stays, or is not made one', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, oneId, meeting, url } = await scene();
      const [made, removed] = await Promise.all([
        ask(host, 'POST', `${url}/host`, { userId: one.userId }),
        ask(host, 'DELETE', `${url}/members/${oneId}`),
      ]);
      const roles = await rolesOf(meeting);
      if (made.status === 200) {
        expect([removed.body.code, roles[one.userId]]).toEqual(['member.is_host', 'host']);
      } else {
        expect([made.body.code, removed.status]).toEqual(['member.not_found', 204]);
        expect(roles[host.userId]).toBe('host');
      }
    }
  });

  it('R5: a change of role and a removal come one after the other', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, oneId, meeting, url } = await scene();
      const [changed, removed] = await Promise.all([
        ask(host, 'PATCH', `${url}/members/${oneId}`, { role: 'moderator' }),
        ask(host, 'DELETE', `${url}/members/${oneId}`),
      ]);
      expect(removed.status).toBe(204);
      expect([200, 404]).toContain(changed.status);
      const left = await server.queries.select().from(members).where(eq(members.meetingId, meeting.id));
      expect(left.map(({ id }) => id)).not.toContain(oneId);
    }
  });

  it('R7: a moderator who is demoted concurrently removes a member before that or not at all', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, oneId, twoId, url } = await scene();
      await ask(host, 'PATCH', `${url}/members/${oneId}`, { role: 'moderator' });
      const [demoted, removed] = await Promise.all([
        ask(host, 'PATCH', `${url}/members/${oneId}`, { role: 'member' }),
        ask(one, 'DELETE', `${url}/members/${twoId}`),
      ]);
      expect(demoted.status).toBe(200);
      expect([204, 403]).toContain(removed.status);
      const left = await server.queries.select().from(members).where(eq(members.id, twoId));
      expect(left).toHaveLength(removed.status === 204 ? 0 : 1);
    }
  });

  it('a link is used up to its limit', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { host, meeting, url } = await scene();
      const { link, invitationToken } = (await ask(host, 'POST', `${url}/invite-links`, { maxUses: 3 })).body;
      const people = await Promise.all(Array.from({ length: 8 }, () => newPerson(server)));
      const answers = await Promise.all(
        people.map((person) => ask(person, 'POST', 'invitations/accept', { token: invitationToken })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 404)).toHaveLength(5);
      const [row] = await server.queries.select().from(inviteLinks).where(eq(inviteLinks.id, link.id));
      expect(row?.uses).toBe(3);
      expect(Object.keys(await rolesOf(meeting))).toHaveLength(6);
    }
  });

  it('one user who accepts twice is one member, and an invitation makes one', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, meeting, url } = await scene();
      const { invitationToken: link } = (await ask(host, 'POST', `${url}/invite-links`, {})).body;
      const { invitationToken: mailed } = (await ask(host, 'POST', `${url}/members`, { email: 'a@example.org' })).body;
      const [eager, other] = [await newPerson(server), await newPerson(server)];
      const accept = (person: Person, token: string) => ask(person, 'POST', 'invitations/accept', { token });
      const answers = await Promise.all([accept(eager, link), accept(eager, link), accept(eager, mailed)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
      const last = await Promise.all([accept(other, mailed), accept(await newPerson(server), mailed)]);
      const gone = answers[2]?.status === 200;
      expect(last.map(({ status }) => status).sort()).toEqual(gone ? [404, 404] : [200, 404]);
      const own = and(eq(members.meetingId, meeting.id), eq(members.userId, eager.userId));
      expect(await server.queries.select().from(members).where(own)).toHaveLength(1);
    }
  });

  it('an address is invited once', async () => {
    const { host, url } = await scene();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask(host, 'POST', `${url}/members`, { email: 'once@example.org' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('M4: a join during the archiving of the meeting yields a useless token', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, url } = await scene();
      const [archived, ...joins] = await Promise.all([
        ask(host, 'POST', `${url}/archive`),
        ...[one, one, one].map((person) => ask(person, 'POST', `${url}/join`, { name: 'A' })),
      ]);
      expect(archived.status).toBe(200);
      for (const { status, body } of joins) {
        if (status === 200) await expectUseless(body.participantId);
        else expect(body.code).toBe('meeting.archived');
      }
    }
  });

  it('R8: a join during the removal from a members-only meeting yields a useless token', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, oneId, url } = await scene({ settings: { access: 'members' } });
      const [removed, ...joins] = await Promise.all([
        ask(host, 'DELETE', `${url}/members/${oneId}`),
        ...[one, one, one].map((person) => ask(person, 'POST', `${url}/join`, { name: 'A' })),
      ]);
      expect(removed.status).toBe(204);
      for (const { status, body } of joins) {
        if (status === 200) await expectUseless(body.participantId);
        else expect(body.code).toBe('meeting.not_found');
      }
    }
  });

  it('R7: a join during a change of settings has the new rights or is refused', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, url } = await scene();
      const joining = () => ask({ headers: {} }, 'POST', `${url}/join`, { name: 'A' });
      const [, ...joins] = await Promise.all([
        ask(host, 'PATCH', `${url}`, { settings: { publish: 'moderators', shareScreen: 'moderators' } }),
        joining(),
        joining(),
        joining(),
      ]);
      for (const { body } of joins) {
        const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString());
        if (claims.grants.publish.length > 0) await expectUseless(body.participantId);
      }
    }
  });

  it('one decision counts for a waiting person', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, url } = await scene({ waitingRoom: true });
      const { participantId } = (await ask({ headers: {} }, 'POST', `${url}/join`, { name: 'A' })).body;
      const decide = (word: string) => ask(host, 'POST', `${url}/waiting/${participantId}/${word}`);
      const [admitted, denied] = await Promise.all([decide('admit'), decide('deny')]);
      expect([admitted.status, denied.status].sort()).toEqual([204, 404]);
      const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
      expect(row?.state).toBe(admitted.status === 204 ? 'admitted' : 'denied');
    }
  });

  it('R8: an admitted person that asks concurrently has one join token', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { host, url } = await scene({ waitingRoom: true });
      const { participantId, admissionToken } = (await ask({ headers: {} }, 'POST', `${url}/join`, { name: 'A' })).body;
      await ask(host, 'POST', `${url}/waiting/${participantId}/admit`);
      const polls = await Promise.all(
        [1, 2, 3, 4].map(() =>
          server.api.fastify.inject({
            url: '/v1/admissions/current',
            headers: { authorization: `Bearer ${admissionToken}` },
            remoteAddress: newAddress(),
          }),
        ),
      );
      const ids = polls.map((poll) => {
        expect(poll.json().status).toBe('admitted');
        return JSON.parse(Buffer.from(poll.json().token.split('.')[1], 'base64url').toString()).jti as string;
      });
      const usable: boolean[] = [];
      for (const id of ids) usable.push(await server.cluster.tokens.use(id, server.clock.date() + 200_000));
      expect(usable.filter((yes) => yes)).toHaveLength(1);
    }
  });

  it('R7: after two changes of rights the call has the stored ones', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { host, one, oneId, meeting, url } = await scene({ settings: { publish: 'members' } });
      const caller = await newCaller(server, meeting, { role: 'member', userId: one.userId });
      await Promise.all([
        ask(host, 'PATCH', `${url}/members/${oneId}`, { role: 'moderator' }),
        ask(host, 'PATCH', url, { settings: { publish: 'moderators' } }),
        ask(host, 'PATCH', `${url}/members/${oneId}`, { role: 'member' }),
        ask(host, 'PATCH', url, { settings: { shareScreen: 'members' } }),
      ]);
      const role = (await rolesOf(meeting))[one.userId] as 'member' | 'moderator';
      const [row] = await server.queries.select().from(meetings).where(eq(meetings.id, meeting.id));
      const grants = grantsOf(role, settingsOf(row ?? meeting));
      expect(caller.commands.at(-1)).toMatchObject({ type: 'update', role, grants });
    }
  });
});
