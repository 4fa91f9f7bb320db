import { createInProcessCluster, type InProcessCluster, systemClock } from '@waterbus/cluster';
import { createMediaHost, type WorkerHost } from '@waterbus/media-host';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MediaClient } from './system/media-client.js';
import { Client, joinToken, type Node, Participant, startNode } from './system/signalling.js';

/** Two nodes with a real media worker each; one is drained while packets flow. */
const nodes: Node<WorkerHost>[] = [];
const open: { close(): void }[] = [];
let cluster: InProcessCluster;

beforeEach(async () => {
  cluster = createInProcessCluster();
  for (const nodeId of ['ws-1', 'ws-2']) {
    const mediaHost = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: nodeId });
    nodes.push(await startNode({ nodeId, mediaHost, cluster: cluster.connect() }));
  }
});
afterEach(async () => {
  for (const part of open.splice(0)) part.close();
  for (const node of nodes.splice(0)) {
    await node.close();
    await node.mediaHost.close();
    await node.cluster.close();
  }
  await cluster.close();
});

async function join(node: Node<WorkerHost>, name: string): Promise<Participant> {
  const client = connect(node);
  const token = await joinToken(systemClock, { name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

function connect(node: Node<WorkerHost>): Client {
  const client = new Client(node.url);
  open.push({ close: () => client.socket.disconnect() });
  return client;
}

async function media(who: Participant, direction: 'send' | 'receive', mediaNodeId?: string): Promise<MediaClient> {
  const client = await MediaClient.open(who, direction, mediaNodeId);
  open.push(client);
  return client;
}

/**
 * When stopped, prints the longest time without packets on any of the transports. `npm run faults`
 * checks it.
 */
function longestGap(receiving: MediaClient): { stop(): void } {
  let last = performance.now();
  let longest = 0;
  const seen = (at: number) => {
    longest = Math.max(longest, at - last);
    last = at;
  };
  receiving.onPacket = seen;
  return {
    stop: () => {
      seen(performance.now());
      console.log(`longest gap: ${longest.toFixed(0)} ms`);
    },
  };
}

async function more(way: MediaClient, count: number): Promise<void> {
  const { received } = way;
  await expect.poll(() => way.received - received, { interval: 10 }).toBeGreaterThanOrEqual(count);
}

test('R10: receivers on a draining node receive without a gap, and the node is empty afterwards', async () => {
  const [one, two] = nodes as [Node<WorkerHost>, Node<WorkerHost>];
  const [ada, ben] = [await join(one, 'Ada'), await join(two, 'Ben')];
  const [first] = one.mediaHost.nodes();
  const sending = await media(ada, 'send', first!.id);
  const producerId = await sending.publishCamera(ada);
  const receiving = await media(ben, 'receive', sending.mediaNodeId);
  await subscribe(ben, ada, receiving);
  await more(receiving, 50);
  const seen = ben.changes.length;

  const drained = one.serverWs.drain();
  const gap = longestGap(receiving);
  await ada.client.event('moving');
  const { resumeToken } = ada.joined;
  const client = connect(two);
  const again = new Participant(client, await client.ok('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION }));
  const sendingAgain = await media(again, 'send');
  expect(sendingAgain.mediaNodeId).not.toBe(sending.mediaNodeId);
  const replacing = await sendingAgain.publishCamera(again, producerId);
  const receivingAgain = await media(ben, 'receive', sendingAgain.mediaNodeId);
  receivingAgain.onPacket = receiving.onPacket;
  await subscribe(ben, again, receivingAgain);
  // Both transports carry all streams before the old one is closed.
  await Promise.all([more(receivingAgain, 10), more(receiving, 10)]);
  sending.stopSending();
  await expect.poll(() => receiving.lastNumber).toBe(sending.sent - 1);
  await again.client.ok('transport.close', { transportId: sending.transportId });
  await more(receivingAgain, 50);
  gap.stop();
  await ben.client.ok('transport.close', { transportId: receiving.transportId });

  expect(await drained).toEqual({ outcome: 'empty', participants: 0, transports: 0 });
  expect(ben.changes.slice(seen)).toEqual(['producer.added', 'producer.removed']);
  expect(ben.other(ada.id)!.producers).toMatchObject([{ id: replacing, mediaNodeId: sendingAgain.mediaNodeId }]);
  expect([receiving.missing, receivingAgain.missing]).toEqual([0, 0]);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

async function subscribe(who: Participant, to: Participant, way: MediaClient): Promise<void> {
  await who.until(() => who.other(to.id)!.producers.some(({ mediaNodeId }) => mediaNodeId === way.mediaNodeId));
  const { consumers } = await who.client.ok('subscribe', {
    participantId: to.id,
    transportId: way.transportId,
    rtpCapabilities: who.joined.rtpCapabilities,
  });
  expect(consumers).toHaveLength(1);
}
