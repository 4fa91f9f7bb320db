import type { RoomEvent, RoomParticipant } from '@waterbus/protocol';
import { type Clock, systemClock } from '../src/clock.js';
import type { Home, NodeEvent } from '../src/cluster.js';
import type { RedisTopology } from '../src/redis/connection/topology.js';
import { createRedisCluster, type RedisCluster } from '../src/redis/redis-cluster.js';
import { TEST_SECRET } from './redis-server.js';

/**
 * A member with one node and one participant, which does as R6 requires of a Server WS: it asserts
 * its participant after a reset.
 */
export class AssertingMember {
  readonly nodeEvents: NodeEvent[] = [];
  readonly roomEvents: RoomEvent[] = [];
  resets = 0;
  gaps = 0;
  #home: Home | undefined;

  private constructor(
    readonly cluster: RedisCluster,
    readonly id: string,
  ) {}

  static async start(redis: RedisTopology, id: string, clock: Clock = systemClock): Promise<AssertingMember> {
    const member = new AssertingMember(await createRedisCluster({ redis, secret: TEST_SECRET, clock }), id);
    const { cluster } = member;
    await cluster.nodes.watch((event) => member.#heardOf(event));
    await cluster.rooms.watch(
      ROOM,
      (event) => member.roomEvents.push(event),
      () => {
        member.gaps += 1;
      },
    );
    cluster.onReset(() => {
      member.resets += 1;
      member.assert().catch(() => {});
    });
    await cluster.nodes.register({ id, kind: 'ws', draining: false, load: {} });
    await cluster.bus.serve(id, async (_, body) => body);
    member.#home = await cluster.rooms.claimHome(ROOM, id, id);
    const joined = { type: 'participant.joined', participant: member.participant } as const;
    await cluster.rooms.apply(ROOM, joined, member.#home);
    return member;
  }

  get participant(): RoomParticipant {
    return {
      id: this.id,
      name: this.id,
      role: 'guest',
      joinedAt: 0,
      connection: 'connected',
      producers: [{ id: `camera-${this.id}`, kind: 'video', source: 'camera', paused: false, mediaNodeId: this.id }],
    };
  }

  /** The nodes reported down to it. */
  get downs(): string[] {
    return this.nodeEvents.filter((event) => event.type === 'down').map((event) => event.node.id);
  }

  async assert(): Promise<void> {
    if (!this.#home) return;
    const result = await this.cluster.rooms.assert(ROOM, this.#home, this.participant);
    if (result.type === 'asserted') this.#home = result.home;
  }

  /** The participants of the room in Redis. */
  async present(): Promise<string[]> {
    const snapshot = await this.cluster.rooms.snapshot(ROOM);
    return (snapshot?.participants ?? []).map(({ id }) => id).sort();
  }

  async version(): Promise<number> {
    return (await this.cluster.rooms.snapshot(ROOM))?.version ?? 0;
  }

  #heardOf(event: NodeEvent): void {
    this.nodeEvents.push(event);
    if (event.type === 'down' && event.node.id !== this.id) {
      this.cluster.rooms.removeNode(event.node.id).catch(() => {});
    }
  }
}

const ROOM = 'room';
