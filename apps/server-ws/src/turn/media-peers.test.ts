import type { NodeEndpoint } from '@waterbus/cluster';
import type { Endpoint } from '@waterbus/media-host';
import { describe, expect, it } from 'vitest';
import { insideEndpoints } from '../media/nodes/inside-endpoints.js';
import { MediaPeers } from './media-peers.js';

const network = { own: ['10.0.0.5', '2001:db8::5', '127.0.0.1', '::1'], reachable: ['10.0.0.5', '2001:db8::5'] };

function peersOf(local: Endpoint[], remote: NodeEndpoint[] = []) {
  const time = { now: 0 };
  const nodes = { local: () => local, remote: () => remote };
  return {
    peers: new MediaPeers(
      nodes,
      () => time.now,
      () => network,
    ),
    time,
    local,
    remote,
  };
}

describe('the peers of TURN', () => {
  it('are reached at an address of this host as it is, beyond NAT over loopback', () => {
    const announced = ['203.0.113.5', '198.51.100.5', '10.0.0.5', '127.0.0.1', '2001:db8:0::5', '2001:db8::77'];
    const { peers } = peersOf(announced.map((address) => ({ address, port: 40_000 })));
    const reached = announced.map((address) => peers.reach({ address, port: 40_000 })?.address);
    expect(reached).toEqual(['127.0.0.2', '127.0.0.3', '10.0.0.5', '127.0.0.1', undefined, '::1']);
    expect(peers.reach({ address: '2001:db8::5', port: 40_000 })?.address).toBe('2001:db8::5');
  });

  it('of other servers are reached inside the network, and never on loopback', () => {
    const remote = insideEndpoints(
      ['203.0.113.5', '10.0.0.5', '127.0.0.1', '::1'].map((address) => ({ address, port: 40_001 })),
      network,
    );
    expect(remote).toEqual([
      { address: '203.0.113.5', port: 40_001, inside: '10.0.0.5' },
      { address: '10.0.0.5', port: 40_001 },
    ]);
    const { peers } = peersOf([], [...remote, { address: '127.0.0.1', port: 22 }]);
    expect(peers.reach({ address: '203.0.113.5', port: 40_001 })).toEqual({ address: '10.0.0.5', port: 40_001 });
    expect(peers.hasAddress('127.0.0.1')).toBe(false);
  });

  it('have the families of the addresses that clients elsewhere can reach', () => {
    const { peers, local, time } = peersOf([
      { address: '2001:db8::5', port: 40_000 },
      { address: '127.0.0.1', port: 40_000 },
    ]);
    expect([peers.hasFamily(4), peers.hasFamily(6)]).toEqual([false, true]);
    local.push({ address: '203.0.113.5', port: 40_000 });
    time.now += 1001;
    expect([peers.hasFamily(4), peers.hasFamily(6)]).toEqual([true, true]);
  });

  it('are endpoints, not addresses', () => {
    const { peers } = peersOf([{ address: '203.0.113.5', port: 40_000 }]);
    expect(peers.hasAddress('203.0.113.5')).toBe(true);
    expect(peers.hasAddress('203.0.113.6')).toBe(false);
    for (const endpoint of [
      { address: '203.0.113.5', port: 22 },
      { address: '127.0.0.2', port: 40_000 },
      { address: '10.0.0.5', port: 40_000 },
    ]) {
      expect(peers.reach(endpoint)).toBeUndefined();
    }
  });

  it('change with the media nodes', () => {
    const { peers, time, local } = peersOf([{ address: '10.0.0.5', port: 40_000 }]);
    expect(peers.reach({ address: '10.0.0.5', port: 40_001 })).toBeUndefined();
    local[0] = { address: '10.0.0.5', port: 40_001 };
    time.now = 100;
    expect(peers.reach({ address: '10.0.0.5', port: 40_001 })).toBeDefined();
    time.now = 2000;
    expect(peers.reach({ address: '10.0.0.5', port: 40_000 })).toBeUndefined();
  });

  it('that are no addresses are left out', () => {
    const { peers } = peersOf([], [{ address: 'localhost', port: 22 }]);
    expect(peers.hasAddress('localhost')).toBe(false);
  });
});
