// The cost of sharing a room: `node --conditions=source --import tsx
// packages/cluster/bench/cluster.ts`. Needs redis-server.
import { randomUUID } from 'node:crypto';
import type { RoomParticipant } from '@waterbus/protocol';
import { type Cluster, createInProcessCluster, createRedisCluster, type Home } from '../src/index.js';
import { RedisServer, TEST_SECRET } from '../test/redis-server.js';

const server = await RedisServer.start();
const redis = { url: server.url };
const shared = { redis, secret: TEST_SECRET, keyPrefix: `${randomUUID()}:` };
const inProcess = createInProcessCluster();
console.log('                                             in-process        Redis');
const [ofProcess, overRedis] = [
  await measure(inProcess, inProcess.connect()),
  await measure(await createRedisCluster(shared), await createRedisCluster(shared)),
];
for (const [index, [what, value]] of ofProcess.entries()) {
  console.log(`${what.padEnd(44)} ${value.padStart(10)} ${(overRedis[index]?.[1] ?? '').padStart(12)}`);
}
process.exitCode = 0;
await server.close();
process.exit();

async function measure(one: Cluster, two: Cluster): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for (const size of [4, 1000]) {
    const room = `room-of-${size}`;
    const homes = await fill(one, room, size);
    let received = 0;
    await two.rooms.watch(room, () => {
      received += 1;
    });
    const apply = (n: number) => {
      const home = homes[n % homes.length] as Home;
      const change = { type: 'participant.updated', participantId: home.participantId, name: `Name ${n}` } as const;
      return one.rooms.apply(room, change, home);
    };
    rows.push([`apply, one at a time, room of ${size}: p50 / p99 ms`, await latency(2000, apply)]);
    rows.push([`apply, 64 under way, room of ${size}: per second`, await rate(20_000, apply)]);
    if (received === 0) throw new Error('No event arrived');
  }
  rows.push([`snapshot of a room of 1000: p50 / p99 ms`, await latency(100, () => one.rooms.snapshot('room-of-1000'))]);
  rows.push([
    'claim + join: p50 / p99 ms',
    await latency(500, async (n) => {
      const home = await one.rooms.claimHome(`join-${n % 50}`, `p${n}`, 'node-1');
      await one.rooms.apply(`join-${n % 50}`, { type: 'participant.joined', participant: participant(`p${n}`) }, home);
    }),
  ]);
  await two.bus.serve('node-2', async (_, body) => body);
  const ask = (n: number) => one.bus.request('node-2', 'echo', { n });
  rows.push(['request: p50 / p99 ms', await latency(3000, ask)]);
  rows.push(['requests, 64 under way: per second', await rate(10_000, ask)]);
  rows.push(['append to a stream: p50 / p99 ms', await latency(1000, (n) => one.streams.append('s', { n }))]);
  const lose = performance.now();
  await one.rooms.removeNode('node-1');
  rows.push(['a node with 1,504 participants in 52 rooms is lost: ms', (performance.now() - lose).toFixed(0)]);
  return rows;
}

async function fill(cluster: Cluster, room: string, size: number): Promise<Home[]> {
  const homes: Home[] = [];
  for (let n = 0; n < size; n += 1) {
    const home = await cluster.rooms.claimHome(room, `p${n}`, 'node-1');
    await cluster.rooms.apply(room, { type: 'participant.joined', participant: participant(`p${n}`) }, home);
    homes.push(home);
  }
  return homes;
}

function participant(id: string): RoomParticipant {
  const producers = ['audio', 'video'].map((kind) => ({
    id: `${id}-${kind}`,
    kind: kind as 'audio' | 'video',
    source: kind === 'audio' ? ('microphone' as const) : ('camera' as const),
    paused: false,
    mediaNodeId: 'media-1',
  }));
  return { id, name: id, role: 'guest', joinedAt: Date.now(), connection: 'connected', producers };
}

async function latency(times: number, act: (n: number) => Promise<unknown>): Promise<string> {
  const taken: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const start = performance.now();
    await act(n);
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number) => (taken[Math.floor(taken.length * share)] ?? 0).toFixed(2);
  return `${at(0.5)} / ${at(0.99)}`;
}

async function rate(times: number, act: (n: number) => Promise<unknown>): Promise<string> {
  const start = performance.now();
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < times; n = next++) await act(n);
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  return Math.round((times / (performance.now() - start)) * 1000).toLocaleString('en');
}
