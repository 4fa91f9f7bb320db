import { type Cluster, type DurableStreams, systemClock } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import {
  applyRoomChange,
  type RoomEvent,
  type RoomParticipant,
  type RoomRecord,
  type RoomSnapshot,
} from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { countRefusals } from '../refusals.js';
import { LiveRoom } from './live-room.js';
import { RoomRecords } from './room-records.js';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function context(cluster: LossyCluster) {
  const refusals = countRefusals(systemClock, silent);
  return {
    cluster: cluster as unknown as Cluster,
    clock: systemClock,
    logger: silent,
    refusals,
    mediaNodes: new Map(),
  };
}

function participant(id: string): RoomParticipant {
  return { id, name: id, role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
}

/** A cluster whose broadcast can lose events, as a network may. */
class LossyCluster {
  room: RoomSnapshot = { roomId: 'room', version: 0, participants: [] };
  fetches = 0;
  private listener: (event: RoomEvent) => void = () => {};

  readonly bus = { subscribe: async () => () => {} };
  readonly rooms = {
    watch: async (_: string, listener: (event: RoomEvent) => void) => {
      this.listener = listener;
      return () => {};
    },
    snapshot: async () => {
      this.fetches += 1;
      return this.room.participants.length > 0 ? this.room : undefined;
    },
  };

  join(id: string, isLost = false): void {
    const change = { type: 'participant.joined', participant: participant(id) } as const;
    this.room = applyRoomChange(this.room, change)!;
    if (!isLost) this.listener({ roomId: 'room', version: this.room.version, change });
  }
}

describe('R1: a room on a node', () => {
  const names = (room: LiveRoom) => room.participants.map(({ id }) => id);

  test('follows events in version order without requests', async () => {
    const cluster = new LossyCluster();
    const room = await LiveRoom.open('room', context(cluster));
    cluster.join('a');
    cluster.join('b');
    expect(names(room)).toEqual(['a', 'b']);
    expect(cluster.fetches).toBe(1);
  });

  test('fetches the snapshot once for a gap, and again for later changes', async () => {
    const cluster = new LossyCluster();
    const room = await LiveRoom.open('room', context(cluster));
    cluster.join('a');
    cluster.join('b', true);
    cluster.join('c');
    cluster.join('d', true);
    cluster.join('e');
    await expect.poll(() => names(room)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(cluster.fetches).toBeLessThanOrEqual(3);
  });

  test('emits every event, also during recovery', async () => {
    const cluster = new LossyCluster();
    const room = await LiveRoom.open('room', context(cluster));
    const versions: number[] = [];
    room.listen({
      roomEvent: () => {},
      roomEvents: ({ events }) => void versions.push(...events.map(({ version }) => version)),
      meetingEvent: () => {},
      dataMessage: () => {},
      liveEvent: () => {},
    });
    cluster.join('a');
    cluster.join('b', true);
    cluster.join('c');
    expect(versions).toEqual([1, 3]);
  });
});

test('R12: records wait in order while the stream is unreachable', async () => {
  const clock = new VirtualClock();
  const stored: RoomRecord[] = [];
  let isAway = true;
  const streams = {
    append: async (_: string, body: unknown) => {
      if (isAway) throw new Error('away');
      stored.push(body as RoomRecord);
      return '';
    },
  } as unknown as DurableStreams;
  const records = new RoomRecords(streams, clock, silent);
  const ended = (roomId: string): RoomRecord => ({ type: 'room.ended', roomId, at: 0 });
  records.add(ended('one'));
  records.add(ended('two'));
  await records.flush();
  expect(stored).toEqual([]);
  isAway = false;
  records.add(ended('three'));
  await clock.advance(1000);
  expect(stored).toEqual([ended('one'), ended('two'), ended('three')]);
});
