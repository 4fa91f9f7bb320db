import { randomUUID } from 'node:crypto';
import {
  createMeetingResponseSchema,
  defaultMeetingSettings,
  meetingsPageSchema,
  meetingTopic,
} from '@waterbus/protocol';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
  type Person,
} from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfKey, ownerOfUser } from '../access/principal.js';
import { admissions, type MeetingRow, meetings, members, webhookEvents } from '../database/schema.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

const ask = (asker: Asker, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  server.api.fastify.inject({
    method,
    url: `/v1/meetings${url}`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    ...(payload ? { payload } : {}),
  });

const rowOf = async (code: string) =>
  (await server.queries.select().from(meetings).where(eq(meetings.code, code)))[0] as MeetingRow;

const eventsOf = async (owner: string) =>
  (
    await server.queries
      .select()
      .from(webhookEvents)
      .where(eq(webhookEvents.owner, owner))
      .orderBy(asc(webhookEvents.createdAt))
  ).map(({ type, data }) => ({ type, ...(data.meeting as { title: string; archivedAt: string | null }) }));

/** Milliseconds: activity is exact to the minute. */
const MINUTE = 60_000;

/** The events announced to a meeting during `work`. */
async function announced(meeting: MeetingRow, work: () => Promise<unknown>): Promise<unknown[]> {
  const events: unknown[] = [];
  const stop = await server.cluster.bus.subscribe(meetingTopic(meeting.id), (event) => events.push(event));
  await work();
  stop();
  return events;
}

const join = (meeting: MeetingRow, payload: object = { name: 'A' }, asker: Asker = nobody) =>
  ask(asker, 'POST', `/${meeting.code}/join`, payload);

describe('creating', () => {
  it('makes a signed-in user the host, without a host token', async () => {
    const person = await newPerson(server);
    const response = await ask(person, 'POST', '', {
      title: 'T',
      waitingRoom: true,
      locked: true,
      settings: { chat: 'members' },
      scheduledStart: '2026-02-01T10:00:00+02:00',
    });
    expect(response.statusCode).toBe(201);
    const { meeting, hostToken } = createMeetingResponseSchema.parse(response.json());
    expect(hostToken).toBeNull();
    expect(meeting).toMatchObject({
      waitingRoom: true,
      locked: true,
      settings: { ...defaultMeetingSettings, chat: 'members' },
      scheduledStart: '2026-02-01T08:00:00.000Z',
    });
    const row = await rowOf(meeting.code);
    expect(row).toMatchObject({ owner: ownerOfUser(person.userId), hostTokenHash: null });
    const people = await server.queries.select().from(members).where(eq(members.meetingId, row.id));
    expect(people).toMatchObject([{ userId: person.userId, role: 'host', state: 'joined' }]);
    expect(await eventsOf(row.owner ?? '')).toMatchObject([{ type: 'meeting.created', title: 'T' }]);
  });

  it('gives an API key the meeting and a host token', async () => {
    const key = await newApiKey(server, null);
    const { meeting, hostToken } = (await ask(key, 'POST', '', { title: 'By key' })).json();
    const row = await rowOf(meeting.code);
    expect(row.owner).toBe(ownerOfKey(key.id));
    expect((await ask(hostTokenAsker({ hostToken }), 'GET', `/${meeting.code}/waiting`)).statusCode).toBe(200);
    expect(await eventsOf(ownerOfKey(key.id))).toMatchObject([{ type: 'meeting.created', title: 'By key' }]);
  });
});

describe('reading', () => {
  it('shows the unread count to members only', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host, { lastSeq: 7 });
    await server.queries.update(members).set({ lastReadSeq: 3 }).where(eq(members.meetingId, meeting.id));
    const membership = { role: 'host', state: 'joined', unread: 4, mentions: 0, lastReadSeq: 3 };
    expect((await ask(host, 'GET', `/${meeting.code}`)).json().meeting).toMatchObject({ membership });
    for (const asker of [nobody, await newPerson(server), hostTokenAsker(meeting)]) {
      expect((await ask(asker, 'GET', `/${meeting.code}`)).json().meeting).not.toHaveProperty('membership');
    }
  });

  it('lists the meetings that a user has joined, page by page, the newest first, archived ones apart', async () => {
    const person = await newPerson(server);
    const codes: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const meeting = await newMeeting(server, undefined, { lastSeq: n });
      // Two of them in the same millisecond: the id decides.
      if (n !== 2) await server.clock.advance(1);
      await newMember(server, meeting, person);
      codes.unshift(meeting.code);
    }
    await newMember(server, await newMeeting(server), person, 'member', 'invited');
    const archivedAt = new Date(server.clock.date());
    const archived = await newMeeting(server, undefined, { archivedAt });
    await newMember(server, archived, person);
    const listed: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = meetingsPageSchema.parse(
        (await ask(person, 'GET', `?limit=2${cursor && `&cursor=${cursor}`}`)).json(),
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map(({ code }) => code));
      cursor = page.nextCursor;
    }
    expect([...listed].sort()).toEqual([...codes].sort());
    expect(listed[0]).toBe(codes[0]);
    const old = meetingsPageSchema.parse((await ask(person, 'GET', '?archived=true')).json());
    expect(old.items).toMatchObject([{ code: archived.code, membership: { role: 'member', unread: 0 } }]);
    expectProblem(await ask(person, 'GET', '?cursor=x'), 'request.invalid');
    expectProblem(await ask(nobody, 'GET', ''), 'account.required');
  });

  it('lists the last active meetings first, for each member by the activity that this member can see', async () => {
    const host = await newPerson(server);
    const [member, stranger] = [await newPerson(server), await newPerson(server)];
    const places: MeetingRow[] = [];
    for (let n = 0; n < 3; n += 1) {
      const meeting = await newMeeting(server, host, { title: `${n}`, settings: { privateMessages: 'members' } });
      await newMember(server, meeting, member);
      places.push(meeting);
      await server.clock.advance(MINUTE);
    }
    const [first, second, third] = places as [MeetingRow, MeetingRow, MeetingRow];
    await newMember(server, third, stranger, 'member', 'invited');
    const titles = async (asker: Asker, query = '') => {
      const page = meetingsPageSchema.parse((await ask(asker, 'GET', query)).json());
      return page.items.map(({ title }) => title).join();
    };
    const write = (asker: Asker, meeting: MeetingRow, to?: string) =>
      ask(asker, 'POST', `/${meeting.code}/${to ? 'private-messages' : 'messages'}`, {
        text: 'Hello',
        clientId: randomUUID(),
        ...(to && { to: { userId: to } }),
      });

    expect((await write(host, first)).statusCode).toBe(201);
    for (const asker of [host, member]) expect(await titles(asker)).toBe('0,2,1');
    // Of the same minute: the order remains, so that a busy meeting writes once a minute.
    await server.clock.advance(1);
    await write(host, second);
    await server.clock.advance(1);
    await write(host, first);
    expect(await titles(member)).toBe('1,0,2');
    // Private messages move the meeting of their two sides alone.
    const partner = await newPerson(server);
    await newMember(server, second, partner);
    await newMember(server, third, partner);
    await server.clock.advance(MINUTE + 1);
    expect((await write(host, third, partner.userId)).statusCode).toBe(201);
    expect([await titles(host), await titles(partner)]).toEqual(['2,1,0', '2,1']);
    expect(await titles(member)).toBe('1,0,2');
    expect(await titles(stranger)).toBe('');
    // Archived meetings have an order of their own.
    for (const meeting of [second, first]) await ask(host, 'POST', `/${meeting.code}/archive`);
    expect([await titles(host), await titles(host, '?archived=true')]).toEqual(['2', '1,0']);
  });

  it('continues the list of a server of an earlier version in its order', async () => {
    const person = await newPerson(server);
    const rows: { id: string; at: number; title: string }[] = [];
    for (let n = 0; n < 4; n += 1) {
      const meeting = await newMeeting(server, undefined, { title: `${n}` });
      rows.unshift({ id: await newMember(server, meeting, person), at: server.clock.date(), title: `${n}` });
      await server.clock.advance(1);
    }
    // The oldest is the last active one.
    const activeAt = new Date(server.clock.date());
    await server.queries.update(members).set({ activeAt }).where(eq(members.id, rows[3]!.id));
    const cursor = Buffer.from(JSON.stringify([rows[0]!.at, rows[0]!.id])).toString('base64url');
    const read = async (at: string) => {
      const page = meetingsPageSchema.parse((await ask(person, 'GET', `?limit=2&cursor=${at}`)).json());
      return { titles: page.items.map(({ title }) => title), next: page.nextCursor };
    };
    const { titles, next } = await read(cursor);
    expect(titles).toEqual(['2', '1']);
    expect((await read(next ?? '')).titles).toEqual(['0']);
    // An earlier server reads two values, and refuses the cursors of this order with `request.invalid`.
    const { nextCursor } = (await ask(person, 'GET', '?limit=1')).json();
    expect(JSON.parse(Buffer.from(nextCursor, 'base64url').toString())).toEqual([
      activeAt.getTime(),
      rows[3]!.id,
      'activity',
    ]);
    expect((await read(nextCursor)).titles).toEqual(['3', '2']);
  });

  it('lists the meetings that belong to an API key', async () => {
    const key = await newApiKey(server, null);
    const owner = ownerOfKey(key.id);
    const open = await newMeeting(server, undefined, { owner });
    const archived = await newMeeting(server, undefined, { owner, archivedAt: new Date(server.clock.date()) });
    await newMeeting(server);
    expect((await ask(key, 'GET', '')).json()).toMatchObject({ items: [{ code: open.code, membership: null }] });
    expect((await ask(key, 'GET', '?archived=true')).json()).toMatchObject({ items: [{ code: archived.code }] });
  });
});

describe('changing', () => {
  it('sets the given fields, keeps the rest, and announces the change', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host, { settings: { chat: 'members' }, waitingRoom: true });
    let answer: unknown;
    const events = await announced(meeting, async () => {
      const change = { title: 'New', locked: true, settings: { access: 'members' } };
      answer = (await ask(host, 'PATCH', `/${meeting.code}`, change)).json().meeting;
    });
    const settings = { ...defaultMeetingSettings, chat: 'members', access: 'members' };
    expect(answer).toMatchObject({ title: 'New', locked: true, waitingRoom: true, settings });
    expect(events).toEqual([{ type: 'meeting.updated', meeting: answer }]);
    expect(await eventsOf(ownerOfUser(host.userId))).toMatchObject([{ type: 'meeting.updated', title: 'New' }]);
    expectProblem(await ask(host, 'PATCH', `/${meeting.code}`, { settings: { publish: 'nobody' } }), 'request.invalid');
    expect((await ask(host, 'PATCH', `/${meeting.code}`, { scheduledStart: null })).statusCode).toBe(200);
    expect((await ask(host, 'PATCH', `/${meeting.code}`, {})).statusCode).toBe(200);
  });

  it('accepts a number of audible speakers within its limits, and stores it', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const set = (loudest: unknown) => ask(host, 'PATCH', `/${meeting.code}`, { settings: { loudest } });
    for (const refused of [-1, 65, 1.5, '8', null]) expectProblem(await set(refused), 'request.invalid');
    for (const loudest of [0, 64, 3]) {
      expect((await set(loudest)).json().meeting.settings).toEqual({ ...defaultMeetingSettings, loudest });
    }
    const read = await ask(host, 'GET', `/${meeting.code}`);
    expect(read.json().meeting.settings.loudest).toBe(3);
  });

  it('R7: applies the grants of the new settings in the call, and keeps own grants', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const guest = await newCaller(server, meeting);
    const moderator = await newCaller(server, meeting, { role: 'moderator' });
    const chosen = await newCaller(server, meeting, { ownGrants: { publish: ['screen'] } });
    await ask(host, 'PATCH', `/${meeting.code}`, { settings: { publish: 'moderators', shareScreen: 'members' } });
    const all = ['microphone', 'camera', 'screen', 'screen-audio'];
    const grants = (publish: string[], moderate = false) => ({ grants: { publish, moderate, subscribe: true } });
    expect(guest.commands).toMatchObject([{ type: 'update', role: 'guest', ...grants([]) }]);
    expect(moderator.commands).toMatchObject([{ type: 'update', role: 'moderator', ...grants(all, true) }]);
    expect(chosen.commands).toMatchObject([{ type: 'update', role: 'guest', ...grants(['screen']) }]);
  });

  it.each([
    ['rights', { settings: { publish: 'moderators' } }],
    ['the lock', { locked: true }],
    ['the waiting room', { waitingRoom: true }],
    ['who may come', { settings: { access: 'members' } }],
  ])('R7: revokes join tokens from before %s changed', async (_, change) => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const { participantId } = (await join(meeting)).json();
    const [before] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
    await ask(host, 'PATCH', `/${meeting.code}`, change);
    const again = await server.cluster.tokens.use(before?.tokenId ?? '', server.clock.date() + 200_000);
    expect(again).toBe(false);
  });

  it('R7: reaches a participant that used a join token a moment ago and has no home yet', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const { participantId } = (await join(meeting)).json();
    const [row] = await server.queries.select().from(admissions).where(eq(admissions.id, participantId));
    await server.cluster.tokens.use(row?.tokenId ?? '', server.clock.date() + 200_000);
    const settings = { publish: 'moderators', shareScreen: 'moderators' };
    const changing = ask(host, 'PATCH', `/${meeting.code}`, { settings });
    await server.clock.advance(200);
    const commands: unknown[] = [];
    await server.cluster.bus.serve('ws-late', async (_method, body) => commands.push(body));
    await server.cluster.rooms.claimHome(meeting.id, participantId, 'ws-late');
    let done = false;
    void changing.then(() => {
      done = true;
    });
    while (!done) await server.clock.advance(50);
    expect(commands).toMatchObject([{ type: 'update', grants: { publish: [] } }]);
  });

  it('R7: applies the last of two changes in the call, in any order of arrival', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const { participantId } = await newCaller(server, meeting);
    await server.cluster.rooms.claimHome(meeting.id, participantId, 'ws-slow');
    const applied: string[][] = [];
    let requested = 0;
    let overtaken = () => {};
    const overtaking = new Promise<void>((resolve) => {
      overtaken = resolve;
    });
    await server.cluster.bus.serve('ws-slow', async (_method, body) => {
      requested += 1;
      if (requested === 1) await overtaking;
      applied.push((body as { grants: { publish: string[] } }).grants.publish);
      overtaken();
    });
    const publish = (audience: string) =>
      ask(host, 'PATCH', `/${meeting.code}`, { settings: { publish: audience, shareScreen: audience } });
    const first = publish('everyone');
    await vi.waitFor(() => expect(requested).toBe(1));
    await Promise.all([first, publish('moderators')]);
    expect(applied).toEqual([[], ['microphone', 'camera', 'screen', 'screen-audio'], []]);
  });

  it('M1: sets, changes and removes the password', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const url = `/${meeting.code}/password`;
    expect((await ask(host, 'PUT', url, { password: 'rocket to saturn' })).json().meeting.passwordRequired).toBe(true);
    expectProblem(await join(meeting), 'meeting.password_required');
    expectProblem(await ask(host, 'PUT', url, { password: '123456' }), 'password.weak');
    await ask(host, 'PUT', url, { password: 'saturn and back' });
    expectProblem(await join(meeting, { name: 'A', password: 'rocket to saturn' }), 'meeting.wrong_password');
    expect((await join(meeting, { name: 'A', password: 'saturn and back' })).statusCode).toBe(200);
    expect((await ask(host, 'DELETE', url)).json().meeting.passwordRequired).toBe(false);
    expect((await join(meeting)).statusCode).toBe(200);
    const moderator = await newPerson(server);
    await newMember(server, meeting, moderator, 'moderator');
    expectProblem(await ask(moderator, 'PUT', url, { password: 'jupiter at last' }), 'permission.denied');
  });
});

describe('archiving', () => {
  it('M4: ends the call and accepts no other, stays readable to members, and is announced once', async () => {
    const host = await newPerson(server);
    const member = await newPerson(server);
    const meeting = await newMeeting(server, host, { waitingRoom: true });
    await newMember(server, meeting, member);
    const guest = await newCaller(server, meeting);
    const { admissionToken } = (await join(meeting)).json();
    const events = await announced(meeting, async () => {
      const answer = (await ask(host, 'POST', `/${meeting.code}/archive`)).json();
      expect(answer.meeting.archivedAt).toBe(new Date(server.clock.date()).toISOString());
    });
    expect(events).toMatchObject([{ type: 'meeting.updated', meeting: { code: meeting.code } }]);
    expect(guest.commands).toMatchObject([{ type: 'remove', reason: 'room-closed' }]);
    expectProblem(await join(meeting), 'meeting.not_found');
    expectProblem(await join(meeting, { name: 'M' }, member), 'meeting.archived');
    expectProblem(await ask(host, 'PATCH', `/${meeting.code}`, { title: 'T' }), 'meeting.archived');
    expect((await ask(member, 'GET', `/${meeting.code}`)).statusCode).toBe(200);
    expectProblem(await ask(nobody, 'GET', `/${meeting.code}`), 'meeting.not_found');
    expect((await ask(member, 'GET', '')).json().items).toEqual([]);
    expect((await ask(member, 'GET', '?archived=true')).json().items).toMatchObject([{ code: meeting.code }]);
    const waiting = await server.api.fastify.inject({
      url: '/v1/admissions/current',
      headers: { authorization: `Bearer ${admissionToken}` },
      remoteAddress: newAddress(),
    });
    expect(waiting.json()).toEqual({ status: 'denied' });

    const late = await newCaller(server, meeting);
    await server.clock.advance(1000);
    expect((await ask(host, 'POST', `/${meeting.code}/archive`)).statusCode).toBe(200);
    expect(late.commands).toMatchObject([{ type: 'remove' }]);
    expect(await eventsOf(ownerOfUser(host.userId))).toMatchObject([{ type: 'meeting.archived' }]);
  });
});

describe('handing over', () => {
  const rolesOf = async (meeting: MeetingRow) =>
    Object.fromEntries(
      (await server.queries.select().from(members).where(eq(members.meetingId, meeting.id))).map((row) => [
        row.userId,
        row.role,
      ]),
    );
  const scene = async (change: Partial<MeetingRow> = {}) => {
    const host = await newPerson(server);
    const next = await newPerson(server);
    const meeting = await newMeeting(server, host, change);
    await newMember(server, meeting, next);
    return { host, next, meeting };
  };
  const handOver = (asker: Asker, meeting: MeetingRow, to: Person) =>
    ask(asker, 'POST', `/${meeting.code}/host`, { userId: to.userId });

  it('M3: makes a member the one host, in the call too, and the old one a moderator', async () => {
    const { host, next, meeting } = await scene();
    const inCall = await newCaller(server, meeting, { role: 'member', userId: next.userId });
    const oldInCall = await newCaller(server, meeting, { role: 'host', userId: host.userId });
    expect((await handOver(host, meeting, next)).statusCode).toBe(200);
    expect(await rolesOf(meeting)).toEqual({ [host.userId]: 'moderator', [next.userId]: 'host' });
    expect(inCall.commands).toMatchObject([{ type: 'update', role: 'host', grants: { moderate: true } }]);
    expect(oldInCall.commands).toMatchObject([{ type: 'update', role: 'moderator' }]);
    expect((await rowOf(meeting.code)).owner).toBe(ownerOfUser(next.userId));
    expectProblem(await handOver(host, meeting, host), 'permission.denied');
  });

  it('M3: ends a host token, and its holder in the call is no longer host', async () => {
    const person = await newPerson(server);
    const meeting = await newMeeting(server);
    await newMember(server, meeting, person);
    const inCall = await newCaller(server, meeting, { role: 'host' });
    expect((await handOver(hostTokenAsker(meeting), meeting, person)).statusCode).toBe(200);
    expect(await rowOf(meeting.code)).toMatchObject({ hostTokenHash: null, owner: ownerOfUser(person.userId) });
    expect(inCall.commands).toMatchObject([{ type: 'update', role: 'moderator' }]);
    expectProblem(await join(meeting, { name: 'A', hostToken: meeting.hostToken }), 'token.invalid');
    expectProblem(await handOver(hostTokenAsker(meeting), meeting, person), 'token.invalid');
  });

  it('keeps the API key as the owner', async () => {
    const { host, next, meeting } = await scene({ owner: 'key:abc' });
    await handOver(host, meeting, next);
    expect((await rowOf(meeting.code)).owner).toBe('key:abc');
  });

  it('accepts only joined members', async () => {
    const { host, meeting } = await scene();
    const invited = await newPerson(server);
    await newMember(server, meeting, invited, 'member', 'invited');
    for (const person of [invited, await newPerson(server)]) {
      expectProblem(await handOver(host, meeting, person), 'member.not_found');
    }
    const hosts = and(eq(members.meetingId, meeting.id), eq(members.role, 'host'));
    expect(await server.queries.select().from(members).where(hosts)).toMatchObject([{ userId: host.userId }]);
  });
});
