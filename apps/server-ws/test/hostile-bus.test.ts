import { createInProcessCluster, type InProcessCluster, systemClock } from '@waterbus/cluster';
import { createMediaHost, mediaCallNames, type WorkerHost } from '@waterbus/media-host';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BusMethod, type BusTopic, busMethods, busTopics } from '../src/bus/contract.js';
import { HostileBodies } from './system/hostile-bodies.js';
import { Client, joinToken, type Node, Participant, startNode } from './system/signalling.js';

let node: Node<WorkerHost>;
let publisher: InProcessCluster;
const lost: string[] = [];
beforeAll(async () => {
  const mediaHost = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'ws-1' });
  mediaHost.onChange(({ type }) => lost.push(type));
  const cluster = createInProcessCluster();
  node = await startNode({ nodeId: 'ws-1', mediaHost, cluster });
  publisher = cluster.connect();
}, 60_000);
afterAll(async () => {
  await node.close();
  await node.mediaHost.close();
  await publisher.close();
  await node.cluster.close();
});

test('a hostile publisher on each bus method and topic: no crash, no internal error, others are served', async () => {
  expect(methods).toEqual(expect.arrayContaining(mediaCallNames.map((method) => `media.${method}`)));
  const neighbour = await join('neighbour', 'room-1');
  const mediaNodeId = node.mediaHost.nodes()[0]!.id;
  const hers = await neighbour.openTransport('send');
  // Each name has its own: a change of one schema leaves the others' bodies as they are.
  const known = [mediaNodeId, mediaNodeId, 'ws-1', 'room-2', 'transport-1', 'producer-1', 'consumer-1'];
  const bodies = new Map(
    [...methods, ...topics, 'room'].map((name, index) => [name, new HostileBodies(SEED + index, known)]),
  );
  const bodyOf = (name: string, schema: Parameters<HostileBodies['of']>[0]) => bodies.get(name)!.of(schema);
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  await publisher.bus.request('ws-1', 'media.openTransport', {
    mediaNodeId,
    asker: 'ws-1',
    args: [{ routerId: 'room-2', transportId: 'transport-1' }],
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all([
      ...methods.map(async (method) => {
        const body = bodyOf(method, busMethods[method].body);
        await publisher.bus.request('ws-1', method, body).then(
          (answer) => count(`${method} ${(answer as { ok?: boolean } | null)?.ok === false ? 'refused' : 'done'}`),
          (error) => count(`${method} ${error.code}`),
        );
      }),
      ...topics.map((topic) =>
        publisher.bus.publish(busTopics[topic].of(mediaNodeId), bodyOf(topic, busTopics[topic].event)),
      ),
      publisher.bus.publish(busTopics.meeting.of('room-1'), bodyOf('room', busTopics.meeting.event)),
    ]);
  }

  expect(lost).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(node.errors.filter((line) => !line.includes('busInvalid'))).toEqual([]);
  expect([...outcomes.keys()].filter((outcome) => outcome.endsWith('server.internal'))).toEqual([]);
  // Every method refused a body, and those that concern no participant also succeeded at least
  // once.
  for (const method of methods) expect(outcomes.get(`${method} request.invalid`)).toBeGreaterThan(0);
  for (const method of mediaCallNames) {
    const reached = (outcomes.get(`media.${method} done`) ?? 0) + (outcomes.get(`media.${method} refused`) ?? 0);
    expect(reached, method).toBeGreaterThan(0);
  }
  expect((await neighbour.client.ok('sync', {})).room.participants.map(({ id }) => id)).toEqual([neighbour.id]);
  expect((await neighbour.client.ok('transport.restartIce', { transportId: hers.id })).iceParameters).toBeDefined();
}, 120_000);

async function join(name: string, roomId: string): Promise<Participant> {
  const client = new Client(node.url);
  const token = await joinToken(systemClock, { name, roomId });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

const methods = Object.keys(busMethods) as BusMethod[];
const topics = Object.keys(busTopics) as BusTopic[];
const SEED = 20_261_129;
const ROUNDS = 250;
