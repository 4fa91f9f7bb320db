import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createInProcessCluster, systemClock } from '@waterbus/cluster';
import { createMediaHost, type WorkerHost } from '@waterbus/media-host';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostileEvents } from './system/hostile-events.js';
import { MediaClient } from './system/media-client.js';
import { Client, joinToken, type Node, Participant, startNode } from './system/signalling.js';

let node: Node<WorkerHost>;
const lost: string[] = [];
beforeAll(async () => {
  const mediaHost = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'ws-1' });
  mediaHost.onChange(({ type }) => lost.push(type));
  // Limits that let the flood through: the code behind them has to withstand it as well.
  const limits = { requestsPerSecond: 1e9, requestBurst: 1e9, joinRequestsPerSecond: 1e9, joinRequestBurst: 1e9 };
  node = await startNode({ nodeId: 'ws-1', mediaHost, cluster: createInProcessCluster(), limits });
});
afterAll(async () => {
  await node.close();
  await node.mediaHost.close();
  await node.cluster.close();
});

/** For each release five times as many as for each change. */
const MESSAGES = process.env.RELEASE === '1' ? 100_000 : 20_000;

test(`${MESSAGES} malformed messages: no crash, bounded heap, a call continues without packet loss`, async () => {
  const [ada, ben] = [await join('Ada'), await join('Ben')];
  const sending = await MediaClient.open(ada, 'send');
  await sending.publishCamera(ada);
  const receiving = await MediaClient.open(ben, 'receive', sending.mediaNodeId);
  await ben.until(() => ben.other(ada.id)!.producers.length === 1);
  const { rtpCapabilities } = ben.joined;
  const subscription = { participantId: ada.id, transportId: receiving.transportId, rtpCapabilities };
  expect((await ben.client.ok('subscribe', subscription)).consumers).toHaveLength(1);
  await expect.poll(() => receiving.received, { timeout: 15_000 }).toBeGreaterThan(0);
  const missed = sending.sent - receiving.received;

  const events = new HostileEvents(SEED);
  let attacker = await openAttacker(0);
  let heap = 0;
  let handled = 0;
  let answered = 0;
  for (let batch = 0; handled < MESSAGES; batch += 1) {
    for (let i = 0; i < BATCH; i += 1) {
      const event = events.event();
      // A message that expects no answer is ignored, so most of them expect one.
      if (i % 8 !== 0) event.push(() => (answered += 1));
      attacker.socket.emit(...event);
    }
    // Once it is answered, all earlier messages are handled, unless one of them cost the attacker
    // its socket.
    const isOpen = await attacker.request('sync', {}).then(
      () => true,
      () => false,
    );
    if (isOpen) handled += BATCH;
    if (heap === 0 && handled >= MESSAGES / 5) heap = collectedHeap();
    if (isOpen && batch % BATCHES_PER_FRAME !== 0) continue;
    attacker.socket.io.engine.write(events.frame());
    attacker.socket.disconnect();
    attacker = await openAttacker(batch);
  }
  const growth = collectedHeap() - heap;
  attacker.socket.disconnect();
  console.log(`${handled} messages, ${answered} answered, heap grew by ${Math.round(growth / 2 ** 20)} MiB`);
  expect(answered).toBeGreaterThan(MESSAGES / 2);
  expect(growth).toBeLessThan(32 * 2 ** 20);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(lost).toEqual([]);
  expect(node.errors).toEqual([]);

  expect((await ben.client.ok('sync', {})).room.participants.map(({ id }) => id)).toEqual(
    expect.arrayContaining([ada.id, ben.id]),
  );
  sending.stopSending();
  await expect.poll(() => sending.sent - receiving.received, { timeout: 10_000 }).toBeLessThanOrEqual(missed);
  for (const media of [sending, receiving]) media.close();
}, 600_000);

/** Every second one is a participant, whose requests reach more code. */
async function openAttacker(number: number): Promise<Client> {
  if (number % 2 === 0) return (await join(`attacker ${number}`)).client;
  const client = new Client(node.url);
  await client.until(() => client.socket.connected);
  return client;
}

async function join(name: string): Promise<Participant> {
  const client = new Client(node.url);
  const token = await joinToken(systemClock, { name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

/**
 * The heap after garbage collection. Clients live in this process too, which only makes the bound
 * stricter.
 */
function collectedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

const SEED = 20_261_122;
const BATCH = 200;
/** A frame that is no valid message costs a new connection, so there are fewer of them. */
const BATCHES_PER_FRAME = 5;
