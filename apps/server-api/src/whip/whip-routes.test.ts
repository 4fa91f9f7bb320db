import {
  CodedError,
  type Grants,
  JOIN_TOKEN_AUDIENCE,
  ROOM_COMMAND,
  type RoomCommand,
  type WhipBody,
} from '@waterbus/protocol';
import type { Tracer } from '@waterbus/telemetry';
import { eq } from 'drizzle-orm';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newMeeting, newMember, newPerson } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { ApiTokens } from '../access/access-tokens.js';
import { type MeetingRow, meetings } from '../database/schema.js';
import { logOptions } from '../http/log-options.js';

let server: ServerUnderTest;
const lines: Record<string, unknown>[] = [];
const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
const TRACEPARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
const tracer: Tracer = { run: (_span, work) => work(), current: () => TRACEPARENT, record: () => {} };
const node = { refusal: undefined as CodedError | undefined, published: [] as WhipBody<'whep.watch'>[] };

/** Server WS as Server API sees it: it keeps homes, and answers each offer with a fixed text. */
beforeAll(async () => {
  server = await startServer({ logger: pino(logOptions, sink), tracer });
  const { cluster, clock } = server;
  await cluster.nodes.register({ id: 'ws-1', kind: 'ws', draining: false, load: {} });
  const tokens = new ApiTokens(secret, clock);
  const leave = async (roomId: string, participantId: string) => {
    const home = await cluster.rooms.home(roomId, participantId);
    if (!home) throw new CodedError('whip.not_found');
    await cluster.rooms.apply(roomId, { type: 'participant.left', participantId, reason: 'left' }, home);
    return null;
  };
  await cluster.bus.serve('ws-1', async (method, body) => {
    if (node.refusal) throw node.refusal;
    if (method === 'whip.publish' || method === 'whep.watch') {
      const request = body as WhipBody<'whep.watch'>;
      node.published.push(request);
      const claims = tokens.read(request.token, JOIN_TOKEN_AUDIENCE);
      await cluster.rooms.claimHome(String(claims.roomId), String(claims.sub), 'ws-1');
      const iceServers = [{ urls: ['turns:turn.example.org'], username: 'a "name"', credential: 'secret' }];
      return { participantId: claims.sub, answer: 'v=0\r\n', etag: 'ice-1', iceServers };
    }
    if (method === 'whip.patch') {
      const { ifMatch } = body as WhipBody<'whip.patch'>;
      if (ifMatch === '"old"') throw new CodedError('whip.precondition_failed');
      return ifMatch === '*' ? { fragment: 'a=ice-lite\r\n', etag: 'ice-2' } : null;
    }
    const { roomId, participantId } = body as RoomCommand;
    if (method === ROOM_COMMAND || method === 'whip.close') return leave(roomId, participantId);
    throw new CodedError('request.not_found');
  });
}, STARTING);
afterAll(() => server.close());

async function scene() {
  const host = await newPerson(server, { name: 'Host' });
  const meeting = await newMeeting(server, host);
  const created = await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'Encoder' });
  expect(created.statusCode).toBe(201);
  const { secret: key, streamKey } = created.json();
  return { host, meeting, key: key as string, streamKey };
}

const ask = (asker: Asker, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  server.api.fastify.inject({
    ...{ method, url: `/v1/meetings/${url}`, headers: asker.headers, remoteAddress: newAddress() },
    ...(payload ? { payload } : {}),
  });

const whip = (
  key: string | undefined,
  method: 'POST' | 'PATCH' | 'DELETE' | 'GET' | 'PUT' | 'OPTIONS',
  url = '/v1/whip',
  headers: Record<string, string> = { 'content-type': 'application/sdp' },
  payload?: string,
) =>
  server.api.fastify.inject({
    ...{ method, url, remoteAddress: newAddress() },
    headers: { ...headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    ...(payload !== undefined && { payload }),
  });

const publish = (key: string | undefined) =>
  whip(key, 'POST', '/v1/whip', { 'content-type': 'application/sdp' }, 'v=0');
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' };
const inCall = async ({ id }: MeetingRow) => (await server.cluster.rooms.homes(id)).map((home) => home.participantId);

describe('publishing with a stream key', () => {
  it('answers with the session, its ICE session and the ICE servers', async () => {
    const { key, meeting } = await scene();
    const response = await publish(key);
    expect(response.statusCode).toBe(201);
    expect(response.body).toBe('v=0\r\n');
    const [participantId] = await inCall(meeting);
    expect(response.headers).toMatchObject({
      'content-type': 'application/sdp',
      location: `/v1/whip/${participantId}`,
      etag: '"ice-1"',
      link: '<turns:turn.example.org>; rel="ice-server"; username="a \\"name\\""; credential="secret"; credential-type="password"',
    });
    const claims = new ApiTokens(secret, server.clock).read(node.published.at(-1)!.token, JOIN_TOKEN_AUDIENCE);
    const grants: Grants = { publish: ['microphone', 'camera'], subscribe: false, moderate: false, hidden: false };
    expect(claims).toMatchObject({ name: 'Encoder', role: 'guest', roomId: meeting.id, grants });
  });

  it('is logged with the ids of meeting and participant; the join token continues its trace', async () => {
    const { key, meeting } = await scene();
    lines.length = 0;
    expect((await publish(key)).statusCode).toBe(201);
    const [participantId] = await inCall(meeting);
    const ended = lines.find(({ msg }) => msg === 'request completed');
    expect(ended).toMatchObject({ requestId: expect.any(String), meetingId: meeting.id, participantId });
    const { token } = node.published.at(-1)!;
    expect(new ApiTokens(secret, server.clock).read(token, JOIN_TOKEN_AUDIENCE).traceparent).toBe(TRACEPARENT);
    expect(JSON.stringify(lines)).not.toContain(token);
  });

  it('reports the way of the client, without the port of a proxy', async () => {
    const { key } = await scene();
    const from = async (more: Record<string, string>) => {
      const headers = { 'content-type': 'application/sdp', host: 'meet.example.org:8080', ...more };
      expect((await whip(key, 'POST', '/v1/whip', headers, 'v=0')).statusCode).toBe(201);
      const { forwarded, way } = node.published.at(-1)!;
      return { forwarded, way };
    };
    const way = { host: 'meet.example.org', isTls: false };
    expect(await from({})).toEqual({ forwarded: false, way: { ...way, port: 8080 } });
    expect(await from({ 'x-forwarded-for': '192.0.2.1' })).toEqual({ forwarded: true, way });
    expect(await from({ host: 'not a host' })).toEqual({ forwarded: false });
  });

  it('a second session of the key ends the first; another key has its own', async () => {
    const { key, meeting, host } = await scene();
    const first = (await publish(key)).headers.location;
    const second = (await publish(key)).headers.location as string;
    expect(second).not.toBe(first);
    expect(await inCall(meeting)).toEqual([second.split('/').at(-1)]);
    const other = (await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'Slides', source: 'screen' })).json();
    await publish(other.secret);
    expect(await inCall(meeting)).toHaveLength(2);
  });

  it('PATCH needs If-Match; DELETE ends the session, once', async () => {
    const { key, meeting } = await scene();
    const url = (await publish(key)).headers.location as string;
    expectProblem(await whip(key, 'PATCH', url, FRAGMENT, 'a=x'), 'whip.no_precondition');
    expectProblem(
      await whip(key, 'PATCH', url, { ...FRAGMENT, 'if-match': '"old"' }, 'a=x'),
      'whip.precondition_failed',
    );
    expect((await whip(key, 'PATCH', url, { ...FRAGMENT, 'if-match': '"ice-1"' }, 'a=x')).statusCode).toBe(204);
    const restarted = await whip(key, 'PATCH', url, { ...FRAGMENT, 'if-match': '*' }, 'a=x');
    expect([restarted.statusCode, restarted.headers.etag, restarted.body]).toEqual([200, '"ice-2"', 'a=ice-lite\r\n']);
    expect((await whip(key, 'DELETE', url, {})).statusCode).toBe(204);
    expect(await inCall(meeting)).toEqual([]);
    expectProblem(await whip(key, 'DELETE', url, {}), 'whip.not_found');
  });

  it('M2: a session of another key does not exist, an unknown key gets the same answer everywhere', async () => {
    const [one, other] = [await scene(), await scene()];
    const url = (await publish(one.key)).headers.location as string;
    await publish(other.key);
    expectProblem(await whip(other.key, 'DELETE', url, {}), 'whip.not_found');
    expectProblem(await whip(other.key, 'PATCH', url, { ...FRAGMENT, 'if-match': '*' }, 'a=x'), 'whip.not_found');
    for (const key of [undefined, 'unknown', `${one.key}x`, one.meeting.hostToken]) {
      expectProblem(await publish(key), 'token.invalid');
      expectProblem(await whip(key, 'DELETE', url, {}), 'token.invalid');
    }
    expect(await inCall(one.meeting)).toHaveLength(1);
  });

  it('other methods, types and sizes are refused as RFC 9725 has it', async () => {
    const { key } = await scene();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
      const response = await whip(key, method, '/v1/whip', {});
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    }
    expect((await whip(key, 'GET', '/v1/whip/x', {})).statusCode).toBe(405);
    const options = await whip(undefined, 'OPTIONS', '/v1/whip', {});
    expect([options.statusCode, options.headers['accept-post']]).toEqual([204, 'application/sdp']);
    const typed = (type: string, body = 'v=0') => whip(key, 'POST', '/v1/whip', { 'content-type': type }, body);
    expectProblem(await typed('application/json', '{}'), 'request.unsupported_media_type');
    expectProblem(await typed('application/trickle-ice-sdpfrag'), 'request.unsupported_media_type');
    expectProblem(await typed('application/sdp', 'v'.repeat(70_000)), 'request.too_large');
  });
});

describe('watching with a stream key', () => {
  async function watchScene() {
    const { host, meeting, key } = await scene();
    const created = await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'Lobby', use: 'watch' });
    expect(created.json().streamKey).toMatchObject({ name: 'Lobby', use: 'watch', source: null });
    return { host, meeting, publishKey: key, key: created.json().secret as string };
  }
  const SDP = { 'content-type': 'application/sdp' };
  const watch = (key: string, query = '') => whip(key, 'POST', `/v1/whep${query}`, SDP, 'v=0');

  it('admits a guest that receives and publishes nothing, and ends with PATCH and DELETE as WHIP does', async () => {
    const { key, meeting } = await watchScene();
    const response = await watch(key, '?participant=Stage%20left');
    expect(response.statusCode).toBe(201);
    const [participantId] = await inCall(meeting);
    const location = `/v1/whep/${participantId}`;
    expect(response.headers).toMatchObject({ location, etag: '"ice-1"', 'content-type': 'application/sdp' });
    const { token, participant } = node.published.at(-1)!;
    expect(participant).toBe('Stage left');
    const claims = new ApiTokens(secret, server.clock).read(token, JOIN_TOKEN_AUDIENCE);
    const grants: Grants = { publish: [], subscribe: true, moderate: false, hidden: false };
    expect(claims).toMatchObject({ name: 'Lobby', role: 'guest', roomId: meeting.id, grants });
    const restarted = await whip(key, 'PATCH', location, { ...FRAGMENT, 'if-match': '*' }, 'a=x');
    expect([restarted.statusCode, restarted.headers.etag]).toEqual([200, '"ice-2"']);
    expectProblem(await whip(key, 'PATCH', location, FRAGMENT, 'a=x'), 'whip.no_precondition');
    expect((await whip(key, 'DELETE', location, {})).statusCode).toBe(204);
    expect(await inCall(meeting)).toEqual([]);
  });

  it('R7: a key for one is refused for the other, and its sessions do not exist there', async () => {
    const { key, publishKey } = await watchScene();
    expectProblem(await publish(key), 'permission.denied');
    expectProblem(await watch(publishKey), 'permission.denied');
    const location = (await watch(key)).headers.location as string;
    const there = location.replace('/whep/', '/whip/');
    expectProblem(await whip(key, 'DELETE', there, {}), 'whip.not_found');
    expectProblem(await whip(key, 'PATCH', there, { ...FRAGMENT, 'if-match': '*' }, 'a=x'), 'whip.not_found');
    const other = await watchScene();
    expectProblem(await whip(other.key, 'DELETE', location, {}), 'whip.not_found');
    expectProblem(await whip(undefined, 'DELETE', location, {}), 'token.invalid');
  });

  it('R8: deleting the key, a ban and a locked meeting end or refuse it', async () => {
    const { host, meeting, key } = await watchScene();
    await watch(key);
    const [participantId] = await inCall(meeting);
    await ask(host, 'POST', `${meeting.code}/participants/${participantId}/ban`);
    expect(await inCall(meeting)).toEqual([]);
    expectProblem(await watch(key), 'permission.denied');
    const second = (await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'TV', use: 'watch' })).json();
    await watch(second.secret);
    expect((await ask(host, 'DELETE', `${meeting.code}/stream-keys/${second.streamKey.id}`)).statusCode).toBe(204);
    expect(await inCall(meeting)).toEqual([]);
    expectProblem(await watch(second.secret), 'token.invalid');
    const third = (await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'TV', use: 'watch' })).json();
    await server.queries.update(meetings).set({ locked: true }).where(eq(meetings.id, meeting.id));
    expectProblem(await watch(third.secret), 'meeting.locked');
  });

  it('other methods and types are refused, and a key for watching has no source', async () => {
    const { key, host, meeting } = await watchScene();
    const response = await whip(key, 'GET', '/v1/whep', {});
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    const options = await whip(undefined, 'OPTIONS', '/v1/whep', {});
    expect([options.statusCode, options.headers['accept-post']]).toEqual([204, 'application/sdp']);
    expectProblem(await whip(key, 'POST', '/v1/whep', {}, 'v=0'), 'request.unsupported_media_type');
    expectProblem(await whip(key, 'POST', '/v1/whep', SDP, 'v'.repeat(70_000)), 'request.too_large');
    expectProblem(await watch(key, `?participant=${'x'.repeat(200)}`), 'request.invalid');
    const body = { name: 'TV', use: 'watch', source: 'camera' };
    expectProblem(await ask(host, 'POST', `${meeting.code}/stream-keys`, body), 'request.invalid');
  });
});

describe('a stream key', () => {
  it('is created and listed by moderators only, without its secret', async () => {
    const { host, meeting, streamKey, key } = await scene();
    const member = await newPerson(server);
    await newMember(server, meeting, member);
    expectProblem(await ask(member, 'POST', `${meeting.code}/stream-keys`, { name: 'X' }), 'permission.denied');
    await publish(key);
    const listed = await ask(host, 'GET', `${meeting.code}/stream-keys`);
    const lastUsedAt = new Date(server.clock.date()).toISOString();
    expect(listed.json().items).toEqual([{ ...streamKey, lastUsedAt }]);
    expect(listed.body).not.toContain(key);
  });

  it('R8: deleting it removes its participant at once, and invalidates it', async () => {
    const { host, meeting, key, streamKey } = await scene();
    await publish(key);
    const url = `${meeting.code}/stream-keys/${streamKey.id}`;
    expect((await ask(host, 'DELETE', url)).statusCode).toBe(204);
    expect(await inCall(meeting)).toEqual([]);
    expectProblem(await publish(key), 'token.invalid');
    expectProblem(await ask(host, 'DELETE', url), 'stream_key.not_found');
  });

  it('a ban of its participant is a ban of the key, until it is lifted', async () => {
    const { host, meeting, key } = await scene();
    await publish(key);
    const [participantId] = await inCall(meeting);
    const banned = await ask(host, 'POST', `${meeting.code}/participants/${participantId}/ban`);
    expect(await inCall(meeting)).toEqual([]);
    expectProblem(await publish(key), 'permission.denied');
    await ask(host, 'DELETE', `${meeting.code}/bans/${banned.json().ban.id}`);
    expect((await publish(key)).statusCode).toBe(201);
  });

  it('counts neither after its time, nor in a locked or archived meeting', async () => {
    const { host, meeting, key } = await scene();
    const short = (await ask(host, 'POST', `${meeting.code}/stream-keys`, { name: 'Short', expiresIn: 60 })).json();
    const set = (change: Partial<MeetingRow>) =>
      server.queries.update(meetings).set(change).where(eq(meetings.id, meeting.id));
    await set({ locked: true });
    expectProblem(await publish(key), 'meeting.locked');
    await set({ locked: false, archivedAt: new Date() });
    expectProblem(await publish(key), 'meeting.archived');
    await set({ archivedAt: null });
    await server.clock.advance(60_000);
    expectProblem(await publish(short.secret), 'token.expired');
    expect((await publish(key)).statusCode).toBe(201);
  });

  it('R10: while every Server WS drains, the answer is 503 with a time to try again', async () => {
    const { key } = await scene();
    node.refusal = new CodedError('server.draining');
    const response = await publish(key);
    node.refusal = undefined;
    expectProblem(response, 'server.unavailable');
    expect(response.headers['retry-after']).toBe('5');
  });

  it('R4: a Server WS that died a moment ago is passed over', async () => {
    const { key } = await scene();
    const lease = await server.cluster.nodes.register({ id: 'ws-0', kind: 'ws', draining: false, load: {} });
    for (let round = 0; round < 8; round += 1) expect((await publish(key)).statusCode).toBe(201);
    await lease.release();
  });

  it('a refused offer leaves an earlier session of the key in the call', async () => {
    const { key, meeting } = await scene();
    const first = (await publish(key)).headers.location as string;
    node.refusal = new CodedError('sdp.unacceptable', 'nothing in it');
    expectProblem(await publish(key), 'sdp.unacceptable');
    node.refusal = undefined;
    expect(await inCall(meeting)).toEqual([first.split('/').at(-1)]);
    expect((await whip(key, 'DELETE', first, {})).statusCode).toBe(204);
  });
});
