import { randomUUID } from 'node:crypto';
import {
  type CreatePollRequest,
  type MeetingEvent,
  MOST_OPEN_POLLS,
  meetingEventSchema,
  meetingSettingsSchema,
  type Poll,
  pollSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newApiKey, newCaller, newMeeting, newMember, newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, meetings, pollVotes } from '../database/schema.js';

describe.each(['PGlite', 'PostgreSQL'])('polls on %s', (database) => {
  let postgres: PostgresUnderTest | undefined;
  let server: ServerUnderTest;
  beforeAll(async () => {
    postgres = database === 'PostgreSQL' ? await startPostgres() : undefined;
    server = await startServer(postgres ? { databaseUrl: await postgres.newDatabase() } : {});
  }, STARTING);
  afterAll(async () => {
    await server.close();
    await postgres?.close();
  });

  const ask = (asker: Asker, method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH', url: string, payload?: object) =>
    server.api.fastify.inject({
      method,
      url: `/v1/meetings/${url}`,
      headers: asker.headers,
      remoteAddress: newAddress(),
      ...(payload ? { payload } : {}),
    });
  const create = (asker: Asker, { code }: MeetingRow, more: Partial<CreatePollRequest> = {}) =>
    ask(asker, 'POST', `${code}/polls`, { question: 'When?', choices: ['Monday', 'Friday'], ...more });
  const created = async (...of: Parameters<typeof create>): Promise<Poll> => (await create(...of)).json().poll;
  const voteRaw = (asker: Asker, { code }: MeetingRow, { id }: Poll, chosen: number[], voterKey?: string) =>
    ask(asker, 'PUT', `${code}/polls/${id}/vote`, { chosen, voterKey });
  const vote = async (...of: Parameters<typeof voteRaw>): Promise<Poll> => (await voteRaw(...of)).json().poll;
  const close = async (asker: Asker, { code }: MeetingRow, { id }: Poll) =>
    ask(asker, 'POST', `${code}/polls/${id}/close`);
  const listed = async (asker: Asker, { code }: MeetingRow): Promise<Poll[]> =>
    (await ask(asker, 'GET', `${code}/polls`)).json().items;
  const votesOf = (poll: Poll | undefined) => poll?.results?.map(({ votes }) => votes);

  async function scene() {
    const host = await newPerson(server, { name: 'Host' });
    const meeting = await newMeeting(server, host);
    const member = await newPerson(server, { name: 'Member' });
    await newMember(server, meeting, member);
    const guest = await newCaller(server, meeting, { name: 'Guest' });
    const events: MeetingEvent[] = [];
    await server.cluster.bus.subscribe(`meeting.${meeting.id}`, (one) => events.push(meetingEventSchema.parse(one)));
    return { host, meeting, member, guest, events };
  }

  it('opens a poll, counts one vote for each person, shows names and announces both', async () => {
    const { host, meeting, member, guest, events } = await scene();
    const poll = await created(host, meeting);
    const by = { userId: host.userId, participantId: null, name: 'Host' };
    expect(poll).toMatchObject({ question: 'When?', author: by, voters: 0, ownVote: null, version: 1 });
    const { ownVote: _, ...seen } = poll;
    expect(events).toEqual([{ type: 'poll.created', poll: seen }]);

    expect(await vote(guest, meeting, poll, [1])).toMatchObject({ ownVote: [1], voters: 1 });
    const announced = events.at(-1) as Extract<MeetingEvent, { type: 'poll.updated' }>;
    expect(announced).toMatchObject({ type: 'poll.updated', poll: { version: 2, voters: 1 } });
    // The event is the same for all.
    expect(announced.poll.ownVote).toBeUndefined();
    await vote(guest, meeting, poll, [0]);
    await vote(member, meeting, poll, [0]);
    // The same user in the call.
    const caller = await newCaller(server, meeting, { userId: member.userId, role: 'member', name: 'In call' });
    await vote(caller, meeting, poll, [1]);
    const [now] = await listed(guest, meeting);
    expect(now).toMatchObject({ ownVote: [0], voters: 2 });
    expect(now?.results).toEqual([
      { votes: 1, voters: [{ userId: null, participantId: guest.participantId, name: 'Guest' }] },
      { votes: 1, voters: [{ userId: member.userId, participantId: null, name: 'Member' }] },
    ]);
    expect((await listed(member, meeting))[0]?.ownVote).toEqual([1]);
    expect((await vote(member, meeting, poll, [])).voters).toBe(1);
    expect((await listed(host, meeting))[0]).toMatchObject({ ownVote: null, voters: 1 });
    expectProblem(await voteRaw(guest, meeting, poll, [0, 1]), 'request.invalid');
    expectProblem(await voteRaw(guest, meeting, poll, [2]), 'request.invalid');
    expectProblem(await voteRaw(guest, meeting, { ...poll, id: randomUUID() }, [0]), 'poll.not_found');
  });

  it('announces many votes within half a second as one state, the last', async () => {
    const { host, meeting, events } = await scene();
    const poll = await created(host, meeting);
    const guests = await Promise.all([1, 2, 3].map(() => newCaller(server, meeting)));
    events.length = 0;
    for (const guest of guests) await vote(guest, meeting, poll, [0]);
    const counted = () => events.map((event) => (event.type === 'poll.updated' ? event.poll.voters : undefined));
    expect(counted()).toEqual([1]);
    await server.clock.advance(500);
    await expect.poll(counted).toEqual([1, 3]);
    await server.clock.advance(5000);
    expect(counted()).toEqual([1, 3]);
  });

  it('keeps votes that arrive at once, and one of a guest that joined again with the same key', async () => {
    const { host, meeting, guest } = await scene();
    const poll = await created(host, meeting, { multiple: true });
    const key = randomUUID();
    await Promise.all([[0], [1], [0, 1]].map((chosen) => voteRaw(guest, meeting, poll, chosen, key)));
    expect((await listed(host, meeting))[0]?.voters).toBe(1);
    const again = await newCaller(server, meeting, { name: 'Guest' });
    await vote(again, meeting, poll, [1, 0]);
    expect((await listed(host, meeting))[0]?.voters).toBe(2);
    expect(await vote(again, meeting, poll, [1], key)).toMatchObject({ voters: 1, ownVote: [1] });
    // A key is no second vote for the same participant.
    expect(await vote(again, meeting, poll, [0], randomUUID())).toMatchObject({ voters: 1, ownVote: [0] });
    // Nor does a user need one.
    await vote(host, meeting, poll, [0], key);
    expect(votesOf((await listed(host, meeting))[0])).toEqual([2, 0]);
  });

  it('hides results from all until the end where the poll says so, and takes no vote afterwards', async () => {
    const { host, meeting, guest, events } = await scene();
    const poll = await created(host, meeting, { resultsFrom: 'end' });
    expect(await vote(guest, meeting, poll, [1])).toMatchObject({ results: null, voters: 1, ownVote: [1] });
    expect((await listed(host, meeting))[0]?.results).toBeNull();
    expect(events.every((event) => 'poll' in event && event.poll.results === null)).toBe(true);
    const csv = () => ask(host, 'GET', `${meeting.code}/polls.csv`);
    expect((await csv()).body).toContain('"When?","Friday","",1,""');
    const closed: Poll = (await close(host, meeting, poll)).json().poll;
    expect(votesOf(closed)).toEqual([0, 1]);
    expect(events.at(-1)).toMatchObject({ type: 'poll.updated', poll: { id: poll.id, closedAt: closed.closedAt } });
    const before = events.length;
    expect((await close(host, meeting, poll)).json().poll).toEqual(closed);
    expect(events).toHaveLength(before);
    expectProblem(await voteRaw(guest, meeting, poll, [0]), 'poll.closed');
    expect((await csv()).body).toContain('"When?","Friday",1,1,"Guest"');
  });

  it('stores no person for an anonymous vote, and forgets the voters at the end', async () => {
    const { host, meeting, guest, member } = await scene();
    const poll = await created(host, meeting, { anonymous: true });
    await vote(guest, meeting, poll, [1]);
    await vote(member, meeting, poll, [1]);
    const stored = () => server.queries.select().from(pollVotes).where(eq(pollVotes.pollId, poll.id));
    const rows = await stored();
    expect(rows).toHaveLength(2);
    for (const { userId, participantId, name, createdAt } of rows) {
      expect([userId, participantId, name, createdAt]).toEqual([null, null, null, null]);
    }
    const text = JSON.stringify([rows, await listed(host, meeting), (await close(host, meeting, poll)).json()]);
    for (const trace of ['Guest', 'Member', guest.participantId, member.userId]) expect(text).not.toContain(trace);
    expect((await stored()).every(({ id, voter, voterKey }) => voter === id && voterKey === null)).toBe(true);
    expect((await listed(guest, meeting))[0]).toMatchObject({ ownVote: null, results: [{ votes: 0 }, { votes: 2 }] });
  });

  it('lets moderators, a back end and the host token create; participants where the setting permits', async () => {
    const { host, meeting, member, guest } = await scene();
    const moderator = await newPerson(server);
    await newMember(server, meeting, moderator, 'moderator');
    const key = await newApiKey(server, host.userId);
    const token = { headers: { authorization: `Bearer ${meeting.hostToken}` } };
    for (const asker of [moderator, key, token]) expect((await create(asker, meeting)).statusCode).toBe(201);
    expect((await created(key, meeting)).author).toBeNull();
    expectProblem(await voteRaw(key, meeting, await created(key, meeting), [0]), 'permission.denied');
    for (const asker of [member, guest]) expectProblem(await create(asker, meeting), 'permission.denied');
    const allow = (polls: string) => ask(host, 'PATCH', meeting.code, { settings: { polls } });
    expect((await allow('members')).json().meeting.settings.polls).toBe('members');
    const poll = await created(member, meeting);
    expectProblem(await create(guest, meeting), 'permission.denied');
    await allow('everyone');
    const guests = await created(guest, meeting);
    expect(guests.author).toEqual({ userId: null, participantId: guest.participantId, name: 'Guest' });
    // Of others only those who moderate.
    expectProblem(await close(member, meeting, guests), 'permission.denied');
    expectProblem(await ask(member, 'DELETE', `${meeting.code}/polls/${guests.id}`), 'permission.denied');
    expect((await close(guest, meeting, guests)).statusCode).toBe(200);
    expect((await ask(member, 'DELETE', `${meeting.code}/polls/${poll.id}`)).statusCode).toBe(204);
    expect((await ask(moderator, 'DELETE', `${meeting.code}/polls/${guests.id}`)).statusCode).toBe(204);
    // A server of an earlier version has no such setting.
    const { polls: _, ...earlier } = meetingSettingsSchema.parse((await allow('everyone')).json().meeting.settings);
    expect(meetingSettingsSchema.safeParse(earlier).success).toBe(true);
  });

  it('limits open polls, choices and lengths', async () => {
    const { host, meeting } = await scene();
    const refused: object[] = [
      { choices: ['One'] },
      { choices: Array.from({ length: 11 }, (_, n) => `Choice ${n}`) },
      { choices: ['Same', ' Same '] },
      { question: 'x'.repeat(301) },
      { choices: ['x'.repeat(121), 'y'] },
      { question: '\u202eright to left' },
    ];
    for (const change of refused) expectProblem(await create(host, meeting, change), 'request.invalid');
    for (let n = 0; n < MOST_OPEN_POLLS; n += 1) expect((await create(host, meeting)).statusCode).toBe(201);
    expectProblem(await create(host, meeting), 'limit.reached');
    await close(host, meeting, (await listed(host, meeting))[0]!);
    expect((await create(host, meeting)).statusCode).toBe(201);
    for (let n = 0; n < 8; n += 1) await create(host, meeting);
    expectProblem(await create(host, meeting), 'request.rate_limited');
  });

  it('shows guests open polls and those closed since they joined, and ends with the meeting', async () => {
    const { host, meeting, guest } = await scene();
    const [early, open] = [await created(host, meeting, { question: '=Early' }), await created(host, meeting)];
    await server.clock.advance(1000);
    await close(host, meeting, early);
    await server.clock.advance(1000);
    const late = await newCaller(server, meeting, { name: 'Late' });
    const ids = async (asker: Asker) => (await listed(asker, meeting)).map(({ id }) => id).sort();
    expect(await ids(late)).toEqual([open.id]);
    expect(await ids(guest)).toEqual([early.id, open.id].sort());
    await vote(late, meeting, open, [0]);
    await server.queries
      .update(meetings)
      .set({ archivedAt: new Date(server.clock.date()) })
      .where(eq(meetings.id, meeting.id));
    expectProblem(await voteRaw(host, meeting, open, [0]), 'meeting.archived');
    expectProblem(await close(host, meeting, open), 'meeting.archived');
    expect(await ids(host)).toEqual([early.id, open.id].sort());
    const file = await ask(host, 'GET', `${meeting.code}/polls.csv?timeZone=Europe/Berlin`);
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${meeting.code}-polls.csv"`);
    expect(file.body).toContain(`"'=Early","Monday",0,0,""`);
    expect(file.body).toContain('"Opened (Europe/Berlin)"');
  });

  it('is unknown to readers of an earlier version, which drop its events', () => {
    const earlier = meetingEventSchema.options.filter(
      ({ shape }) => !String([...shape.type.values][0]).startsWith('poll.'),
    );
    expect(earlier.length).toBe(meetingEventSchema.options.length - 3);
    const event = { type: 'poll.deleted', pollId: randomUUID() };
    expect(earlier.some((schema) => schema.safeParse(event).success)).toBe(false);
    // And a later server may add fields.
    const poll = { ...event, type: 'poll.deleted', later: true };
    expect(meetingEventSchema.parse(poll)).toEqual(event);
    expect(pollSchema.shape.ownVote.safeParse(undefined).success).toBe(true);
  });
});
