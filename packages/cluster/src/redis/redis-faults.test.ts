import { describe, expect, it, vi } from 'vitest';
import { AssertingMember } from '../../test/asserting-member.js';
import { BlackholeProxy } from '../../test/blackhole-proxy.js';
import { BusyClock } from '../../test/busy-clock.js';
import { eventually, RedisServer, startRedisCluster, startSentinels, TEST_SECRET } from '../../test/redis-server.js';
import type { Clock } from '../clock.js';
import { LEASE_EXPIRY, LEASE_HEARTBEAT } from '../cluster.js';
import { slotOf } from './connection/slots.js';
import type { RedisTopology } from './connection/topology.js';
import { CONNECTED_EXPIRY, RETURN_GRACE } from './nodes/lease-scripts.js';
import { createRedisCluster } from './redis-cluster.js';

// Faults take real time: these tests run on the real clock. Where they mostly wait, they run beside
// each other; those that see a moment of a second, or run five servers, do not.
vi.setConfig({ testTimeout: 240_000 });

const IDS = ['node-1', 'node-2', 'node-3'];

/** Servers and members of one test. */
type Opened = { close(): Promise<void> }[];

/** A test with servers of its own, which are closed at its end, the last one first. */
function test(name: string, run: (opened: Opened) => Promise<void>): void {
  it(name, async ({ onTestFinished }) => {
    const opened: Opened = [];
    onTestFinished(async () => {
      for (const one of opened.reverse()) await one.close();
    });
    await run(opened);
  });
}

/** Three members, each with a node and a participant in one room. The first one has the clock. */
async function start(
  opened: Opened,
  ways: RedisTopology[],
  clock?: Clock,
): Promise<[AssertingMember, AssertingMember, AssertingMember]> {
  const members: AssertingMember[] = [];
  for (const [index, id] of IDS.entries()) {
    const member = await AssertingMember.start(
      ways[index] ?? ways[0] ?? { url: '' },
      id,
      index === 0 ? clock : undefined,
    );
    opened.push(member.cluster);
    members.push(member);
  }
  const [one, two, three] = members;
  if (!one || !two || !three) throw new Error('three members');
  await eventually(() => members.every((member) => member.nodeEvents.some((event) => event.node.id === 'node-3')));
  return [one, two, three];
}

async function startServer(opened: Opened): Promise<RedisServer> {
  const server = await RedisServer.start();
  opened.push(server);
  return server;
}

/** Everything works again: rooms are complete, nodes are known, requests and messages arrive. */
async function whole(members: AssertingMember[]): Promise<void> {
  for (const member of members) {
    await eventually(async () => (await member.present()).join() === IDS.join());
    await eventually(async () => (await member.cluster.nodes.list()).length === IDS.length);
    for (const id of IDS) {
      await eventually(async () => (await member.cluster.bus.request(id, 'echo', member.id)) === member.id);
    }
  }
}

/** Prints the duration of an operation. `npm run faults` checks the times. */
function stopwatch(): (what: string) => void {
  const begun = performance.now();
  return (what) => console.log(`${what} after ${Math.round(performance.now() - begun)} ms`);
}

const downsOf = (members: AssertingMember[]) => members.flatMap((member) => member.downs);

describe.concurrent('Redis restarts empty', () => {
  test('R6: members retake their leases and assert, no node is reported down, versions and epochs rise', async (opened) => {
    const server = await startServer(opened);
    const members = await start(opened, [{ url: server.url }]);
    const [one] = members;
    const before = await one.version();
    const epoch = (await one.cluster.rooms.home('room', 'node-1'))?.epoch ?? 0;
    await server.kill();
    await server.start();
    const sinceBack = stopwatch();
    await eventually(async () => (await one.cluster.nodes.list()).length === IDS.length);
    sinceBack('leases taken again');
    await eventually(async () => (await one.present()).join() === IDS.join());
    sinceBack('room asserted');
    await whole(members);
    expect(await one.version()).toBeGreaterThan(before);
    expect((await one.cluster.rooms.home('room', 'node-1'))?.epoch).toBeGreaterThan(epoch);
    expect(members.every((member) => member.resets > 0 && member.gaps > 0)).toBe(true);
    expect(downsOf(members)).toEqual([]);
  });

  test('R6: away for ten seconds, calls fail at once; after that all is as before', async (opened) => {
    const server = await startServer(opened);
    const clock = new BusyClock();
    const members = await start(opened, [{ url: server.url }], clock);
    const [one] = members;
    await server.kill();
    const away = performance.now();
    await eventually(async () => {
      // No time limit expires meanwhile: a call that waited for one would never end.
      clock.busy = true;
      const error = await one.cluster.bus.publish('topic', {}).catch((failure: unknown) => failure);
      clock.busy = false;
      expect(error).toMatchObject({ code: 'server.unavailable' });
      return performance.now() - away > 10_000;
    });
    await server.start();
    const sinceBack = stopwatch();
    await eventually(async () => (await one.present()).join() === IDS.join());
    sinceBack('room asserted');
    await whole(members);
    expect(downsOf(members)).toEqual([]);
  });

  test('R6: a member that died while Redis was away is reported down once, after the others’ grace time', async (opened) => {
    const server = await startServer(opened);
    const [one, two, three] = await start(opened, [{ url: server.url }]);
    await server.kill();
    three.cluster.sever();
    await server.start();
    await eventually(() => one.downs.length > 0 && two.downs.length > 0);
    await eventually(async () => (await one.present()).join() === 'node-1,node-2');
    expect([one.downs, two.downs]).toEqual([['node-3'], ['node-3']]);
  });

  test('R12: a stream continues', async (opened) => {
    const server = await startServer(opened);
    const [one, two] = await start(opened, [{ url: server.url }]);
    const seen: unknown[] = [];
    await two.cluster.streams.consume('s', 'group', async ({ body }) => void seen.push(body));
    await one.cluster.streams.append('s', 'before');
    await eventually(() => seen.length === 1);
    await server.kill();
    await server.start();
    await eventually(async () => {
      await one.cluster.streams.append('s', 'after');
      return true;
    });
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(['before', 'after']);
  });
});

describe.concurrent('Redis stalls', () => {
  for (const seconds of [2, 5]) {
    test(`R6: for ${seconds} s: no member is declared dead`, async (opened) => {
      const server = await startServer(opened);
      const members = await start(opened, [{ url: server.url }]);
      await server.command('DEBUG', 'SLEEP', String(seconds));
      await whole(members);
      // A wrong death report would arrive within a lease's life.
      const before = performance.now();
      await eventually(() => performance.now() - before > 4000);
      expect(downsOf(members)).toEqual([]);
      await whole(members);
    });
  }

  test('R6: no member reaches it for ten seconds, and its data are still there: none is declared dead', async (opened) => {
    const server = await startServer(opened);
    const proxy = await BlackholeProxy.start(server.port);
    opened.push(proxy);
    const members = await start(opened, [{ url: proxy.url }]);
    proxy.swallowing = true;
    const before = performance.now();
    await eventually(() => performance.now() - before > 10_000);
    proxy.swallowing = false;
    await whole(members);
    const back = performance.now();
    await eventually(() => performance.now() - back > 4000);
    expect(downsOf(members)).toEqual([]);
  });

  test('runs scripts that Redis has forgotten', async (opened) => {
    const server = await startServer(opened);
    const members = await start(opened, [{ url: server.url }]);
    await server.command('SCRIPT', 'FLUSH');
    await whole(members);
  });
});

describe.concurrent('no member that removes lost nodes is there', () => {
  test('R4: the next watcher is notified of nodes lost meanwhile, until their participants are removed', async (opened) => {
    const server = await startServer(opened);
    const redis = { url: server.url };
    const bystander = await createRedisCluster({ redis, secret: TEST_SECRET });
    opened.push(bystander);
    const dead = await AssertingMember.start(redis, 'node-1');
    dead.cluster.sever();
    await eventually(async () => (await bystander.nodes.get('node-1')) === undefined);
    const next = await AssertingMember.start(redis, 'node-2');
    opened.push(next.cluster);
    expect(next.downs).toEqual(['node-1']);
    await eventually(async () => (await next.present()).join() === 'node-2');
    const last = await AssertingMember.start(redis, 'node-3');
    opened.push(last.cluster);
    expect(last.downs).toEqual([]);
  });

  test('R4: removing a lost node completes when Redis is back, and does not fail', async (opened) => {
    const server = await startServer(opened);
    const proxy = await BlackholeProxy.start(server.port);
    opened.push(proxy);
    const [, two, three] = await start(opened, [{ url: server.url }, { url: proxy.url }, { url: server.url }]);
    await three.cluster.rooms.claimHome('another', 'x', 'node-9');
    proxy.cut();
    const removed = two.cluster.rooms.removeNode('node-9');
    expect(await removed).toEqual([{ roomId: 'another', participantIds: ['x'], ended: false }]);
  });
});

describe.concurrent('one member is cut off from Redis', () => {
  test('R4, R6: it is reported down once, its calls fail, and it recovers with its connection', async (opened) => {
    const server = await startServer(opened);
    const proxy = await BlackholeProxy.start(server.port);
    opened.push(proxy);
    const direct = { url: server.url };
    const members = await start(opened, [{ url: proxy.url }, direct, direct]);
    const [cut, two, three] = members;
    proxy.swallowing = true;
    const sinceCut = stopwatch();
    const error = await cut.cluster.rooms.snapshot('room').catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'server.unavailable' });
    sinceCut('a call failed');
    await eventually(() => two.downs.length > 0 && three.downs.length > 0);
    await eventually(async () => (await two.present()).join() === 'node-2,node-3');
    proxy.swallowing = false;
    const sinceHealed = stopwatch();
    await eventually(async () => (await two.present()).join() === IDS.join());
    sinceHealed('room asserted');
    await whole(members);
    expect([two.downs, three.downs]).toEqual([['node-1'], ['node-1']]);
    // The members from which it was cut off were never dead, and it reports none of them.
    expect(cut.downs.filter((id) => id !== 'node-1')).toEqual([]);
    expect(cut.resets).toBeGreaterThan(0);
  });
});

describe('one member is overloaded', () => {
  async function busyMember(opened: Opened) {
    const server = await startServer(opened);
    const clock = new BusyClock();
    const busy = await AssertingMember.start({ url: server.url }, 'node-1', clock);
    const other = await AssertingMember.start({ url: server.url }, 'node-2');
    const started = performance.now();
    await eventually(() => performance.now() - started > LEASE_HEARTBEAT / 2);
    // Two other members half a heartbeat apart: leases are checked twice as often as they expire.
    const another = await AssertingMember.start({ url: server.url }, 'node-3');
    opened.push(busy.cluster, other.cluster, another.cluster);
    // Milliseconds of time served since its last heartbeat.
    const silence = async () => {
      const served = Number(await server.command('HGET', 'waterbus:{nodes}:state', 'served'));
      const heard = await server.command('ZSCORE', 'waterbus:{nodes}:heard', 'node-1');
      return heard === null ? Number.NaN : served - Number(heard);
    };
    // At the start no lease expires.
    await eventually(
      async () => Number(await server.command('HGET', 'waterbus:{nodes}:state', 'served')) > RETURN_GRACE,
    );
    await eventually(async () => (await silence()) < LEASE_HEARTBEAT / 2);
    clock.busy = true;
    return { busy, other, clock, silence };
  }

  test('R4: it is given more time than a member that has ended', async (opened) => {
    const { busy, other, clock, silence } = await busyMember(opened);
    await eventually(async () => (await silence()) >= LEASE_EXPIRY);
    clock.busy = false;
    await eventually(async () => (await silence()) < LEASE_HEARTBEAT);
    expect([busy.downs, other.downs]).toEqual([[], []]);
  });

  test('R4: it is reported down all the same when it has hung for too long', async (opened) => {
    const { other } = await busyMember(opened);
    await eventually(() => other.downs.length > 0);
    expect(other.downs).toEqual(['node-1']);
  });

  test('R4: it is reported down sooner when it has ended meanwhile', async (opened) => {
    const { busy, other, silence } = await busyMember(opened);
    busy.cluster.sever();
    let longest = 0;
    await eventually(async () => {
      longest = Math.max(longest, (await silence()) || 0);
      return other.downs.length > 0;
    });
    expect(longest).toBeLessThan(CONNECTED_EXPIRY);
  });
});

describe('the primary fails', () => {
  test('R6: behind Sentinels the replica takes over within seconds, and no member is declared dead', async (opened) => {
    const group = await startSentinels();
    opened.push(group);
    const members = await start(opened, [group.topology]);
    const before = await members[0].version();
    await group.primary.kill();
    await whole(members);
    expect(await members[0].version()).toBeGreaterThan(before);
    expect(members.every((member) => member.resets > 0)).toBe(true);
    expect(downsOf(members)).toEqual([]);
  });

  test('R6: in a Redis Cluster one primary restarts empty, and its rooms are asserted again', async (opened) => {
    const servers = await startRedisCluster();
    for (const server of servers) opened.push(server);
    const members = await start(opened, [{ clusterNodes: servers.map(({ address }) => address) }]);
    for (const server of servers) {
      await server.kill();
      await server.start();
      await whole(members);
    }
    expect(downsOf(members)).toEqual([]);
  });

  test('R1, R2: a room moves to another Redis Cluster primary, and its watchers learn of possible gaps', async (opened) => {
    const servers = await startRedisCluster();
    for (const server of servers) opened.push(server);
    const members = await start(opened, [{ clusterNodes: servers.map(({ address }) => address) }]);
    const [one] = members;
    const home = await one.cluster.rooms.home('room', 'node-1');
    if (!home) throw new Error('node-1 is at home');
    const events = members.map((member) => member.roomEvents);
    const rename = (name: string) =>
      one.cluster.rooms.apply('room', { type: 'participant.updated', participantId: 'node-1', name }, home);
    await rename('before');
    await moveSlot(servers, slotOf('{room:room}'), async () => {
      // No primary has all keys now.
      await rename('meanwhile').catch((error: unknown) => expect(error).toMatchObject({ code: 'server.unavailable' }));
    });
    let attempt = 0;
    await eventually(async () => {
      attempt += 1;
      const renamed = await rename(`after ${attempt}`);
      await Promise.all(members.map((member) => member.cluster.settled()));
      return renamed.type === 'applied' && events.every((heard) => heard.at(-1)?.version === renamed.version);
    });
    for (const member of members) {
      const versions = member.roomEvents.map(({ version }) => version);
      expect(versions).toEqual([...versions].sort((one, other) => one - other));
      expect(member.gaps).toBeGreaterThan(0);
    }
    await whole(members);
    expect(downsOf(members)).toEqual([]);
  });
});

/** Moves a slot with all its keys to the next primary, as `redis-cli --cluster reshard` does. */
async function moveSlot(servers: RedisServer[], slot: number, halfway: () => Promise<void>): Promise<void> {
  const source = Math.min(2, Math.floor(slot / Math.ceil(16_384 / 3)));
  const [from, to] = [servers[source], servers[(source + 1) % 3]];
  if (!from || !to) throw new Error('three primaries');
  const [fromId, toId] = [String(await from.command('CLUSTER', 'MYID')), String(await to.command('CLUSTER', 'MYID'))];
  await to.command('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', fromId);
  await from.command('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', toId);
  const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', String(slot), '100')) as string[];
  const move = (moved: string[]) =>
    from.command('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...moved);
  await move(keys.slice(0, 1));
  await halfway();
  await move(keys.slice(1));
  const others = servers.filter((server) => server !== to && server !== from);
  for (const server of [to, from, ...others]) await server.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', toId);
}
