import { randomUUID } from 'node:crypto';
import type { RoomChange, RoomEvent, RoomParticipant, RoomProducer } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, RedisServer, TEST_SECRET } from '../../../test/redis-server.js';
import type { Cluster, Home } from '../../cluster.js';
import { createInProcessCluster } from '../../in-process/in-process-cluster.js';
import { createRedisCluster } from '../redis-cluster.js';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.close());

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'R1: random changes give the same room in Redis as in the process (seed %i)',
  async (seed) => {
    const redis = await createRedisCluster({
      redis: { url: server.url },
      secret: TEST_SECRET,
      keyPrefix: `${randomUUID()}:`,
    });
    const [inProcess, overRedis] = [await follow(createInProcessCluster()), await follow(redis)];
    const random = mulberry(seed);
    try {
      for (let step = 0; step < STEPS; step += 1) {
        const act = randomAct(random);
        expect(await overRedis.act(act), JSON.stringify(act)).toEqual(await inProcess.act(act));
        if (step % 20 === 0) expect(await overRedis.state()).toEqual(await inProcess.state());
      }
      await eventually(() => overRedis.events.length === inProcess.events.length);
      expect(overRedis.events).toEqual(inProcess.events);
      expect(await overRedis.state()).toEqual(await inProcess.state());
    } finally {
      await redis.close();
    }
  },
);

type Act =
  | { type: 'claim'; id: string; node: string }
  | { type: 'apply'; change: RoomChange; stale: boolean }
  | { type: 'assert'; participant: RoomParticipant; stale: boolean }
  | { type: 'lose'; node: string };

/**
 * Versions and epochs are compared by their distance from the first: each implementation chooses
 * the first.
 */
async function follow(cluster: Cluster) {
  const homes = new Map<string, Home[]>();
  const events: { version: number; change: RoomChange }[] = [];
  let first: number | undefined;
  const relative = (version: number) => {
    first ??= version;
    return version - first;
  };
  await cluster.rooms.watch('room', ({ version, change }: RoomEvent) =>
    events.push({ version: relative(version), change }),
  );
  const remember = (home: Home) => homes.set(home.participantId, [...(homes.get(home.participantId) ?? []), home]);
  const homeOf = (id: string, stale: boolean): Home =>
    homes.get(id)?.at(stale ? -2 : -1) ?? { participantId: id, nodeId: 'node-0', epoch: 0 };
  return {
    events,
    async act(act: Act): Promise<unknown> {
      if (act.type === 'claim') {
        const home = await cluster.rooms.claimHome('room', act.id, act.node);
        const before = homes.get(act.id)?.at(-1)?.epoch ?? 0;
        remember(home);
        return { nodeId: home.nodeId, higher: home.epoch > before };
      }
      if (act.type === 'lose') return cluster.rooms.removeNode(act.node);
      if (act.type === 'assert') {
        const home = homeOf(act.participant.id, act.stale);
        const result = await cluster.rooms.assert('room', home, act.participant);
        if (result.type === 'refused') return result;
        if (result.home.epoch !== home.epoch) remember(result.home);
        return { type: result.type, nodeId: result.home.nodeId, claimed: result.home.epoch !== home.epoch };
      }
      const { change } = act;
      const id = change.type === 'participant.joined' ? change.participant.id : change.participantId;
      const { type, ...rest } = await cluster.rooms.apply('room', change, homeOf(id, act.stale));
      return { type, reason: 'reason' in rest ? rest.reason : undefined };
    },
    async state() {
      const snapshot = await cluster.rooms.snapshot('room');
      const all = await cluster.rooms.homes('room');
      return {
        participants: snapshot?.participants,
        homes: all.map(({ participantId, nodeId }) => ({ participantId, nodeId })),
      };
    },
  };
}

function randomAct(random: () => number): Act {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const id = pick(['a', 'b', 'c', 'd', 'e']);
  const stale = random() < 0.1;
  const producer = (): RoomProducer => ({
    id: pick(['p', 'q', 'r']),
    kind: pick(['audio', 'video']),
    source: pick(['camera', 'microphone', 'screen']),
    paused: random() < 0.5,
    mediaNodeId: pick(NODES),
  });
  const participant = (): RoomParticipant => {
    const producers = [producer(), producer()].filter((_, index) => random() < 0.3 + index * 0.1);
    return {
      id,
      name: pick(['Ann', 'Zoë "Z" 🎥', '{}', 'x\u2028/\\']),
      role: pick(['host', 'guest', 'member']),
      ...(random() < 0.5 ? { avatarId: 'avatar' } : {}),
      joinedAt: pick([0, 1_763_850_000_123, 0.5]),
      connection: 'connected',
      producers: producers.filter((one, index) => producers.findIndex((other) => other.id === one.id) === index),
    };
  };
  const roll = random();
  if (roll < 0.18) return { type: 'claim', id, node: pick(NODES) };
  if (roll < 0.21) return { type: 'lose', node: pick(NODES) };
  if (roll < 0.3) return { type: 'assert', participant: participant(), stale };
  const change = pick<() => RoomChange>([
    () => ({ type: 'participant.joined', participant: participant() }),
    () => ({
      type: 'participant.updated',
      participantId: id,
      name: pick(['Ann', 'Bo']),
      role: pick(['host', undefined]),
    }),
    () => ({ type: 'participant.updated', participantId: id, connection: pick(['connected', 'reconnecting']) }),
    () => ({ type: 'participant.updated', participantId: id, handRaisedAt: pick([0, 1_763_850_000_123]) }),
    () => ({ type: 'participant.left', participantId: id, reason: pick(['left', 'kicked']) }),
    () => ({ type: 'producer.added', participantId: id, producer: producer() }),
    () => ({ type: 'producer.added', participantId: id, producer: producer() }),
    () => ({ type: 'producer.updated', participantId: id, producerId: pick(['p', 'q', 'r']), paused: random() < 0.5 }),
    () => ({ type: 'producer.removed', participantId: id, producerId: pick(['p', 'q', 'r']) }),
  ])();
  return { type: 'apply', change, stale };
}

/** Small and seeded, so that a failure can be reproduced. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NODES = ['node-1', 'node-2', 'node-3'];
const STEPS = 300;
