import { applyRoomChange, type RoomChange, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import { afterEach, expect, it, vi } from 'vitest';
import { BlackholeProxy } from '../../../test/blackhole-proxy.js';
import { eventually, RedisServer, TEST_SECRET } from '../../../test/redis-server.js';
import type { Cluster, Home } from '../../cluster.js';
import { createRedisCluster } from '../redis-cluster.js';

// Connections are lost and restored in real time.
vi.setConfig({ testTimeout: 240_000 });

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

it('R1, R2: a follower of events and snapshots has the current room, however often connections are cut', async () => {
  const server = await RedisServer.start();
  opened.push(server);
  const followers: Follower[] = [];
  const proxies: BlackholeProxy[] = [];
  for (let index = 0; index < 3; index += 1) {
    const proxy = await BlackholeProxy.start(server.port);
    const cluster = await createRedisCluster({ redis: { url: proxy.url }, secret: TEST_SECRET });
    opened.push(proxy, cluster);
    proxies.push(proxy);
    followers.push(await Follower.start(cluster, `p${index}`));
  }
  let [written, refused] = [0, 0];
  for (let round = 0; round < 12; round += 1) {
    const writing = followers.map(async (follower) => {
      for (let n = 0; n < 25; n += 1) {
        const ok = await follower.rename(`${round}-${n}`);
        if (ok) written += 1;
        else refused += 1;
      }
    });
    if (round > 0) proxies[round % 3]?.cut();
    await Promise.all(writing);
    // A follower that was cut off is back before the next cut.
    for (const follower of followers) await eventually(() => follower.rename(`${round}`));
  }
  expect(written).toBeGreaterThan(300);
  expect(refused).toBeGreaterThan(0);
  const [one] = followers;
  for (const follower of followers) {
    await eventually(async () => (await one?.cluster.rooms.snapshot('room'))?.version === follower.state.version);
    expect(follower.state).toEqual(await one?.cluster.rooms.snapshot('room'));
    // Events come in the order of their versions, none twice.
    expect(follower.received).toEqual([...new Set(follower.received)].sort((a, b) => a - b));
  }
});

/** Follows a room as Server WS does, and writes for one participant. */
class Follower {
  state: RoomSnapshot = { roomId: 'room', version: 0, participants: [] };
  readonly received: number[] = [];
  #home: Home | undefined;
  #fetching = false;
  #again = false;

  private constructor(
    readonly cluster: Cluster,
    readonly id: string,
  ) {}

  static async start(cluster: Cluster, id: string): Promise<Follower> {
    const follower = new Follower(cluster, id);
    await cluster.rooms.watch(
      'room',
      (event) => follower.#hear(event),
      () => follower.#fetch(),
    );
    follower.#home = await cluster.rooms.claimHome('room', id, id);
    const participant = { id, name: id, role: 'guest', joinedAt: 0, connection: 'connected' } as const;
    const joined: RoomChange = { type: 'participant.joined', participant: { ...participant, producers: [] } };
    await cluster.rooms.apply('room', joined, follower.#home);
    follower.#fetch();
    return follower;
  }

  async rename(name: string): Promise<boolean> {
    if (!this.#home) return false;
    const change = { type: 'participant.updated', participantId: this.id, name } as const;
    return this.cluster.rooms.apply('room', change, this.#home).then(
      ({ type }) => type !== 'refused',
      () => false,
    );
  }

  #hear(event: RoomEvent): void {
    this.received.push(event.version);
    if (event.version <= this.state.version) return;
    const next = event.version === this.state.version + 1 ? applyRoomChange(this.state, event.change) : undefined;
    if (next && !this.#fetching) this.state = next;
    else this.#fetch();
  }

  #fetch(): void {
    this.#again = true;
    if (this.#fetching) return;
    this.#fetching = true;
    const fetch = async () => {
      while (this.#again) {
        this.#again = false;
        this.state = (await this.cluster.rooms.snapshot('room')) ?? this.state;
      }
    };
    fetch()
      // Cut off again: `onGap` is called once the connection is back.
      .catch(() => {})
      .finally(() => {
        this.#fetching = false;
      });
  }
}
