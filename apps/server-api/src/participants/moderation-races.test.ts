import { randomUUID } from 'node:crypto';
import { and, eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { admissions, bans, type MeetingRow, webhookEvents } from '../database/schema.js';
import { ParticipantRepository } from './participant-repository.js';

let postgres: PostgresUnderTest;
let server: ServerUnderTest;
beforeAll(async () => {
  postgres = await startPostgres();
  server = await startServer({ databaseUrl: await postgres.newDatabase() });
}, STARTING);
afterAll(async () => {
  await server.close();
  await postgres.close();
});

const post = (asker: Asker, meeting: MeetingRow, path: string, remoteAddress: string, payload?: object) =>
  server.api.fastify.inject({
    method: 'POST',
    url: `/v1/meetings/${meeting.code}/${path}`,
    headers: asker.headers,
    remoteAddress,
    ...(payload && { payload }),
  });

describe('moderating on PostgreSQL', () => {
  it('bans once when several moderators ban at once', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const user = await newPerson(server);
    await newMember(server, meeting, user);
    const callers = [await newCaller(server, meeting), await newCaller(server, meeting, { userId: user.userId })];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(host, meeting, `participants/${callers[index % 2]?.participantId}/ban`, newAddress()),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(201));
    expect(await server.queries.$count(bans, eq(bans.meetingId, meeting.id))).toBe(2);
  });

  it('R8: leaves no admission to a participant of a banned network that joins at that moment', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const address = '198.18.7.7';
    const { participantId } = await newCaller(server, meeting, { network: address });
    const join = () => post({ headers: {} }, meeting, 'join', address, { name: 'Quick' });
    const [ban, ...joins] = await Promise.all([
      post(host, meeting, `participants/${participantId}/ban`, newAddress()),
      ...Array.from({ length: 20 }, join),
    ]);
    expect(ban.statusCode).toBe(201);
    for (const { statusCode } of joins) expect([200, 404]).toContain(statusCode);
    const ways = and(eq(admissions.meetingId, meeting.id), inArray(admissions.state, ['admitted', 'waiting']));
    const left = await server.queries.select().from(admissions).where(ways);
    expect(left).toEqual([]);
    const rows = await server.queries.select().from(admissions).where(eq(admissions.meetingId, meeting.id));
    for (const { tokenId, tokenExpiresAt } of rows) {
      if (tokenId) expect(await server.cluster.tokens.use(tokenId, tokenExpiresAt?.getTime() ?? 0)).toBe(false);
    }
  });

  it('R12: reports one start and one end when records are stored concurrently and repeatedly', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const repository = new ParticipantRepository(server.queries);
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const at = new Date(server.clock.date());
    const joined = (id: string) =>
      repository.joined({
        id,
        meetingId: meeting.id,
        breakoutId: null,
        name: 'Ada',
        role: 'guest',
        hidden: false,
        nodeId: 'ws-1',
        joinedAt: at,
      });
    await Promise.all([...ids, ...ids].map(joined));
    await Promise.all(
      [...ids, ...ids].map((id) => repository.left({ meetingId: meeting.id, breakoutId: null }, id, at, 'left')),
    );
    const owned = (type: 'meeting.started' | 'meeting.ended' | 'participant.joined' | 'participant.left') =>
      server.queries.$count(
        webhookEvents,
        and(eq(webhookEvents.owner, ownerOfUser(host.userId)), eq(webhookEvents.type, type)),
      );
    expect(await owned('meeting.started')).toBe(1);
    expect(await owned('meeting.ended')).toBe(1);
    expect(await owned('participant.joined')).toBe(10);
    expect(await owned('participant.left')).toBe(10);
  });
});
