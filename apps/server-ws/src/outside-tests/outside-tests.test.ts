import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import type { IceServer, OutsideTestBody, OutsideTestMethod } from '@waterbus/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { outsidePaths } from './outside-paths.js';
import { OutsideTests, type TestedNode } from './outside-tests.js';

const dtlsParameters = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] };
const relay: IceServer = {
  urls: ['turn:meet.example.org:3478?transport=udp', 'turns:meet.example.org:443?transport=tcp', 'stun:x:1'],
  username: 'u',
  credential: 'c',
};

let clock: VirtualClock;
let tests: OutsideTests;
let open: Set<string>;

beforeEach(() => {
  clock = new VirtualClock();
  open = new Set();
  tests = new OutsideTests({
    nodeId: 'ws-1',
    clock,
    iceServers: { forTest: () => [relay] },
    nodes: () => [node('m-1', 40_000), node('m-2', 40_001)],
  });
});

function node(id: string, port: number): TestedNode {
  const candidate = (protocol: 'udp' | 'tcp') =>
    ['203.0.113.5', '127.0.0.1'].map((address) => ({
      ...{ foundation: '1', priority: 1, ip: address, address, protocol, port, type: 'host' as const },
      ...(protocol === 'tcp' && { tcpType: 'passive' as const }),
    }));
  return {
    id,
    acceptsTcp: true,
    endpoints: () => candidate('udp'),
    openTransport: async ({ transportId }) => {
      open.add(transportId);
      return {
        iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
        iceCandidates: [...candidate('udp'), ...candidate('tcp')],
        dtlsParameters,
      } as never;
    },
    connectTransport: async () => undefined as never,
    closeTransport: async (transportId) => void open.delete(transportId) as never,
  };
}

const ask = <M extends OutsideTestMethod>(method: M, body: OutsideTestBody<M>) => tests.handlers[method](body);

async function begun() {
  const { token } = await ask('outside.open', {});
  const { paths } = await ask('outside.begin', { token, client: '198.51.100.7' });
  return { token, paths };
}

describe('a test from outside', () => {
  it('tests each relay, and each port over UDP and TCP, at the addresses of this client', async () => {
    const { paths } = await begun();
    const direct = (kind: 'udp' | 'tcp', port: number) => ({ kind, port, hosts: ['203.0.113.5'] });
    expect(paths).toEqual([
      { kind: 'relay-udp', hosts: ['meet.example.org'], port: 3478, iceServer: { ...relay, urls: [relay.urls[0]] } },
      { kind: 'relay-tls', hosts: ['meet.example.org'], port: 443, iceServer: { ...relay, urls: [relay.urls[1]] } },
      direct('udp', 40_000),
      direct('tcp', 40_000),
      direct('udp', 40_001),
      direct('tcp', 40_001),
    ]);
  });

  it('offers the candidates of the path alone, and closes all transports with the report', async () => {
    const { token } = await begun();
    const candidates = async (path: number) => {
      const { iceCandidates } = await ask('outside.connect', { token, path, dtlsParameters });
      return iceCandidates.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`);
    };
    expect(await candidates(5)).toEqual(['tcp 203.0.113.5 40001']);
    expect(await candidates(2)).toEqual(['udp 203.0.113.5 40000']);
    expect(await candidates(1)).toEqual(['udp 203.0.113.5 40000']);
    expect(open.size).toBe(3);
    expect(await ask('outside.result', { token })).toMatchObject({ state: 'begun', client: '198.51.100.7' });
    const verdicts = { signalling: 'open' as const, paths: ['open' as const, 'blocked' as const] };
    await ask('outside.report', { token, ...verdicts });
    expect(open.size).toBe(0);
    const result = await ask('outside.result', { token });
    expect(result).toMatchObject({ state: 'reported', verdicts });
    expect(JSON.stringify(result)).not.toContain('credential');
    await expect(ask('outside.report', { token, ...verdicts })).rejects.toMatchObject(GONE);
    await expect(candidates(2)).rejects.toMatchObject(GONE);
  });

  it('opens its link once, and not after ten minutes', async () => {
    const { token } = await begun();
    await expect(ask('outside.begin', { token })).rejects.toMatchObject(GONE);
    const late = (await ask('outside.open', {})).token;
    expect(await ask('outside.result', { token: late })).toEqual({ state: 'waiting', paths: [] });
    await expect(ask('outside.connect', { token: late, path: 0, dtlsParameters })).rejects.toMatchObject(GONE);
    await expect(ask('outside.report', { token: late, signalling: 'open', paths: [] })).rejects.toMatchObject(GONE);
    await clock.advance(600_000);
    await expect(ask('outside.begin', { token: late })).rejects.toMatchObject(GONE);
  });

  it('closes what a phone leaves behind', async () => {
    const { token } = await begun();
    await ask('outside.connect', { token, path: 2, dtlsParameters });
    await clock.advance(180_000);
    expect(open.size).toBe(0);
    await expect(ask('outside.result', { token })).rejects.toMatchObject(GONE);
    const another = await begun();
    await ask('outside.connect', { token: another.token, path: 2, dtlsParameters });
    tests.stop();
    expect(open.size).toBe(0);
  });

  it('ends the oldest of four for a fifth: operators begin anew', async () => {
    const { token } = await begun();
    await ask('outside.connect', { token, path: 2, dtlsParameters });
    const later = [];
    for (let n = 0; n < 4; n += 1) later.push((await ask('outside.open', {})).token);
    expect(open.size).toBe(0);
    await expect(ask('outside.result', { token })).rejects.toMatchObject(GONE);
    for (const one of later) expect(await ask('outside.result', { token: one })).toMatchObject({ state: 'waiting' });
  });

  it('makes forty connections at most', async () => {
    const { token } = await begun();
    for (let n = 0; n < 40; n += 1) await ask('outside.connect', { token, path: 2, dtlsParameters });
    await expect(ask('outside.connect', { token, path: 2, dtlsParameters })).rejects.toMatchObject({
      code: 'limit.reached',
    });
  });

  it('plans forty paths at most', () => {
    const nodes = Array.from({ length: 64 }, (_, n) => node(`m-${n}`, 40_000 + n));
    expect(outsidePaths(nodes, [relay], undefined)).toHaveLength(40);
    expect(outsidePaths([], [relay], undefined)).toEqual([]);
  });
});

const GONE = { code: 'outside_test.not_found' };
