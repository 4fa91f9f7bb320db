import type { RoomChange, RoomEvent } from '@waterbus/protocol';
import { describe, expect } from 'vitest';
import { ROOM_CAPACITY } from '../../src/cluster.js';
import type { ContractTest } from './contract-test.js';
import { join, participant, producer, record } from './rooms-and-nodes.js';

/** R1 to R4, R6: the state of rooms. */
export function roomsContract(it: ContractTest): void {
  describe('rooms', () => {
    it('R1: every change raises the version by one and is broadcast with it', async ({ one, two, under }) => {
      const events = await record(two);
      const home = await join(one, 'a', 'node-1');
      await one.rooms.apply('room', { type: 'producer.added', participantId: 'a', producer: producer('p') }, home);
      await one.rooms.apply(
        'room',
        { type: 'producer.updated', participantId: 'a', producerId: 'p', paused: true },
        home,
      );
      await under.until(() => events.length === 3);
      const first = events[0]?.version ?? 0;
      expect(events.map((event) => event.version)).toEqual([first, first + 1, first + 2]);
      expect(await two.rooms.snapshot('room')).toEqual({
        roomId: 'room',
        version: first + 2,
        participants: [{ ...participant('a'), producers: [{ ...producer('p'), paused: true }] }],
      });
    });

    it('R1: a change without news spends no version and is not broadcast', async ({ one, two, under }) => {
      const home = await join(one, 'a', 'node-1');
      const events = await record(two);
      const again = await one.rooms.apply('room', { type: 'participant.joined', participant: participant('a') }, home);
      expect(again.type).toBe('unchanged');
      await one.rooms.apply('room', { type: 'participant.updated', participantId: 'a', name: 'B' }, home);
      await under.until(() => events.length > 0);
      expect(events.map((event) => event.change.type)).toEqual(['participant.updated']);
    });

    it('R1: a room that ended and starts again does not go back in versions', async ({ one, two, under }) => {
      const home = await join(one, 'a', 'node-1');
      await one.rooms.apply('room', { type: 'participant.left', participantId: 'a', reason: 'left' }, home);
      expect(await one.rooms.snapshot('room')).toBeUndefined();
      const events = await record(two);
      await join(one, 'b', 'node-1');
      await under.until(() => events.length === 1);
      expect(events[0]?.version).toBeGreaterThan(2);
    });

    it('R1: the events after a snapshot lead to the next snapshot', async ({ one, two, under }) => {
      const events = await record(two);
      await Promise.all(['a', 'b', 'c', 'd'].map((id, index) => join(index % 2 ? one : two, id, `node-${index % 2}`)));
      await under.until(() => events.length === 4);
      const snapshot = await one.rooms.snapshot('room');
      expect(snapshot?.version).toBe(events.at(-1)?.version);
      expect(snapshot?.participants.map(({ id }) => id)).toEqual(
        events.map(({ change }) => (change.type === 'participant.joined' ? change.participant.id : '?')),
      );
    });

    it('R2: concurrent changes of two members reach both once and in one order', async ({ one, two, under }) => {
      const [atOne, atTwo] = [await record(one), await record(two)];
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
      await Promise.all(ids.map((id, index) => join(index % 2 ? one : two, id, `node-${index % 2}`)));
      await under.until(() => atOne.length === ids.length && atTwo.length === ids.length);
      expect(atOne).toEqual(atTwo);
      const versions = atOne.map((event) => event.version);
      expect(versions).toEqual(versions.map((_, index) => (versions[0] ?? 0) + index));
    });

    it('R2: a watcher receives no events of other rooms and none after it stopped', async ({ one, two, under }) => {
      const events = await record(two, 'another-room');
      const stopped: RoomEvent[] = [];
      (await two.rooms.watch('room', (event) => stopped.push(event)))();
      const received = await record(two);
      await join(one, 'a', 'node-1');
      await under.until(() => received.length === 1);
      expect([...events, ...stopped]).toEqual([]);
    });

    it('R2: a member that modifies its copy does not affect other members', async ({ one, two, under }) => {
      const shared = participant('a');
      const home = await one.rooms.claimHome('room', 'a', 'node-1');
      const events = await record(two);
      await one.rooms.apply('room', { type: 'participant.joined', participant: shared }, home);
      shared.name = 'changed by the writer';
      const snapshot = await one.rooms.snapshot('room');
      if (snapshot?.participants[0]) snapshot.participants[0].name = 'changed by a reader';
      await under.until(() => events.length === 1);
      expect((await two.rooms.snapshot('room'))?.participants[0]?.name).toBe('A');
      expect(events[0]?.change).toEqual({ type: 'participant.joined', participant: participant('a') });
    });

    it('R3: a take-over raises the epoch, and the older home may write no more', async ({ one, two }) => {
      const old = await join(one, 'a', 'node-1');
      const taken = await two.rooms.claimHome('room', 'a', 'node-2');
      expect(taken.epoch).toBeGreaterThan(old.epoch);
      const left: RoomChange = { type: 'participant.left', participantId: 'a', reason: 'connection-lost' };
      expect(await one.rooms.apply('room', left, old)).toEqual({ type: 'refused', reason: 'stale-epoch' });
      const renamed: RoomChange = { type: 'participant.updated', participantId: 'a', name: 'Moved' };
      expect(await two.rooms.apply('room', renamed, taken)).toMatchObject({ type: 'applied' });
      expect(await one.rooms.home('room', 'a')).toEqual(taken);
      expect(await one.rooms.homes('room')).toEqual([taken]);
    });

    it('R3: an epoch is higher than all earlier ones, also when the participant has left meanwhile', async ({
      one,
      two,
    }) => {
      const first = await join(one, 'a', 'node-1');
      await one.rooms.apply('room', { type: 'participant.left', participantId: 'a', reason: 'left' }, first);
      expect((await two.rooms.claimHome('room', 'a', 'node-2')).epoch).toBeGreaterThan(first.epoch);
      expect(
        await one.rooms.apply('room', { type: 'participant.joined', participant: participant('a') }, first),
      ).toEqual({
        type: 'refused',
        reason: 'stale-epoch',
      });
    });

    it('R3: a home writes for its own participant only', async ({ one }) => {
      const home = await join(one, 'a', 'node-1');
      await join(one, 'b', 'node-1');
      await expect(
        one.rooms.apply('room', { type: 'participant.left', participantId: 'b', reason: 'kicked' }, home),
      ).rejects.toThrow();
    });

    it('R3: a participant that has left has no home and is refused', async ({ one }) => {
      const home = await join(one, 'a', 'node-1');
      const left: RoomChange = { type: 'participant.left', participantId: 'a', reason: 'left' };
      expect(await one.rooms.apply('room', left, home)).toMatchObject({ type: 'applied' });
      expect(await one.rooms.home('room', 'a')).toBeUndefined();
      expect(await one.rooms.apply('room', left, home)).toEqual({ type: 'refused', reason: 'not-found' });
    });

    it('R3: a claim that never joined is released without a trace in the room', async ({ one }) => {
      await join(one, 'a', 'node-1');
      const before = await one.rooms.snapshot('room');
      const home = await one.rooms.claimHome('room', 'b', 'node-1');
      const update: RoomChange = { type: 'participant.updated', participantId: 'b', name: 'B' };
      expect(await one.rooms.apply('room', update, home)).toEqual({ type: 'refused', reason: 'not-found' });
      const left: RoomChange = { type: 'participant.left', participantId: 'b', reason: 'left' };
      expect(await one.rooms.apply('room', left, home)).toMatchObject({ type: 'unchanged' });
      expect(await one.rooms.home('room', 'b')).toBeUndefined();
      expect(await one.rooms.snapshot('room')).toEqual(before);
    });

    it('accepts no more participants than the capacity of a room', async ({ one }) => {
      for (let index = 0; index < ROOM_CAPACITY; index += 1) await join(one, `p${index}`, 'node-1');
      const home = await one.rooms.claimHome('room', 'late', 'node-1');
      const joined: RoomChange = { type: 'participant.joined', participant: participant('late') };
      expect(await one.rooms.apply('room', joined, home)).toEqual({ type: 'refused', reason: 'full' });
      expect(await one.rooms.home('room', 'late')).toBeUndefined();
    });

    it('R4: a lost node’s participants and producers leave once, whichever member removes it', async ({
      one,
      two,
      under,
    }) => {
      await join(one, 'a', 'node-1');
      const home = await join(two, 'b', 'node-2');
      const added = (id: string, mediaNodeId: string): RoomChange => ({
        type: 'producer.added',
        participantId: 'b',
        producer: { ...producer(id), mediaNodeId },
      });
      await two.rooms.apply('room', added('gone', 'node-1'), home);
      await two.rooms.apply('room', added('kept', 'node-2'), home);
      const events = await record(two);
      const removed = await Promise.all([one, two, one].map((cluster) => cluster.rooms.removeNode('node-1')));
      expect(removed.flat()).toEqual([{ roomId: 'room', participantIds: ['a'], ended: false }]);
      await under.until(() => events.length === 2);
      expect(events.map((event) => event.change)).toEqual([
        { type: 'participant.left', participantId: 'a', reason: 'node-lost' },
        { type: 'producer.removed', participantId: 'b', producerId: 'gone' },
      ]);
      const snapshot = await two.rooms.snapshot('room');
      expect(snapshot?.version).toBe(events[1]?.version);
      expect(snapshot?.participants).toEqual([
        { ...participant('b'), producers: [{ ...producer('kept'), mediaNodeId: 'node-2' }] },
      ]);
    });

    it('R4: a home on a lost node without a join is lost with it, and the room receives no event', async ({
      one,
      two,
    }) => {
      await join(two, 'a', 'node-2');
      await one.rooms.claimHome('room', 'hidden', 'node-1');
      await one.rooms.claimHome('empty', 'alone', 'node-1');
      const events = await record(two);
      const removed = await Promise.all([one, two].map((cluster) => cluster.rooms.removeNode('node-1')));
      expect(removed.flat().toSorted((a, b) => a.roomId.localeCompare(b.roomId))).toEqual([
        { roomId: 'empty', participantIds: ['alone'], ended: false },
        { roomId: 'room', participantIds: ['hidden'], ended: false },
      ]);
      expect(await two.rooms.home('room', 'hidden')).toBeUndefined();
      expect((await two.rooms.snapshot('room'))?.participants).toEqual([participant('a')]);
      expect(events).toEqual([]);
    });

    it('R4: a room ends with the last participant that had joined, in spite of other homes', async ({ one, two }) => {
      await join(one, 'a', 'node-1');
      await two.rooms.claimHome('room', 'hidden', 'node-2');
      expect(await two.rooms.removeNode('node-1')).toEqual([{ roomId: 'room', participantIds: ['a'], ended: true }]);
      expect(await two.rooms.homes('room')).toHaveLength(1);
      expect(await two.rooms.removeNode('node-2')).toEqual([
        { roomId: 'room', participantIds: ['hidden'], ended: false },
      ]);
    });

    it('R4: a participant that moved to another home in time stays when the old one is lost', async ({ one, two }) => {
      await join(one, 'a', 'node-1');
      await two.rooms.claimHome('room', 'a', 'node-2');
      await two.rooms.removeNode('node-1');
      expect((await two.rooms.snapshot('room'))?.participants).toHaveLength(1);
    });

    it('R6: nodes can assert their own participants again after everything was lost', async ({ one, two }) => {
      const first = await join(one, 'a', 'node-1');
      const before = await one.rooms.snapshot('room');
      expect(await one.rooms.removeNode('node-1')).toEqual([{ roomId: 'room', participantIds: ['a'], ended: true }]);
      expect(await one.rooms.snapshot('room')).toBeUndefined();
      const home = await one.rooms.claimHome('room', 'a', 'node-1');
      const back = { ...participant('a'), producers: [producer('p')] };
      await one.rooms.apply('room', { type: 'participant.joined', participant: back }, home);
      const after = await two.rooms.snapshot('room');
      expect(home.epoch).toBeGreaterThan(first.epoch);
      expect(after?.version).toBeGreaterThan(before?.version ?? 0);
      expect(after?.participants).toEqual([back]);
    });
  });
}
