import { systemClock } from '@waterbus/cluster';
import { applyRoomChange, PROTOCOL_VERSION, type RoomSnapshot, type ServerEvent } from '@waterbus/protocol';
import { afterEach, expect, test } from 'vitest';
import { type RedisNode, startRedisNodes } from './system/redis-nodes.js';
import { Client, joinToken, RTP_PARAMETERS } from './system/signalling.js';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function start(settings: string[] = []) {
  const started = await startRedisNodes(settings);
  opened.push(started);
  return started;
}

/** A client that follows the room as the SDK does: a gap means `sync` (R1). */
class Follower {
  versions: number[] = [];
  /** All participants that it ever saw leave. */
  left: string[] = [];

  private constructor(
    readonly client: Client,
    readonly id: string,
    readonly resumeToken: string,
    public room: RoomSnapshot,
  ) {
    client.socket.on('room', (event: ServerEvent<'room'>) => void this.follow(event));
  }

  static async join(node: RedisNode, name: string): Promise<Follower> {
    const client = new Client(node.url);
    opened.push({ close: () => void client.socket.disconnect() });
    const token = await joinToken(systemClock, { name });
    const joined = await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION });
    return new Follower(client, joined.participantId, joined.resumeToken, joined.room);
  }

  get names(): string[] {
    return this.room.participants.map(({ name }) => name).sort();
  }

  /** Through this media node, as if placement had chosen it. */
  async publish(mediaNodeId?: string): Promise<string> {
    const { transport } = await this.client.ok('transport.open', {
      direction: 'send',
      ...(mediaNodeId !== undefined && { mediaNodeId }),
    });
    const { producerId } = await this.client.ok('produce', {
      transportId: transport.id,
      kind: 'video',
      source: 'camera',
      rtpParameters: RTP_PARAMETERS,
    });
    return producerId;
  }

  producersOf(other: Follower): string[] {
    const participant = this.room.participants.find(({ id }) => id === other.id);
    return participant?.producers.map(({ id }) => id) ?? [];
  }

  private async follow({ version, change }: ServerEvent<'room'>): Promise<void> {
    if (change.type === 'participant.left') this.left.push(change.participantId);
    if (version <= this.room.version) return;
    this.versions.push(version);
    if (version === this.room.version + 1) return this.take(applyRoomChange(this.room, change));
    const room = await this.snapshot();
    if (room && room.version > this.room.version) this.take(room);
  }

  /**
   * Repeats `sync` until a server answers, as the SDK does. Undefined if this client was ended
   * while it waited.
   */
  private async snapshot(): Promise<RoomSnapshot | undefined> {
    try {
      let room: RoomSnapshot | undefined;
      const ask = async () => {
        const reply = await this.client.request('sync', {});
        if (!reply.ok) return reply.error.code;
        room = reply.data.room;
        return 'current';
      };
      await expect.poll(ask, { interval: 100 }).not.toBe('server.unavailable');
      return room;
    } catch (error) {
      if (this.client.socket.connected) throw error;
      return undefined;
    }
  }

  private take(room: RoomSnapshot | undefined): void {
    if (!room) throw new Error('a version was spent on nothing (R1)');
    const now = new Set(room.participants.map(({ id }) => id));
    for (const { id } of this.room.participants) if (!now.has(id) && !this.left.includes(id)) this.left.push(id);
    this.room = room;
  }
}

const soon = { interval: 20 };

test('R6: after Redis returned empty, rooms are complete again and no participant was seen leaving', async () => {
  const { redis, nodes } = await start();
  const [ada, ben] = [await Follower.join(nodes[0], 'Ada'), await Follower.join(nodes[1], 'Ben')];
  const camera = await ada.publish();
  await expect.poll(() => ben.producersOf(ada), soon).toEqual([camera]);
  const before = ben.room.version;
  await redis.kill();
  await redis.start();
  const back = performance.now();
  await expect.poll(async () => (await nodes[0].cluster.rooms.snapshot('room-1'))?.participants.length, soon).toBe(2);
  await expect.poll(async () => (await nodes[0].cluster.nodes.list()).length, soon).toBe(4);
  const whole = performance.now() - back;
  // Changes reach all participants again, with versions above the old ones.
  const more = await ben.publish();
  await expect.poll(() => ada.producersOf(ben), soon).toEqual([more]);
  await expect.poll(() => ben.producersOf(ada), soon).toEqual([camera]);
  expect(ada.names).toEqual(['Ada', 'Ben']);
  expect(ben.room.version).toBeGreaterThan(before);
  for (const { versions } of [ada, ben]) expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect([...ada.left, ...ben.left]).toEqual([]);
  // `npm run faults` checks the 5 s.
  console.log(`whole ${whole.toFixed(0)} ms after Redis was back`);
});

test.each([
  ['empty', []],
  ['as it was', ['--appendonly', 'yes', '--appendfsync', 'always']],
])('R6: a leave or an unpublish while Redis is away lasts when it returns %s', async (_, settings) => {
  const { redis, nodes } = await start(settings);
  const [ada, ben, cid] = [
    await Follower.join(nodes[0], 'Ada'),
    await Follower.join(nodes[1], 'Ben'),
    await Follower.join(nodes[0], 'Cid'),
  ];
  const camera = await cid.publish();
  await expect.poll(() => ben.producersOf(cid), soon).toEqual([camera]);
  await redis.kill();
  // Its socket is lost, and its grace time ends, while the room cannot be changed.
  ada.client.socket.disconnect();
  await cid.client.request('producer.close', { producerId: camera });
  await expect.poll(() => nodes[0].errors.some((error) => error.includes('leaving not written')), soon).toBe(true);
  await redis.start();
  await expect.poll(() => ben.names, soon).toEqual(['Ben', 'Cid']);
  await expect.poll(() => ben.producersOf(cid), soon).toEqual([]);
  expect(ben.left).toEqual([ada.id]);
  expect(await nodes[0].cluster.rooms.homes('room-1')).toHaveLength(2);
});

test('R6: a participant that makes changes while the rooms are asserted again continues as before', async () => {
  const { redis, nodes } = await start();
  const [ada, ben] = [await Follower.join(nodes[0], 'Ada'), await Follower.join(nodes[1], 'Ben')];
  // Ben sends through a media node of the other Server WS.
  const far = nodes[0].mediaHost.nodes()[0]!.id;
  const producers = new Map([
    [ada, await ada.publish(far)],
    [ben, await ben.publish(far)],
  ]);
  const ended: unknown[] = [];
  const lost: unknown[] = [];
  const draining: unknown[] = [];
  for (const { client } of [ada, ben]) {
    client.socket.on('ended', (event: unknown) => ended.push(event));
    client.socket.on('mediaNode.draining', (event: unknown) => draining.push(event));
  }
  let over = false;
  const toggle = async (who: Follower) => {
    let paused = false;
    while (!over) {
      paused = !paused;
      const name = paused ? 'producer.pause' : 'producer.resume';
      const reply = await who.client.request(name, { producerId: producers.get(who)! });
      if (!reply.ok && reply.error.code !== 'server.unavailable') lost.push(reply.error);
    }
    while (!(await who.client.request('producer.pause', { producerId: producers.get(who)! })).ok);
  };
  const toggling = [toggle(ada), toggle(ben)];
  for (let restart = 0; restart < 3; restart += 1) {
    await redis.kill();
    await redis.start();
    await expect.poll(async () => (await nodes[0].cluster.rooms.homes('room-1')).length, soon).toBe(2);
  }
  over = true;
  await Promise.all(toggling);
  const paused = (of: Follower, by: Follower) =>
    by.room.participants.find(({ id }) => id === of.id)?.producers[0]?.paused;
  await expect.poll(() => [paused(ada, ben), paused(ben, ada)], soon).toEqual([true, true]);
  expect(ended).toEqual([]);
  expect(lost).toEqual([]);
  // No node was taken for silent either (R11).
  expect(draining).toEqual([]);
  expect([...ada.left, ...ben.left]).toEqual([]);
});

test('R6: a stream that a media node closed during the outage is removed when Redis is back', async () => {
  const { redis, nodes } = await start();
  const [ada, ben] = [await Follower.join(nodes[0], 'Ada'), await Follower.join(nodes[1], 'Ben')];
  const [media] = nodes[0].mediaHost.nodes();
  const camera = await ada.publish();
  const elsewhere = await ben.publish(media!.id);
  await expect.poll(() => ada.producersOf(ben), soon).toEqual([elsewhere]);
  const { transportId } = media!.producers.get(elsewhere)!;
  const closed: unknown[] = [];
  ben.client.socket.on('transport.closed', (event: unknown) => closed.push(event));
  await redis.kill();
  await expect.poll(() => nodes[0].cluster.rooms.homes('room-1').catch(() => 'away'), soon).toBe('away');
  media!.dropTransport(transportId, 'consent-expired');
  await redis.start();
  await expect.poll(() => ada.producersOf(ben), soon).toEqual([]);
  expect(ben.producersOf(ada)).toEqual([camera]);
  expect(closed).toEqual([{ transportId, reason: 'router-closed' }]);
});
