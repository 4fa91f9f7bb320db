import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pass } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { admitted } from '../../test/meeting.js';
import type { JoinOptions } from '../api/join-options.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', async () => Response.json(admitted));
});

afterEach(async () => {
  await vi.advanceTimersByTimeAsync(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function enter(options: Partial<JoinOptions>, prepare: (server: FakeServer) => void) {
  const server = new FakeServer();
  server.opensWithJoin = true;
  const device = new FakeDevice();
  prepare(server);
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', ...options },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  await pass();
  return { server, device, call };
}

const tracks = [
  { track: track('audio'), source: 'microphone' as const },
  { track: track('video'), source: 'camera' as const },
];

const room = (server: FakeServer) => {
  server.join('ada', ['camera', 'node-1'], ['microphone', 'node-1']);
  server.join('ben', ['camera', 'node-2']);
};

function shown(call: LiveCall): number {
  return call.participants.flatMap(({ publications }) => publications).filter(({ track }) => track !== undefined)
    .length;
}

describe('media that are opened with the join', () => {
  it('are used: no further request opens, subscribes or resumes', async () => {
    const { server, call, device } = await enter({ tracks }, room);
    expect(shown(call)).toBe(3);
    expect(call.local.publications.map(({ source }) => source)).toEqual(['microphone', 'camera']);
    expect(server.log.toSorted()).toEqual([
      'join',
      'open',
      'produce camera',
      'produce microphone',
      'transport.connect',
      'transport.connect',
      'transport.connect',
      'transport.credentials',
      'transport.credentials',
      'transport.credentials',
    ]);
    expect(device.open).toHaveLength(3);
  });

  it('do not include sending without tracks, nor receiving without automatic subscription', async () => {
    const silent = await enter({}, room);
    expect(silent.device.open).toHaveLength(2);
    expect(silent.server.log.filter((entry) => entry.startsWith('transport.open'))).toEqual([]);
    const deaf = await enter({ autoSubscribe: false, tracks }, room);
    expect(deaf.device.open).toHaveLength(1);
    expect(shown(deaf.call)).toBe(0);
  });

  it('may be fewer than requested: the client requests the rest', async () => {
    const { server, call } = await enter({ tracks }, (server) => {
      room(server);
      server.overrides.join = (request) => {
        const answer = server.handlers.join!(request, server.socket) as {
          media: { send?: unknown; receive: unknown[] };
        };
        const [first] = answer.media.receive as { mediaNodeId: string; consumers: { producerId: string }[] }[];
        for (const { producerId } of first!.consumers.splice(1)) server.consumers.delete(producerId);
        for (const [producerId] of server.consumers)
          if (producerId.startsWith('ben')) server.consumers.delete(producerId);
        answer.media = { receive: [first] };
        return answer;
      };
    });
    expect(shown(call)).toBe(3);
    expect(server.log).toContain('transport.open send');
    expect(server.log).toContain('transport.open node-2');
    expect(server.log).toContain('subscribe ada');
    expect(server.log).not.toContain('transport.open node-1');
  });

  it('may have ended before they are used: everything is opened afresh', async () => {
    const { server, call, device } = await enter({ tracks }, (server) => {
      room(server);
      server.overrides.join = (request) => {
        const answer = server.handlers.join!(request, server.socket);
        server.transports.clear();
        server.consumers.clear();
        return answer;
      };
      server.overrides['transport.connect'] = ({ transportId }) => {
        if (!server.transports.has(transportId as string)) throw coded('transport.not_found');
      };
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown(call)).toBe(3);
    expect(call.local.publications).toHaveLength(2);
    expect(device.open.length).toBe(3);
    for (const { id } of device.open) expect(server.transports.has(id)).toBe(true);
  });

  it('are used by a participant that must join anew, without requests for the former participant', async () => {
    const { server, call, device } = await enter({ tracks }, room);
    const former = device.open.map(({ id }) => id);
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    server.transports.clear();
    server.consumers.clear();
    server.producers.clear();
    server.me = 'me-again';
    server.log = [];
    server.cut();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(call.connection).toBe('connected');
    expect(shown(call)).toBe(3);
    expect(device.open).toHaveLength(3);
    for (const { id } of device.open) expect(former).not.toContain(id);
    expect(server.log.filter((entry) => /^(transport.open|subscribe|unsubscribe|consumer)/.test(entry))).toEqual([]);
    expect(server.log.filter((entry) => entry.startsWith('produce'))).toHaveLength(2);
  });

  it('end with their media node like any others', async () => {
    const { server, call, device } = await enter({ tracks }, room);
    server.loseMediaNode('node-2');
    server.send('mediaNode.lost', { mediaNodeId: 'node-2' });
    await pass();
    expect(shown(call)).toBe(2);
    expect(device.open).toHaveLength(2);
  });
});
