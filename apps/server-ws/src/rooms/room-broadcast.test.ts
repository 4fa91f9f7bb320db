import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import type { RoomEvent } from '@waterbus/protocol';
import { beforeEach, expect, test } from 'vitest';
import { type BroadcastReceiver, RoomBroadcast } from './room-broadcast.js';
import type { RoomEvents } from './room-events.js';

let clock: VirtualClock;
let batches: number[][];
beforeEach(() => {
  clock = new VirtualClock();
  batches = [];
});

test('sends each change at once in a small room', () => {
  const broadcast = inRoomOf(50);
  for (const version of [1, 2, 3]) broadcast.add(event(version));
  expect(batches).toEqual([[1], [2], [3]]);
});

test('sends a rare change at once in a large room', async () => {
  const broadcast = inRoomOf(1000);
  broadcast.add(event(1));
  await clock.advance(100);
  broadcast.add(event(2));
  expect(batches).toEqual([[1], [2]]);
});

test('R1: sends the changes of 100 ms together in a large room, in order', async () => {
  const broadcast = inRoomOf(1000);
  for (const version of [1, 2, 3]) broadcast.add(event(version));
  expect(batches).toEqual([[1]]);
  await clock.advance(99);
  broadcast.add(event(4));
  expect(batches).toEqual([[1]]);
  await clock.advance(1);
  expect(batches).toEqual([[1], [2, 3, 4]]);
  broadcast.add(event(5));
  await clock.advance(100);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});

test('waits for a shorter time with fewer receivers', async () => {
  const broadcast = inRoomOf(200);
  broadcast.add(event(1));
  broadcast.add(event(2));
  await clock.advance(20);
  expect(batches).toEqual([[1], [2]]);
});

test('sends nothing after it is closed', async () => {
  const broadcast = inRoomOf(1000);
  broadcast.add(event(1));
  broadcast.add(event(2));
  broadcast.close();
  await clock.advance(1000);
  expect(batches).toEqual([[1]]);
});

/** The first receiver records the versions of each batch. */
function inRoomOf(count: number): RoomBroadcast {
  const record = (batch: RoomEvents) => void batches.push(batch.events.map(({ version }) => version));
  const receivers = new Set<BroadcastReceiver>([{ roomEvents: record }]);
  while (receivers.size < count) receivers.add({ roomEvents: () => {} });
  return new RoomBroadcast(receivers, clock);
}

function event(version: number): RoomEvent {
  return { roomId: 'room', version, change: { type: 'participant.left', participantId: 'a', reason: 'left' } };
}
