import { type Breakouts, breakoutRoomId, type RoomSnapshot } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { admitted } from '../../test/meeting.js';
import { joinWith } from '../join.js';
import { breakoutsOf } from '../meeting/breakouts-of.js';

let requests: { path: string; token: string | null; body: unknown }[] = [];
/** Codes of refusals to come. */
let refusals: string[] = [];
/** As Server API knows them. */
let areOpen = true;

const ROOM = '0123456789ab';
const roomId = breakoutRoomId('room', ROOM);
const breakouts: Breakouts = {
  rooms: [{ id: ROOM, name: 'One' }],
  choice: false,
  openedAt: '2026-11-22T12:00:00.000Z',
  endsAt: null,
  now: '2026-11-22T12:00:00.000Z',
};

beforeEach(() => {
  vi.useFakeTimers();
  requests = [];
  refusals = [];
  areOpen = true;
  vi.stubGlobal('fetch', vi.fn(answer));
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function answer(...[input, init = {}]: Parameters<typeof fetch>): Promise<Response> {
  const url = new URL(String(input));
  const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
  const path = url.pathname.replace('/v1/meetings/abc-defg-hjk', '');
  requests.push({ path, token: new Headers(init.headers).get('authorization'), body });
  const code = refusals.shift();
  if (code) return Response.json({ type: 'about:blank', title: code, status: 403, code }, { status: 403 });
  if (path === '/join') return Response.json({ ...admitted, ...(areOpen && { breakouts }) });
  if (path === '/breakouts/enter') return Response.json({ ...admitted, breakoutToken: 'back' });
  return new Response(null, { status: 204 });
}

async function enter(more: { breakoutToken?: string } = {}) {
  const server = new FakeServer();
  server.room = { ...server.room, roomId: 'room' };
  const call = await joinWith(
    {
      ...{ server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', accessToken: 'user', ...more },
      tracks: [{ track: track('audio'), source: 'microphone', muted: true }],
    },
    { device: new FakeDevice(), openSocket: server.openSocket },
  );
  await vi.advanceTimersByTimeAsync(0);
  return { server, call };
}

/** The next join leads into this room, with the same participant. */
function openRoom(server: FakeServer, id: string): void {
  const room: RoomSnapshot = { roomId: id, version: 1, participants: [] };
  server.overrides.join = () => {
    server.room = room;
    server.overrides = {};
    return server.joined();
  };
}

describe('going to another room', () => {
  it('joins it before it leaves the former one, and publishes the same tracks, still muted', async () => {
    const { server, call } = await enter();
    expect(call.breakouts?.rooms).toEqual(breakouts.rooms);
    server.join('ada');
    const left: string[] = [];
    const rooms: (string | undefined)[] = [];
    call.on('participant.left', ({ id }) => left.push(id));
    call.on('room', (id) => rooms.push(id));
    const microphone = call.local.publication('microphone')!;
    server.log.length = 0;
    openRoom(server, roomId);
    await call.moveTo(ROOM);
    await vi.advanceTimersByTimeAsync(0);
    expect(requests.at(-1)).toEqual({ path: '/breakouts/enter', token: 'Bearer resume-1', body: { breakoutId: ROOM } });
    expect(server.log.filter((name) => /^(open|join|leave)/.test(name)).map((name) => name.split(' ')[0])).toEqual([
      'open',
      'join',
      'leave',
    ]);
    expect(server.sockets.map(({ open }) => open)).toEqual([false, true]);
    expect([call.breakoutId, call.connection, call.breakoutToken]).toEqual([ROOM, 'connected', 'back']);
    expect(rooms).toEqual([ROOM]);
    expect(left).toEqual(['ada']);
    expect(call.local.publication('microphone')).toBe(microphone);
    const own = server.room.participants.find(({ id }) => id === server.me)?.producers;
    expect(own).toMatchObject([{ source: 'microphone', paused: true }]);

    // Events of the former room are none of this one; a participant that expires comes back here.
    openRoom(server, roomId);
    server.send('ended', { reason: 'expired' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(requests.at(-1)).toMatchObject({ path: '/join', body: { breakoutToken: 'back' } });
    expect(call.breakoutId).toBe(ROOM);
    await call.leave();
  });

  it('stays where it is when the room is refused, or while the connection is being restored', async () => {
    const { server, call } = await enter();
    refusals = ['permission.denied'];
    await expect(call.moveTo(ROOM)).rejects.toMatchObject({ code: 'permission.denied' });
    expect([call.breakoutId, call.connection]).toEqual([undefined, 'connected']);
    await call.raiseHand();
    server.reachable = false;
    server.cut();
    await expect(call.moveTo(ROOM)).rejects.toMatchObject({ code: 'network.unreachable' });
    await call.leave();
  });

  it('goes once, also where two things lead there at the same moment', async () => {
    const { server, call } = await enter();
    openRoom(server, roomId);
    requests.length = 0;
    const first = call.moveTo(ROOM);
    await expect(call.moveTo(ROOM)).rejects.toMatchObject({ code: 'network.unreachable' });
    await first;
    await vi.advanceTimersByTimeAsync(0);
    // Another token would have used up the one of the first.
    expect(requests.filter(({ path }) => path === '/breakouts/enter')).toHaveLength(1);
    expect([call.breakoutId, call.connection, server.sockets.map(({ open }) => open)]).toEqual([
      ROOM,
      'connected',
      [false, true],
    ]);
    await call.leave();
  });

  it('goes to the main room once it reaches Server API again, when the room was closed meanwhile', async () => {
    const { server, call } = await enter();
    openRoom(server, roomId);
    await call.moveTo(ROOM);
    const closed = vi.fn();
    call.on('closed', closed);
    areOpen = false;
    server.send('meeting', { type: 'breakouts.changed', breakouts: null });
    // No request arrives, from the end of the rooms until after the removal of those still in them.
    vi.mocked(fetch).mockRejectedValue(new TypeError('Failed to fetch'));
    await expect(call.moveTo(null)).rejects.toMatchObject({ code: 'network.unreachable' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(call.connection).toBe('connected');
    server.send('ended', { reason: 'expired' });
    openRoom(server, 'room');
    await vi.advanceTimersByTimeAsync(20_000);
    expect([call.connection, call.breakoutId]).toEqual(['reconnecting', ROOM]);
    vi.mocked(fetch).mockImplementation(answer);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([call.connection, call.breakoutId, call.breakouts?.rooms]).toEqual(['connected', undefined, undefined]);
    expect(closed).not.toHaveBeenCalled();
    await call.leave();
  });

  it('reports the end of the meeting when the meeting has ended meanwhile', async () => {
    const { server, call } = await enter();
    openRoom(server, roomId);
    await call.moveTo(ROOM);
    refusals = ['meeting.archived'];
    server.send('ended', { reason: 'expired' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(call.closeReason).toBe('room-closed');
  });

  it('comes back into the room of the page before a reload', async () => {
    const { call } = await enter({ breakoutToken: 'before' });
    expect(requests[0]).toMatchObject({ path: '/join', body: { breakoutToken: 'before' } });
    await call.leave();
  });

  it('follows the rooms by events, and asks for help as the participant', async () => {
    const { server, call } = await enter();
    server.send('meeting', { type: 'breakouts.changed', breakouts: null });
    expect(call.breakouts).toBeUndefined();
    server.send('meeting', { type: 'breakouts.changed', breakouts });
    expect(call.breakouts).toEqual(breakouts);
    await breakoutsOf(call).askForHelp();
    expect(requests.at(-1)).toMatchObject({ path: '/breakouts/help', token: 'Bearer resume-1' });
    await call.leave();
  });
});
