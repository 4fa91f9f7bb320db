import { randomUUID } from 'node:crypto';
import { ROOM_RECORDS_STREAM, type RoomRecord } from '@waterbus/protocol';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newMeeting,
  newMember,
  newPerson,
  type Person,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { admissions, type MeetingRow, members, webhookEvents } from '../database/schema.js';
import { ParticipantRepository } from './participant-repository.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const AT = Date.UTC(2026, 4, 1, 12);

const joined = (meeting: MeetingRow, participantId: string, at: number, hidden = false): RoomRecord => ({
  type: 'participant.joined',
  roomId: meeting.id,
  participantId,
  name: 'Ada',
  role: 'guest',
  hidden,
  nodeId: 'ws-1',
  at,
});
const left = (meeting: MeetingRow, participantId: string, at: number): RoomRecord => ({
  type: 'participant.left',
  roomId: meeting.id,
  participantId,
  reason: 'left',
  at,
});
const ended = (meeting: MeetingRow, at: number): RoomRecord => ({ type: 'room.ended', roomId: meeting.id, at });

/** Appends the records, and resolves when the last of them is stored. */
async function store(...records: RoomRecord[]): Promise<void> {
  for (const record of records) await server.cluster.streams.append(ROOM_RECORDS_STREAM, record);
  const sentinel = await newMeeting(server);
  const id = randomUUID();
  await server.cluster.streams.append(ROOM_RECORDS_STREAM, joined(sentinel, id, AT));
  const repository = new ParticipantRepository(server.queries);
  await expect.poll(async () => (await repository.ofMeeting(sentinel.id)).length, { timeout: 10_000 }).toBe(1);
}

async function eventsOf(person: Person): Promise<string[]> {
  const rows = await server.queries
    .select()
    .from(webhookEvents)
    .where(eq(webhookEvents.owner, ownerOfUser(person.userId)))
    .orderBy(asc(webhookEvents.createdAt), asc(webhookEvents.type));
  return rows.map((row) => row.type);
}

const history = (asker: Asker, meeting: MeetingRow, query = '') =>
  server.api.fastify.inject({
    url: `/v1/meetings/${meeting.code}/participants/history${query}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
  });

describe('presences', () => {
  it('R12: a record that is applied twice counts once, in the list and in webhook events', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const [a, b] = [randomUUID(), randomUUID()];
    const records = [
      joined(meeting, a, AT),
      joined(meeting, b, AT + 1000),
      left(meeting, a, AT + 2000),
      left(meeting, b, AT + 3000),
      ended(meeting, AT + 3000),
    ];
    await store(...records.flatMap((record) => [record, record]), ...records);
    expect(await eventsOf(host)).toEqual([
      'meeting.started',
      'participant.joined',
      'participant.joined',
      'participant.left',
      'meeting.ended',
      'participant.left',
    ]);
    // The call began then, and its end was in the same minute.
    const [member] = await server.queries.select().from(members).where(eq(members.meetingId, meeting.id));
    expect(member?.activeAt).toEqual(new Date(AT));
    await store(joined(meeting, randomUUID(), AT + 100_000, true), ended(meeting, AT + 180_000));
    await store(joined(meeting, randomUUID(), AT + 200_000), ended(meeting, AT + 300_000));
    const [later] = await server.queries.select().from(members).where(eq(members.meetingId, meeting.id));
    expect(later?.activeAt).toEqual(new Date(AT + 300_000));
    expect((await history(host, meeting)).json().items.slice(2)).toMatchObject([
      { id: b, leftAt: new Date(AT + 3000).toISOString(), leaveReason: 'left' },
      { id: a, joinedAt: new Date(AT).toISOString(), leftAt: new Date(AT + 2000).toISOString() },
    ]);
  });

  it('reports the holder of the join token, in data that its receiver can use', async () => {
    const host = await newPerson(server);
    const user = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const id = randomUUID();
    await server.queries.insert(admissions).values({
      id,
      meetingId: meeting.id,
      userId: user.userId,
      name: 'Ada',
      role: 'guest',
      network: '192.0.2.1',
      state: 'admitted',
      createdAt: new Date(AT),
    });
    await store(joined(meeting, id, AT));
    expect((await history(host, meeting)).json().items).toMatchObject([{ id, userId: user.userId, leftAt: null }]);
    const rows = await server.queries
      .select()
      .from(webhookEvents)
      .where(eq(webhookEvents.owner, ownerOfUser(host.userId)));
    expect(rows.find((row) => row.type === 'participant.joined')?.data).toEqual({
      code: meeting.code,
      participant: { id, userId: user.userId, name: 'Ada', role: 'guest' },
      joinedAt: new Date(AT).toISOString(),
    });
  });

  it('without an end of their own end with the room, and a second call starts', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    await store(joined(meeting, randomUUID(), AT), ended(meeting, AT + 1000), joined(meeting, randomUUID(), AT + 2000));
    expect(await eventsOf(host)).toEqual([
      'meeting.started',
      'participant.joined',
      'meeting.ended',
      'participant.left',
      'meeting.started',
      'participant.joined',
    ]);
    await new ParticipantRepository(server.queries).allLost(new Date(AT + 3000));
    expect((await eventsOf(host)).slice(6)).toEqual(['meeting.ended', 'participant.left']);
    expect((await history(host, meeting)).json().items[0]).toMatchObject({ leaveReason: 'node-lost' });
  });

  it('of hidden ones neither start nor end a call, and outlast it', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const [hidden, seen] = [randomUUID(), randomUUID()];
    await store(joined(meeting, hidden, AT, true), joined(meeting, seen, AT + 1), ended(meeting, AT + 2));
    expect(await eventsOf(host)).toEqual([
      'meeting.started',
      'participant.joined',
      'meeting.ended',
      'participant.left',
    ]);
    expect((await history(host, meeting)).json().items).toMatchObject([
      { id: seen, leaveReason: 'room-closed' },
      { id: hidden, leftAt: null },
    ]);
    await store(left(meeting, hidden, AT + 3));
    expect(await eventsOf(host)).toHaveLength(4);
    expect((await history(host, meeting)).json().items[1]).toMatchObject({ id: hidden, leaveReason: 'left' });
  });

  it('of hidden ones are shown to moderators, host token and key only, and not reported by webhooks', async () => {
    const host = await newPerson(server);
    const member = await newPerson(server);
    const meeting = await newMeeting(server, host);
    await newMember(server, meeting, member);
    const [seen, hidden] = [randomUUID(), randomUUID()];
    await store(joined(meeting, seen, AT), joined(meeting, hidden, AT + 1, true), left(meeting, hidden, AT + 2));
    const key = await newApiKey(server, host.userId);
    const ids = async (asker: Asker) =>
      (await history(asker, meeting)).json().items.map(({ id }: { id: string }) => id);
    for (const asker of [host, hostTokenAsker(meeting), key]) expect(await ids(asker)).toEqual([hidden, seen]);
    expect(await ids(member)).toEqual([seen]);
    expect(await eventsOf(host)).toEqual(['meeting.started', 'participant.joined']);
  });

  it('are listed newest first, page by page', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const ids = Array.from({ length: 5 }, () => randomUUID());
    await store(...ids.map((id, index) => joined(meeting, id, AT + index)));
    const first = (await history(host, meeting, '?limit=3')).json();
    const second = (await history(host, meeting, `?limit=3&cursor=${first.nextCursor}`)).json();
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(second.nextCursor).toBeNull();
    expectProblem(await history(await newPerson(server), meeting), 'meeting.not_found');
  });
});
