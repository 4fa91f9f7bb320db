import { expect, it } from 'vitest';
import { clusterContract } from '../../test/contract/cluster-contract.js';
import { VirtualClock } from '../../test/virtual-clock.js';
import { STREAM_CAPACITY } from '../cluster.js';
import { createInProcessCluster, type InProcessCluster } from './in-process-cluster.js';

clusterContract('In-process', async () => {
  const clock = new VirtualClock();
  const root = createInProcessCluster({ clock });
  const members: InProcessCluster[] = [root];
  return {
    connect: async () => {
      const member = root.connect();
      members.push(member);
      return member;
    },
    kill: async (member) => (member as InProcessCluster).sever(),
    advance: (milliseconds) => clock.advance(milliseconds),
    date: () => clock.date(),
    until: async (condition) => {
      for (let turn = 0; turn < 100 && !condition(); turn += 1) await clock.advance(0);
      expect(condition()).toBe(true);
    },
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
    },
  };
});

it('R4: a stalled event loop does not expire the lease of a living node', async () => {
  const clock = new VirtualClock();
  let stalled = 0;
  const cluster = createInProcessCluster({ clock: { ...bound(clock), now: () => clock.now() + stalled } });
  await cluster.nodes.register({ id: 'node-1', kind: 'ws', draining: false, load: {} });
  stalled = 60_000;
  await clock.advance(5000);
  expect(await cluster.nodes.get('node-1')).toBeDefined();
});

it('R12: a stream is bounded, and rejects the writer', async () => {
  const cluster = createInProcessCluster({ clock: new VirtualClock() });
  for (let n = 0; n < STREAM_CAPACITY; n += 1) await cluster.streams.append('s', n);
  await expect(cluster.streams.append('s', 'too many')).rejects.toMatchObject({ code: 'server.unavailable' });
});

it('holds no timer once its nodes are released', async () => {
  const clock = new VirtualClock();
  let timers = 0;
  const counting = {
    ...bound(clock),
    after: (milliseconds: number, callback: () => void) => {
      timers += 1;
      const cancel = clock.after(milliseconds, () => {
        timers -= 1;
        callback();
      });
      return () => {
        timers -= 1;
        cancel();
      };
    },
  };
  const cluster = createInProcessCluster({ clock: counting });
  await cluster.nodes.register({ id: 'node-1', kind: 'ws', draining: false, load: {} });
  await clock.advance(2500);
  expect(timers).toBe(1);
  await cluster.close();
  expect(timers).toBe(0);
});

function bound(clock: VirtualClock) {
  return {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (milliseconds: number, callback: () => void) => clock.after(milliseconds, callback),
  };
}
