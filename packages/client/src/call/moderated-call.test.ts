// Beyond 400 lines because admission, restriction and removal share one scripted Server API; split,
// each part would set that up anew.
import type { MeetingEvent, RoomChange } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer, LOSE } from '../../test/fake-server.js';
import { admitted, meeting } from '../../test/meeting.js';
import type { JoinOptions, TokenJoinOptions } from '../api/join-options.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

let requests: { method: string; path: string; token: string | null; body: unknown }[] = [];
let answers: Record<string, () => Response | Promise<Response>> = {};

beforeEach(() => {
  vi.useFakeTimers();
  requests = [];
  answers = { 'POST /v1/meetings/abc-defg-hjk/join': () => Response.json(admitted) };
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const path = url.pathname + url.search;
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    requests.push({ method: init.method!, path, token: headers.get('authorization'), body });
    init.signal?.throwIfAborted();
    const answer = answers[`${init.method} ${path}`];
    return answer ? answer() : new Response(null, { status: 204 });
  });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const tracks = [
  { track: track('audio'), source: 'microphone' as const },
  { track: track('video'), source: 'camera' as const },
];

async function enter(options: Partial<JoinOptions> = {}, server = new FakeServer()) {
  const device = new FakeDevice();
  const joining = joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', tracks, ...options },
    { device, openSocket: server.openSocket },
  ) as Promise<LiveCall>;
  joining.catch(() => {});
  await settle();
  const call = await joining;
  const events: string[] = [];
  call.on('local.muted', ({ source }) => events.push(`muted ${source}`));
  call.on('grants', ({ publish }) => events.push(`grants ${publish}`));
  call.on('closed', (reason) => events.push(`closed ${reason}`));
  await settle();
  return { server, device, call, events };
}

function own(server: FakeServer, source: string) {
  const me = server.room.participants.find(({ id }) => id === server.me)!;
  return me.producers.find((producer) => producer.source === source);
}

function pause(server: FakeServer, source: string, paused = true): RoomChange {
  return { type: 'producer.updated', participantId: server.me, producerId: own(server, source)!.id, paused };
}

describe('R7: muted by a moderator', () => {
  it('shows as muted, sends nothing, and starts again when its owner unmutes', async () => {
    const { server, call, device, events } = await enter();
    const microphone = call.local.publication('microphone')!;
    server.change(pause(server, 'microphone'));
    await settle();
    expect(microphone.muted).toBe(true);
    expect(device.sending.senders[0]?.track).toBeNull();
    expect(tracks[0]!.track.readyState).toBe('live');
    expect(events).toEqual(['muted microphone']);
    await microphone.unmute();
    expect(own(server, 'microphone')?.paused).toBe(false);
    expect(device.sending.senders[0]?.track).toBe(tracks[0]!.track);
    await call.leave();
  });

  it('is never confused with this side’s own requests, however fast they are', async () => {
    const { server, call, events } = await enter();
    const microphone = call.local.publication('microphone')!;
    for (let i = 0; i < 3; i++) {
      const muting = microphone.mute();
      await settle();
      await Promise.all([muting, microphone.unmute()]);
    }
    expect(events).toEqual([]);
    // The moderator's request is the first, and this side's own one changes nothing any more.
    server.overrides['producer.pause'] = () => ({});
    const muting = microphone.mute();
    server.change(pause(server, 'microphone'));
    await muting;
    server.overrides = {};
    await microphone.unmute();
    expect(events).toEqual([]);
    server.change(pause(server, 'microphone'));
    expect(events).toEqual(['muted microphone']);
    await call.leave();
  });

  it('is kept when it arrives with the answer to unmuting', async () => {
    const { server, call, events } = await enter();
    const microphone = call.local.publication('microphone')!;
    await microphone.mute();
    server.overrides['producer.resume'] = () => {
      server.change(pause(server, 'microphone', false));
      server.change(pause(server, 'microphone'));
      return {};
    };
    await microphone.unmute();
    expect(events).toEqual(['muted microphone']);
    expect(microphone.muted).toBe(true);
    await settle();
    expect(server.log.filter((entry) => entry.startsWith('producer.pause'))).toHaveLength(1);
    await call.leave();
  });

  it('is noticed after a request of this side that was lost', async () => {
    const { server, call, events } = await enter();
    const microphone = call.local.publication('microphone')!;
    server.overrides['producer.pause'] = () => LOSE;
    const muting = microphone.mute();
    await settle();
    const unmuting = microphone.unmute();
    await vi.advanceTimersByTimeAsync(9_000);
    await Promise.all([muting, unmuting]);
    server.overrides = {};
    expect(server.log.filter((entry) => entry === 'sync')).toHaveLength(1);
    server.change(pause(server, 'microphone'));
    await settle();
    expect([microphone.muted, ...events]).toEqual([true, 'muted microphone']);
    await call.leave();
  });

  it('is kept when it happened while this side was disconnected, and before it knew its producer', async () => {
    const { server, call, events } = await enter({ tracks: [] });
    server.overrides.produce = ({ source, kind }) => {
      const producer = { id: 'new', kind: kind as 'audio', source: source as 'microphone', paused: false };
      server.change({ type: 'producer.added', participantId: 'me', producer: { ...producer, mediaNodeId: 'node-1' } });
      server.change(pause(server, 'microphone'));
      return { producerId: 'new' };
    };
    const publication = await call.publish(tracks[0]!.track, { source: 'microphone' });
    await settle();
    expect([publication.muted, ...events]).toEqual([true, 'muted microphone']);
    await publication.unmute();
    server.cut();
    server.change(pause(server, 'microphone'), false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(publication.muted).toBe(true);
    expect(own(server, 'microphone')?.paused).toBe(true);
    expect(events).toEqual(['muted microphone', 'muted microphone']);
    await call.leave();
  });
});

describe('R7: other grants', () => {
  it('end the publications without a grant, and no others', async () => {
    const { server, call, device, events } = await enter();
    const camera = call.local.publication('camera')!;
    const before = device.open;
    const { id } = own(server, 'camera')!;
    const grants = { ...server.grants, publish: ['microphone' as const] };
    server.send('grants', grants);
    server.change({ type: 'producer.removed', participantId: 'me', producerId: id });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.grants).toEqual(grants);
    expect(call.local.publications.map(({ source }) => source)).toEqual(['microphone']);
    await expect(camera.unmute()).rejects.toMatchObject({ code: 'producer.not_found' });
    expect(device.open).toEqual(before);
    expect(tracks[1]!.track.readyState).toBe('live');
    expect(server.log.filter((entry) => entry === 'produce camera')).toHaveLength(1);
    expect(events).toEqual(['grants microphone']);
    await call.leave();
  });

  it('without receiving drop every track, and request them again when it is granted again', async () => {
    const server = new FakeServer();
    server.join('ada', ['camera', 'node-1']);
    const { call, device } = await enter({}, server);
    const { id } = device.receiving;
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    server.send('grants', { ...server.grants, subscribe: false });
    server.loseMediaNode('node-1');
    server.send('transport.closed', { transportId: id, reason: 'not-granted' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.participants[0]?.publication('camera')?.track).toBeUndefined();
    expect(server.log.filter((entry) => entry === 'transport.open node-1')).toHaveLength(1);
    await expect(call.participants[0]!.subscribe()).rejects.toMatchObject({ code: 'permission.denied' });
    server.send('grants', server.grants);
    await settle();
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });

  it('are taken from the answer after a time without a socket', async () => {
    const { server, call, events } = await enter();
    server.cut();
    server.grants = { ...server.grants, publish: ['camera'], moderate: true };
    server.change({ type: 'producer.removed', participantId: 'me', producerId: own(server, 'microphone')!.id });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.grants.moderate).toBe(true);
    expect(call.local.publications.map(({ source }) => source)).toEqual(['camera']);
    expect(events).toEqual(['grants camera']);
    await call.leave();
  });
});

describe('R8: removed', () => {
  it.each(['kicked', 'waiting-room', 'room-closed'] as const)(
    'ends with the reason and does not rejoin (%s)',
    async (reason) => {
      const { server, call, events } = await enter();
      server.send('ended', { reason });
      await vi.advanceTimersByTimeAsync(60_000);
      expect([call.closeReason, ...events]).toEqual([reason, `closed ${reason}`]);
      expect(requests).toHaveLength(1);
    },
  );

  it('while it was disconnected: does not rejoin by itself', async () => {
    const { server, call } = await enter();
    server.overrides.resume = (_, { listener }) => {
      listener.message({ name: 'ended', data: { reason: 'kicked' } });
      throw coded('session.expired');
    };
    server.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.closeReason).toBe('kicked');
    expect(requests).toHaveLength(1);
  });
});

describe('the waiting room', () => {
  const waiting = () =>
    Response.json({ status: 'waiting', admissionToken: 'let-me-in', participantId: 'me', meeting }, { status: 202 });
  const still = () => Response.json({ status: 'waiting' });
  const join = 'POST /v1/meetings/abc-defg-hjk/join';
  const current = 'GET /v1/admissions/current';

  it('is waited in until a moderator admits the participant, over a network that fails and recovers', async () => {
    let requested = 0;
    answers[join] = waiting;
    answers[current] = () => {
      requested += 1;
      if (requested === 1) return still();
      if (requested === 2) throw new TypeError('fetch failed');
      if (requested === 3) return new Response('', { status: 502 });
      return Response.json(admitted);
    };
    const onWaiting = vi.fn();
    const entering = enter({ onWaiting });
    await vi.advanceTimersByTimeAsync(5_000);
    const { call } = await entering;
    expect(onWaiting).toHaveBeenCalledOnce();
    expect(requests.slice(1).map(({ token }) => token)).toEqual(Array(4).fill('Bearer let-me-in'));
    await call.leave();
  });

  it('can be left', async () => {
    answers[join] = waiting;
    answers[current] = still;
    const leaving = new AbortController();
    const entering = enter({ signal: leaving.signal }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(2_500);
    leaving.abort('enough');
    expect(await entering).toBe('enough');
    expect(requests.slice(4)).toMatchObject([
      { method: 'DELETE', path: '/v1/admissions/current', token: 'Bearer let-me-in' },
    ]);
    expect(requests).toHaveLength(5);
  });

  it('rejects when a moderator refuses', async () => {
    answers[join] = waiting;
    answers[current] = () => Response.json({ status: 'denied' });
    await expect(enter()).rejects.toMatchObject({ code: 'permission.denied' });
  });

  it('is not waited in twice when the token was spent on the way', async () => {
    answers[join] = waiting;
    answers[current] = () => Response.json(admitted);
    const server = new FakeServer();
    let refusals = 1;
    server.overrides.join = () => {
      if (refusals-- > 0) throw coded('token.used');
      return server.joined();
    };
    const entering = enter({}, server);
    await vi.advanceTimersByTimeAsync(1_000);
    await (await entering).call.leave();
    expect(requests.map(({ path }) => path)).toEqual([
      '/v1/meetings/abc-defg-hjk/join',
      '/v1/admissions/current',
      '/v1/admissions/current',
    ]);
  });
});

describe('a join token from elsewhere', () => {
  const enterWith = async (joinToken: TokenJoinOptions['joinToken'], server = new FakeServer()) => {
    const openSocket = vi.fn(server.openSocket);
    const options = { code: 'abc-defg-hjk', joinToken };
    const joining = joinWith(options, { device: new FakeDevice(), openSocket }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(2_000);
    return { server, openSocket, joined: await joining };
  };

  it('needs no REST call', async () => {
    const { joined, openSocket } = await enterWith({ token: 't', signalling: ['https://ws.example.org'], title: 'T' });
    const call = joined as LiveCall;
    expect([call.title, requests.length, openSocket.mock.calls[0]![0]]).toEqual(['T', 0, 'https://ws.example.org']);
    await call.leave();
  });

  it.each(['token.used', 'token.expired'] as const)(
    'that is refused (%s) is retried once, no more often',
    async (code) => {
      const server = new FakeServer();
      server.overrides.join = () => {
        throw coded(code);
      };
      const again = vi.fn(async () => ({ token: 't', signalling: [''] }));
      const { joined } = await enterWith(again, server);
      expect(joined).toMatchObject({ code });
      expect(again).toHaveBeenCalledTimes(2);
    },
  );

  it('that is spent ends the call when joining afresh would need another one', async () => {
    const { joined, server } = await enterWith({ token: 't', signalling: [''] });
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    server.overrides.join = () => {
      throw coded('token.used');
    };
    server.cut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect((joined as LiveCall).closeReason).toBe('expired');
  });
});

describe('chat and moderation', () => {
  const message = {
    id: 'b2c7b0a8-6f0e-4b6e-9a3c-0a4ea7a3d0c1',
    seq: 7,
    clientId: 'c',
    author: { userId: null, participantId: 'me', name: 'Me', avatarUrl: null },
    text: 'Hello',
    createdAt: '2026-11-22T12:00:00Z',
    editedAt: null,
    deletedAt: null,
  };
  const of = 'abc-defg-hjk';

  it('emits the events of the meeting', async () => {
    const { server, call } = await enter();
    const events: MeetingEvent[] = [];
    call.on('meeting', (event) => events.push(event));
    server.send('meeting', { type: 'message.created', message });
    server.send('meeting', { type: 'meeting.updated', meeting: { ...meeting, title: 'Monthly' } });
    expect(events.map(({ type }) => type)).toEqual(['message.created', 'meeting.updated']);
    expect(call.title).toBe('Monthly');
    await call.leave();
  });

  it('sends requests in the name of the participant, or of the user', async () => {
    answers[`POST /v1/meetings/${of}/messages`] = () => Response.json({ message }, { status: 201 });
    answers[`GET /v1/meetings/${of}/messages?before=7&limit=10`] = () =>
      Response.json({ items: [message], more: false, lastSeq: 7 });
    answers[`GET /v1/meetings/${of}/messages`] = () => Response.json({ items: [], more: false, lastSeq: 7 });
    answers[`PATCH /v1/meetings/${of}/messages/${message.id}`] = () => Response.json({ message });
    const { call } = await enter();
    requests = [];
    expect(await call.chat.send('Hello')).toEqual(message);
    expect((await call.chat.list({ before: 7, limit: 10 })).items).toEqual([message]);
    await call.chat.list();
    await call.chat.edit(message.id, 'Hi');
    await call.chat.delete(message.id);
    await call.chat.markRead(7);
    expect(requests.map(({ method, path, body }) => ({ method, path, body })).slice(3)).toEqual([
      { method: 'PATCH', path: `/v1/meetings/${of}/messages/${message.id}`, body: { text: 'Hi' } },
      { method: 'DELETE', path: `/v1/meetings/${of}/messages/${message.id}`, body: undefined },
      { method: 'PUT', path: `/v1/meetings/${of}/read`, body: { seq: 7 } },
    ]);
    expect(new Set(requests.map(({ token }) => token))).toEqual(new Set(['Bearer resume-1']));
    await call.leave();

    let count = 0;
    const server = new FakeServer();
    const { call: mine } = await enter({ accessToken: () => `access-${++count}` }, server);
    requests = [];
    // A user who is no member has rights as a participant alone.
    await mine.chat.markRead(8);
    server.change({ type: 'participant.updated', participantId: 'me', role: 'member' });
    await mine.chat.markRead(8);
    expect(requests.map(({ token }) => token)).toEqual(['Bearer resume-1', 'Bearer access-2']);
    await mine.leave();
  });

  it('a message whose answer was lost is sent again as the same message', async () => {
    let lost = 1;
    answers[`POST /v1/meetings/${of}/messages`] = () => {
      if (lost-- > 0) throw new TypeError('fetch failed');
      return Response.json({ message });
    };
    const { call } = await enter();
    requests = [];
    const sending = call.chat.send('Hello');
    await vi.advanceTimersByTimeAsync(1_000);
    await sending;
    const ids = requests.map(({ body }) => (body as { clientId: string }).clientId);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    await call.leave();
  });

  it('a message is sent under the id of its earlier attempt', async () => {
    answers[`POST /v1/meetings/${of}/messages`] = () => Response.json({ message });
    const { call } = await enter();
    requests = [];
    const clientId = '7b0c7ab5-59f5-4d0e-9a26-54b1b0a1f0c3';
    await call.chat.send('Hello', { clientId });
    expect(requests[0]?.body).toEqual({ text: 'Hello', clientId });
    await call.leave();
  });

  it('the meeting is read and changed in the participant’s name', async () => {
    answers[`GET /v1/meetings/${of}`] = () => Response.json({ meeting });
    answers[`PATCH /v1/meetings/${of}`] = () => Response.json({ meeting: { ...meeting, locked: true } });
    answers[`PUT /v1/meetings/${of}/password`] = () =>
      Response.json({ meeting: { ...meeting, passwordRequired: true } });
    answers[`DELETE /v1/meetings/${of}/password`] = () => Response.json({ meeting });
    const { call } = await enter();
    requests = [];
    expect(await call.meeting()).toEqual(meeting);
    expect((await call.moderation.updateMeeting({ locked: true, settings: { chat: 'members' } })).locked).toBe(true);
    expect((await call.moderation.setPassword('correct horse')).passwordRequired).toBe(true);
    expect(await call.moderation.setPassword(null)).toEqual(meeting);
    expect(requests.map(({ method, path, body }) => [method, path.slice(25), body])).toEqual([
      ['GET', '', undefined],
      ['PATCH', '', { locked: true, settings: { chat: 'members' } }],
      ['PUT', '/password', { password: 'correct horse' }],
      ['DELETE', '/password', undefined],
    ]);
    expect(new Set(requests.map(({ token }) => token)).size).toBe(1);
    expect(requests[0]?.token).toMatch(/^Bearer ./);
    await call.leave();
  });

  it('stream keys are created, listed page by page and deleted in the participant’s name', async () => {
    const key = (id: string) => ({
      ...{ id: `${id}0000000-0000-4000-8000-000000000000`, name: 'Stage', use: 'publish', source: 'camera' },
      ...{ createdAt: '2026-11-22T12:00:00Z', expiresAt: '2026-12-22T12:00:00Z', lastUsedAt: null },
    });
    answers[`GET /v1/meetings/${of}/stream-keys`] = () => Response.json({ items: [key('1')], nextCursor: 'next' });
    answers[`GET /v1/meetings/${of}/stream-keys?cursor=next`] = () =>
      Response.json({ items: [key('2')], nextCursor: null });
    answers[`POST /v1/meetings/${of}/stream-keys`] = () =>
      Response.json({ streamKey: key('3'), secret: 'wbs_secret' }, { status: 201 });
    const { call } = await enter();
    const { moderation } = call;
    requests = [];
    expect((await moderation.streamKeys()).map(({ id }) => id[0])).toEqual(['1', '2']);
    const { streamKey, secret } = await moderation.createStreamKey({ name: 'Stage', source: 'screen' });
    expect([streamKey.id, secret]).toEqual([key('3').id, 'wbs_secret']);
    await moderation.deleteStreamKey(streamKey.id);
    expect(requests.slice(2).map(({ method, path, body }) => [method, path.slice(26), body])).toEqual([
      ['POST', 'stream-keys', { name: 'Stage', source: 'screen' }],
      ['DELETE', `stream-keys/${streamKey.id}`, undefined],
    ]);
    await call.leave();
  });

  it('members get roles, links and bans are managed, and the host archives', async () => {
    const member = (role: string) => ({
      ...{ id: '10000000-0000-4000-8000-000000000000', user: null, email: 'ben@example.org', role },
      ...{ state: 'invited', createdAt: '2026-11-22T12:00:00Z' },
    });
    const ban = {
      ...{ id: '20000000-0000-4000-8000-000000000000', userId: null, name: 'Eve', reason: null },
      ...{ bannedBy: null, createdAt: '2026-11-22T12:00:00Z' },
    };
    const link = {
      ...{ id: '30000000-0000-4000-8000-000000000000', role: 'member', uses: 0, maxUses: null },
      ...{ expiresAt: '2026-11-29T12:00:00Z', createdAt: '2026-11-22T12:00:00Z' },
    };
    const at = `/v1/meetings/${of}`;
    answers[`GET ${at}/members`] = () => Response.json({ items: [member('member')], nextCursor: null });
    answers[`PATCH ${at}/members/${member('').id}`] = () => Response.json({ member: member('moderator') });
    answers[`POST ${at}/invite-links`] = () => Response.json({ link, invitationToken: 'secret' }, { status: 201 });
    answers[`GET ${at}/bans`] = () => Response.json({ items: [ban], nextCursor: null });
    answers[`POST ${at}/archive`] = () => Response.json({ meeting });
    const { call } = await enter();
    const { moderation } = call;
    requests = [];
    const [invited] = await moderation.members();
    expect((await moderation.setRole(invited!.id, 'moderator')).role).toBe('moderator');
    await moderation.removeMember(invited!.id);
    expect(await moderation.createInviteLink('member')).toBe('secret');
    const [banned] = await moderation.bans();
    await moderation.liftBan(banned!.id);
    expect((await moderation.archive()).code).toBe(meeting.code);
    expect(requests.map(({ method, path, body }) => [method, path.slice(at.length), body])).toEqual([
      ['GET', '/members', undefined],
      ['PATCH', `/members/${invited!.id}`, { role: 'moderator' }],
      ['DELETE', `/members/${invited!.id}`, undefined],
      ['POST', '/invite-links', { role: 'member' }],
      ['GET', '/bans', undefined],
      ['DELETE', `/bans/${ban.id}`, undefined],
      ['POST', '/archive', undefined],
    ]);
    await call.leave();
  });

  it('moderates', async () => {
    const since = '2026-11-22T12:00:00Z';
    const page = (name: string, nextCursor: string | null) => () =>
      Response.json({ items: [{ id: name, name, userId: null, since }], nextCursor });
    answers[`GET /v1/meetings/${of}/waiting`] = page('ada', 'next');
    answers[`GET /v1/meetings/${of}/waiting?cursor=next`] = page('ben', null);
    answers[`POST /v1/meetings/${of}/participants/ada/kick`] = () =>
      Response.json({ type: 'about:blank', title: 'No', status: 403, code: 'permission.denied' }, { status: 403 });
    const { call } = await enter();
    const { moderation } = call;
    requests = [];
    await moderation.mute('ada');
    await moderation.stopVideo('ada', 'screen');
    await expect(moderation.remove('ada')).rejects.toMatchObject({ code: 'permission.denied' });
    await moderation.ban('ada');
    await moderation.ban('ada', 'noise');
    await moderation.moveToWaitingRoom('ada');
    await moderation.admit('ben');
    await moderation.deny('ben');
    expect((await moderation.waiting()).map(({ name }) => name)).toEqual(['ada', 'ben']);
    expect(requests.slice(0, 8).map(({ method, path, body }) => [method, path.slice(26), body])).toEqual([
      ['POST', 'participants/ada/mute', { source: 'microphone' }],
      ['POST', 'participants/ada/stop-video', { source: 'screen' }],
      ['POST', 'participants/ada/kick', undefined],
      ['POST', 'participants/ada/ban', undefined],
      ['POST', 'participants/ada/ban', { reason: 'noise' }],
      ['POST', 'participants/ada/waiting-room', undefined],
      ['POST', 'waiting/ben/admit', undefined],
      ['POST', 'waiting/ben/deny', undefined],
    ]);
    await call.leave();
  });
});

it('never puts a token where it could be shown', async () => {
  answers['POST /v1/meetings/abc-defg-hjk/join'] = () => {
    throw new TypeError('fetch failed');
  };
  const entering = enter({ accessToken: 'very-secret', hostToken: 'very-secret' }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(5_000);
  const failure = (await entering) as Error;
  expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toContain('secret');
  expect(requests.map(({ path }) => path).join()).not.toContain('secret');
});
