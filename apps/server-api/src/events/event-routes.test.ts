import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type MeetingEvent, meetingTopic, type UserEvent, userEventSchema, userTopic } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newCaller, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, meetings, members, sessions } from '../database/schema.js';
import { shownMeeting } from '../meeting/shown-meeting.js';

let server: ServerUnderTest;
let origin: string;
let readers: Reader[] = [];
beforeAll(async () => {
  server = await startServer();
  origin = await server.api.fastify.listen({ host: '127.0.0.1', port: 0 });
}, STARTING);
afterEach(() => {
  for (const reader of readers) reader.stop();
  readers = [];
});
afterAll(() => server.close());

interface Reader {
  status: number;
  headers: Headers;
  /** All text so far. */
  text: string;
  events: UserEvent[];
  /** Undefined while it is open. */
  ended: 'end' | 'cut' | undefined;
  stop(): void;
}

/** Resolves when the server has sent its first bytes. */
async function listen(asker: Asker, at = origin): Promise<Reader> {
  const abort = new AbortController();
  const response = await fetch(`${at}/v1/events`, {
    headers: asker.headers as Record<string, string>,
    signal: abort.signal,
  });
  const reader: Reader = {
    status: response.status,
    headers: response.headers,
    text: '',
    events: [],
    ended: undefined,
    stop: () => abort.abort(),
  };
  readers.push(reader);
  const read = async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const text = decoder.decode(chunk, { stream: true });
      reader.text += text;
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith('data: ')) reader.events.push(userEventSchema.parse(JSON.parse(block.slice(6))));
      }
    }
  };
  read().then(
    () => {
      reader.ended = 'end';
    },
    () => {
      reader.ended = 'cut';
    },
  );
  if (response.status === 200) await soon(() => reader.text).toMatch(/^retry: \d+\n\n/);
  return reader;
}

const announce = (meeting: MeetingRow, event: MeetingEvent) =>
  server.cluster.bus.publish(meetingTopic(meeting.id), event);

const types = (reader: Reader) => reader.events.map((event) => event.type);

const send = (asker: Asker, meeting: MeetingRow, text = 'Hello') =>
  server.api.fastify.inject({
    method: 'POST',
    url: `/v1/meetings/${meeting.code}/messages`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    payload: { text, clientId: randomUUID() },
  });

async function scene() {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host);
  const member = await newPerson(server, { name: 'Member' });
  await newMember(server, meeting, member);
  return { host, meeting, member };
}

describe('GET /v1/events', () => {
  it('sends private messages to the two members alone', async () => {
    const { meeting, member, host } = await scene();
    const other = await newPerson(server, { name: 'Other' });
    await newMember(server, meeting, other);
    const open = [await listen(member), await listen(other), await listen(host)] as const;
    await server.queries.update(meetings).set({ settings: { privateMessages: 'members' } });
    const response = await server.api.fastify.inject({
      method: 'POST',
      url: `/v1/meetings/${meeting.code}/private-messages`,
      headers: member.headers,
      remoteAddress: newAddress(),
      payload: { to: { userId: other.userId }, text: 'secret', clientId: randomUUID() },
    });
    expect(response.statusCode).toBe(201);
    await send(host, meeting);
    for (const reader of open) await soon(() => types(reader)).toContain('message.created');
    for (const reader of open.slice(0, 2)) expect(types(reader)).toEqual(['private.created', 'message.created']);
    expect(types(open[2])).toEqual(['message.created']);
    expect(open[2].text).not.toContain('secret');
  });

  it('R5: sends committed events to members outside the call, in order', async () => {
    const { meeting, member, host } = await scene();
    const reader = await listen(member);
    expect(reader.headers.get('content-type')).toBe('text/event-stream');
    expect(reader.headers.get('cache-control')).toBe('no-store');
    expect(reader.headers.get('x-content-type-options')).toBe('nosniff');
    for (const text of ['1', '2', '3']) await send(host, meeting, text);
    await soon(() => reader.events).toHaveLength(3);
    expect(reader.events).toMatchObject(
      ['1', '2', '3'].map((text) => ({ type: 'message.created', meetingCode: meeting.code, message: { text } })),
    );
  });

  it('is for signed-in users', async () => {
    const { meeting } = await scene();
    const caller = await newCaller(server, meeting);
    expect([(await listen(nobody)).status, (await listen(caller)).status]).toEqual([401, 403]);
  });

  it('R7: notifies only host and moderators of waiting persons', async () => {
    const { meeting, member, host } = await scene();
    const [hostReader, reader] = [await listen(host), await listen(member)];
    await announce(meeting, { type: 'waiting.changed', waiting: 1 });
    await server.queries.update(members).set({ role: 'moderator' }).where(membership(meeting, member.userId));
    await announce(meeting, { type: 'members.changed' });
    await announce(meeting, { type: 'waiting.changed', waiting: 2 });
    await soon(() => reader.events).toHaveLength(2);
    expect(reader.events).toEqual([
      { type: 'members.changed', meetingCode: meeting.code },
      { type: 'waiting.changed', waiting: 2, meetingCode: meeting.code },
    ]);
    expect(types(hostReader)).toEqual(['waiting.changed', 'members.changed', 'waiting.changed']);
  });

  it('R7: sends no event of a meeting after the removal from it, not even the next one', async () => {
    const { meeting, member, host } = await scene();
    const other = await newMeeting(server, host);
    await newMember(server, other, member);
    const reader = await listen(member);
    await server.queries.delete(members).where(membership(meeting, member.userId));
    const waiting: MeetingEvent = { type: 'meeting.updated', meeting: shownMeeting(meeting) };
    await announce(meeting, { type: 'members.changed' });
    await announce(meeting, waiting);
    await announce(other, { type: 'meeting.updated', meeting: shownMeeting(other) });
    await soon(() => reader.events).toHaveLength(2);
    await announce(meeting, waiting);
    await announce(other, { type: 'members.changed' });
    await soon(() => reader.events).toHaveLength(3);
    expect(reader.events).toMatchObject([
      { type: 'meetings.changed' },
      { type: 'meeting.updated', meetingCode: other.code },
      { type: 'members.changed', meetingCode: other.code },
    ]);
  });

  it('a ban ends the events of the meeting too', async () => {
    const { meeting, member, host } = await scene();
    const reader = await listen(member);
    const { participantId } = await newCaller(server, meeting, { role: 'member', userId: member.userId });
    const ban = await server.api.fastify.inject({
      method: 'POST',
      url: `/v1/meetings/${meeting.code}/participants/${participantId}/ban`,
      headers: host.headers,
      remoteAddress: newAddress(),
    });
    expect(ban.statusCode).toBe(201);
    await send(host, meeting);
    await soon(() => types(reader)).toContain('meetings.changed');
    const hostReader = await listen(host);
    await send(host, meeting);
    await soon(() => hostReader.events).toHaveLength(1);
    expect(types(reader)).not.toContain('message.created');
  });

  it('follows new memberships, and unfollows archived meetings', async () => {
    const { meeting, member, host } = await scene();
    const reader = await listen(member);
    const joined = await newMeeting(server, host);
    await newMember(server, joined, member);
    await server.cluster.bus.publish(userTopic(member.userId), { type: 'meetings.changed' });
    await soon(() => types(reader)).toEqual(['meetings.changed']);
    await send(host, joined);
    await soon(() => reader.events.at(-1)).toMatchObject({ type: 'message.created', meetingCode: joined.code });
    const archived = { ...shownMeeting(meeting), archivedAt: new Date(server.clock.date()).toISOString() };
    await announce(meeting, { type: 'meeting.updated', meeting: archived });
    await announce(meeting, { type: 'members.changed' });
    await send(host, joined);
    await soon(() => reader.events).toHaveLength(4);
    expect(types(reader)).toEqual(['meetings.changed', 'message.created', 'meeting.updated', 'message.created']);
  });

  it('follows a newly created meeting', async () => {
    const person = await newPerson(server);
    const reader = await listen(person);
    const create = { method: 'POST', url: '/v1/meetings', headers: person.headers, payload: { title: 'New' } } as const;
    const { meeting } = (await server.api.fastify.inject(create)).json();
    await soon(() => types(reader)).toEqual(['meetings.changed']);
    await server.api.fastify.inject({
      method: 'POST',
      url: `/v1/meetings/${meeting.code}/messages`,
      headers: person.headers,
      payload: { text: 'First', clientId: randomUUID() },
    });
    await soon(() => reader.events.at(-1)).toMatchObject({ type: 'message.created', meetingCode: meeting.code });
  });

  it('keeps the connection alive with a comment every 15 s', async () => {
    const { member } = await scene();
    const reader = await listen(member);
    await soon(() => reader.text).toMatch(/:\n\n$/);
    const beats = () => reader.text.split('\n').filter((line) => line === ':').length;
    for (let beat = 1; beat <= 3; beat += 1) {
      expect(beats()).toBe(beat);
      await server.clock.advance(15_000);
      await soon(beats).toBe(beat + 1);
    }
    expect(reader.events).toEqual([]);
  });

  it('ends with the session: signed out, expired, or deleted without an event', async () => {
    const { member } = await scene();
    const leaving = await newPerson(server);
    const bystander = await listen(member);
    const signedOut = await listen(leaving);
    const path = '/v1/sessions/current';
    const { headers } = leaving;
    const signOut = await server.api.fastify.inject({
      method: 'DELETE',
      url: path,
      headers,
      remoteAddress: newAddress(),
    });
    expect(signOut.statusCode).toBe(204);
    await soon(() => signedOut.ended).toBe('end');

    const everywhere = await newPerson(server);
    const one = await listen(everywhere);
    await server.cluster.bus.publish(userTopic(everywhere.userId), { type: 'session.ended' });
    await server.cluster.bus.publish(userTopic(everywhere.userId), { type: 'session.ended', sessionId: randomUUID() });
    await soon(() => one.text).toMatch(/:\n\n:\n\n$/);
    await server.queries.delete(sessions).where(eq(sessions.userId, everywhere.userId));
    await server.cluster.bus.publish(userTopic(everywhere.userId), { type: 'session.ended' });
    await soon(() => one.ended).toBe('end');

    const forgotten = await newPerson(server);
    const silent = await listen(forgotten);
    await soon(() => silent.text).toMatch(/:\n\n$/);
    await server.queries.delete(sessions).where(eq(sessions.id, forgotten.sessionId));
    await server.clock.advance(15_000);
    await soon(() => silent.ended).toBe('end');

    const short = await newPerson(server);
    const expiresAt = new Date(server.clock.date() + 5000);
    await server.queries.update(sessions).set({ expiresAt }).where(eq(sessions.id, short.sessionId));
    const expiring = await listen(short);
    await soon(() => expiring.text).toMatch(/:\n\n$/);
    await server.clock.advance(4999);
    expect(expiring.ended).toBeUndefined();
    await server.clock.advance(1);
    await soon(() => expiring.ended).toBe('end');
    expect(bystander.ended).toBeUndefined();
  });

  it('is open ten times for a user, and again when one has closed', async () => {
    const { member, host } = await scene();
    const open: Reader[] = [];
    for (let count = 0; count < 10; count += 1) open.push(await listen(member));
    expect(open.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await listen(member)).status).toBe(429);
    expect((await listen(host)).status).toBe(200);
    open[0]?.stop();
    await soon(async () => (await listen(member)).status).toBe(200);
  });

  it('disconnects a reader that does not read, instead of buffering everything', async () => {
    const { meeting, member, host } = await scene();
    const reader = await listen(host);
    const { server: http } = server.api.fastify;
    const accepted = once(http, 'connection');
    const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${member.headers.authorization}\r\n\r\n`);
    const [serverSide] = (await accepted) as [Socket];
    await soon(() => serverSide.bytesWritten).toBeGreaterThan(0);
    const { message } = (await send(host, meeting)).json();
    const event: MeetingEvent = { type: 'message.created', message: { ...message, text: 'x'.repeat(4000) } };
    // The kernel's buffers on both sides take some megabytes; an active reader gets all of it.
    const rounds = 200;
    for (let round = 0; round < rounds; round += 1) {
      for (let count = 0; count < 20; count += 1) await announce(meeting, event);
      await soon(() => reader.events.length).toBe((round + 1) * 20 + 1);
    }
    await soon(() => serverSide.destroyed).toBe(true);
    socket.destroy();
    expect(reader.ended).toBeUndefined();
  });

  it(
    'ends when the server closes, and does not delay it',
    async () => {
      const closing = await startServer();
      const person = await newPerson(closing);
      const reader = await listen(person, await closing.api.fastify.listen({ host: '127.0.0.1', port: 0 }));
      await closing.close();
      await soon(() => reader.ended).toBeDefined();
    },
    STARTING,
  );

  it('is in the OpenAPI document with its events', async () => {
    const document = (await server.api.fastify.inject('/docs/json')).json();
    const { responses } = document.paths['/v1/events'].get;
    expect(JSON.stringify(responses['200'].content['text/event-stream'].schema)).toContain('message.created');
  });
});

const membership = (meeting: MeetingRow, userId: string) =>
  and(eq(members.meetingId, meeting.id), eq(members.userId, userId));

/** Opening streams takes a few queries each, on machines that may be busy. */
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000, interval: 5 });
