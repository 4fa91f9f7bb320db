import { createInProcessCluster, type InProcessCluster, systemClock } from '@waterbus/cluster';
import { createMediaHost, type MediaNode, type WorkerHost } from '@waterbus/media-host';
import { PROTOCOL_VERSION, type WhipAnswer, type WhipBody } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Player } from './system/http-player.js';
import { MediaClient } from './system/media-client.js';
import { ALL_GRANTS, Client, joinToken, type Node, Participant, startNode } from './system/signalling.js';
import { SimulcastPublisher } from './system/simulcast-publisher.js';

// A player on libdatachannel, and publishers on media nodes of two servers; the packets are real.

const nodes: Node<WorkerHost>[] = [];
const open: { close(): void }[] = [];
let cluster: InProcessCluster;
let near: Node<WorkerHost>;
let far: Node<WorkerHost>;

beforeEach(async () => {
  cluster = createInProcessCluster();
  for (const nodeId of ['ws-1', 'ws-2']) {
    const mediaHost = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: nodeId });
    nodes.push(await startNode({ nodeId, mediaHost, cluster: cluster.connect() }));
  }
  [near, far] = nodes as [Node<WorkerHost>, Node<WorkerHost>];
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

const WATCHES = { ...ALL_GRANTS, publish: [], subscribe: true, moderate: false } as typeof ALL_GRANTS;
const idOf = (node: Node<WorkerHost>) => node.mediaHost.nodes()[0]!.id;

/** A participant at home on the near server who publishes through the media node of `through`. */
async function publish(name: string, through: Node<WorkerHost>) {
  const client = new Client(near.url);
  open.push({ close: () => client.socket.disconnect() });
  const token = await joinToken(systemClock, { name });
  const who = new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
  const sending = await sendThrough(who, through);
  const producerId = await sending.publishCamera(who);
  return { who, sending, producerId };
}

async function sendThrough(who: Participant, through: Node<WorkerHost>): Promise<MediaClient> {
  const sending = await MediaClient.open(who, 'send', idOf(through));
  open.push(sending);
  return sending;
}

async function watch(home = near): Promise<Player> {
  const player = new Player({ opus: 63, h264: 45, vp8: 47 });
  open.push(player);
  const token = await joinToken(systemClock, { name: 'Lobby screen', grants: WATCHES });
  const body: WhipBody<'whep.watch'> = {
    ...{ token, offer: await player.offer(), address: '127.0.0.1', forwarded: false },
  };
  const { answer } = (await near.cluster.bus.request(home.id, 'whep.watch', body)) as WhipAnswer<'whep.watch'>;
  await player.accept(answer);
  return player;
}

async function consumersOf(node: Node<WorkerHost>, producerId: string): Promise<number> {
  return (await node.mediaHost.nodes()[0]!.producerStats(producerId)).consumers;
}

/** Publishes the camera again through another media node, and then ends the first one. */
async function move({ who, sending, producerId }: Awaited<ReturnType<typeof publish>>, to: Node<WorkerHost>) {
  const next = await sendThrough(who, to);
  const moved = { who, sending: next, producerId: await next.publishCamera(who, producerId) };
  // The player receives the copy before the first one ends.
  await expect.poll(() => consumersOf(to, moved.producerId), { timeout: 20_000 }).toBe(1);
  await who.client.ok('transport.close', { transportId: sending.transportId });
  sending.stopSending();
  return moved;
}

/** The numbers that the publisher wrote into the newest packets, and its payload. */
const newest = (player: Player) => player.packets.video.at(-1)!.readUInt32BE(player.packets.video.at(-1)!.length - 4);

async function more(player: Player, kind: 'audio' | 'video', count = 30): Promise<void> {
  const { length } = player.packets[kind];
  await expect.poll(() => player.packets[kind].length, { timeout: 20_000 }).toBeGreaterThan(length + count);
}

function expectOneStream(packets: readonly Buffer[]): void {
  const numbers = packets.map((packet) => packet.readUInt16BE(2)).sort((one, other) => one - other);
  expect(new Set(packets.map((packet) => packet.readUInt32BE(8))).size).toBe(1);
  expect(numbers.slice(1).filter((number, i) => number - numbers[i]! > 1)).toEqual([]);
}

test('a speaker on another media node comes up in picture and sound', async () => {
  const ada = await publish('Ada', near);
  const ben = await publish('Ben', far);
  const player = await watch();
  await more(player, 'video');
  expect(await consumersOf(far, ben.producerId)).toBe(0);

  await ben.sending.publishMicrophone(ben.who);
  ben.sending.talks = true;
  await expect.poll(() => consumersOf(far, ben.producerId), { timeout: 20_000 }).toBe(1);
  await expect.poll(() => consumersOf(near, ada.producerId), { timeout: 20_000 }).toBe(0);
  await more(player, 'audio');
  // Of Ben: his packets arrive soon after he has sent them.
  ada.sending.stopSending();
  await more(player, 'video');
  expect(ben.sending.sent - newest(player)).toBeLessThan(200);
  expectOneStream(player.packets.video);
  expectOneStream(player.packets.audio);
  expect(player.packets.audio.at(-1)!.subarray(-40)).toEqual(Buffer.alloc(40, 0x80 | 20));

  await ben.who.client.ok('transport.close', { transportId: ben.sending.transportId });
  await expect.poll(() => consumersOf(near, ada.producerId), { timeout: 20_000 }).toBe(1);
  expect([...near.errors, ...far.errors]).toEqual([]);
});

test('R10: it follows a stream to another media node, and back when that one drains', async () => {
  const ada = await publish('Ada', near);
  const player = await watch();
  await more(player, 'video');
  const away = await move(ada, far);
  await more(player, 'video');
  expect(away.sending.sent - newest(player)).toBeLessThan(200);

  const drained = far.serverWs.drain();
  const back = await move(away, near);
  await more(player, 'video');
  expect(back.sending.sent - newest(player)).toBeLessThan(200);
  expect(await drained).toEqual({ outcome: 'empty', participants: 0, transports: 0 });
  expectOneStream(player.packets.video);
  expect(player.state).toBe('connected');
  expect([...near.errors, ...far.errors]).toEqual([]);
});

test('R10: its session ends when its own media node drains and has no streams; a new one is elsewhere', async () => {
  const ada = await publish('Ada', near);
  const player = await watch();
  await more(player, 'video');
  void near.serverWs.drain();
  const next = await sendThrough(ada.who, far);
  await next.publishCamera(ada.who, ada.producerId);
  await more(player, 'video');
  await ada.who.client.ok('transport.close', { transportId: ada.sending.transportId });
  await expect.poll(() => player.state, { timeout: 20_000 }).toMatch(/closed|disconnected|failed/);

  const again = await watch(far);
  await more(again, 'video');
});

test('R11: when a media node crashes, the picture is that of another one, and returns with its publisher', async () => {
  const ada = await publish('Ada', near);
  const ben = await publish('Ben', far);
  const player = await watch();
  await ben.sending.publishMicrophone(ben.who);
  ben.sending.talks = true;
  await expect.poll(() => consumersOf(far, ben.producerId), { timeout: 20_000 }).toBe(1);
  await expect.poll(() => consumersOf(near, ada.producerId), { timeout: 20_000 }).toBe(0);

  process.kill(far.mediaHost.nodes()[0]!.pid, 'SIGKILL');
  await expect.poll(() => consumersOf(near, ada.producerId), { timeout: 20_000 }).toBe(1);
  await more(player, 'video');
  await expect.poll(() => far.mediaHost.nodes().length, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => near.serverWs.ready()).toBe(true);
  const again = await sendThrough(ben.who, far);
  const producerId = await again.publishCamera(ben.who);
  await again.publishMicrophone(ben.who);
  again.talks = true;
  await expect.poll(() => consumersOf(far, producerId), { timeout: 20_000 }).toBe(1);
  await more(player, 'video');
  expectOneStream(player.packets.video);
});

test('all sizes of a picture arrive, and the larger ones as long as a player has room for them', async () => {
  // Alone in the room, it publishes through the media node of its own server.
  const stage = new SimulcastPublisher();
  open.push(stage);
  const grants = { ...ALL_GRANTS, publish: ['camera'], subscribe: false } as typeof ALL_GRANTS;
  const token = await joinToken(systemClock, { name: 'Stage', grants });
  const body = { token, offer: await stage.offer(), address: '127.0.0.1', forwarded: false };
  const { answer } = (await far.cluster.bus.request(far.id, 'whip.publish', body)) as WhipAnswer<'whip.publish'>;
  await stage.accept(answer);
  // The player goes to the media node with the most streams.
  const ada = await publish('Ada', near);
  await ada.sending.publishMicrophone(ada.who);

  const worker = near.mediaHost.nodes()[0]!;
  const produced: string[] = [];
  const filled: string[] = [];
  const { produce, fillSection } = worker;
  const noting: Pick<MediaNode, 'produce' | 'fillSection'> = {
    produce: (request) => {
      produced.push(request.producerId);
      return produce.call(worker, request);
    },
    fillSection: (request) => {
      filled.push(request.consumerId);
      return fillSection.call(worker, request);
    },
  };
  for (const [name, value] of Object.entries(noting)) Object.defineProperty(worker, name, { value });
  const player = await watch();
  await expect.poll(() => produced.length, { timeout: 20_000 }).toBe(1);
  const widths = async () => {
    const { layers = [] } = await worker.producerStats(produced[0]!);
    return layers.map(({ bitrate, frameWidth }) => (bitrate > 0 ? frameWidth : 0));
  };
  await expect.poll(widths, { timeout: 30_000 }).toEqual([480, 960]);
  await more(player, 'video');

  const small = { width: 320, height: 180, visible: true, priority: 'low' as const };
  for (const id of filled) await worker.setConsumerPreferences(id, small).catch(() => {});
  await expect.poll(widths, { timeout: 30_000 }).toEqual([480, 0]);
  await more(player, 'video');
  expectOneStream(player.packets.video);
});
