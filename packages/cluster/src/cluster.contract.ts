// Beyond 400 lines because it is one contract: a second implementation must pass all of it, in one
// call.
import type { RoomChange, RoomEvent, RoomParticipant, RoomProducer } from '@waterbus/protocol';
import { CodedError } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BusError,
  type Cluster,
  type Home,
  type NodeEvent,
  type NodeRecord,
  ROOM_CAPACITY,
  type StreamEntry,
} from './cluster.js';

/** The functions with which the suite controls one implementation. */
export interface ClusterUnderTest {
  /** A member of the cluster, as one server process would be. */
  connect(): Promise<Cluster>;
  /** Ends a member like a killed process. */
  kill(member: Cluster): Promise<void>;
  /** Lets time pass for leases, timeouts and pauses. */
  advance(milliseconds: number): Promise<void>;
  /** Milliseconds since 1970 on the cluster's clock. */
  date(): number;
  /** Resolves when the condition holds; until then messages are under way. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * The rules of ARCHITECTURE.md that every implementation keeps. One long file, because an
 * implementation keeps all of them or none.
 */
export function clusterContract(name: string, open: () => Promise<ClusterUnderTest>): void {
  describe(`${name} cluster`, () => {
    let under: ClusterUnderTest;
    let one: Cluster;
    let two: Cluster;

    beforeEach(async () => {
      under = await open();
      one = await under.connect();
      two = await under.connect();
    });
    afterEach(() => under.close());

    /** Claims the home, joins and returns the home. */
    async function join(cluster: Cluster, participantId: string, nodeId: string): Promise<Home> {
      const home = await cluster.rooms.claimHome('room', participantId, nodeId);
      const joined: RoomChange = { type: 'participant.joined', participant: participant(participantId) };
      expect(await cluster.rooms.apply('room', joined, home)).toMatchObject({ type: 'applied' });
      return home;
    }

    async function record(cluster: Cluster, roomId = 'room'): Promise<RoomEvent[]> {
      const events: RoomEvent[] = [];
      await cluster.rooms.watch(roomId, (event) => events.push(event));
      return events;
    }

    describe('rooms', () => {
      it('R1: every change raises the version by one and is broadcast with it', async () => {
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

      it('R1: a change without news spends no version and is not broadcast', async () => {
        const home = await join(one, 'a', 'node-1');
        const events = await record(two);
        const again = await one.rooms.apply(
          'room',
          { type: 'participant.joined', participant: participant('a') },
          home,
        );
        expect(again.type).toBe('unchanged');
        await one.rooms.apply('room', { type: 'participant.updated', participantId: 'a', name: 'B' }, home);
        await under.until(() => events.length > 0);
        expect(events.map((event) => event.change.type)).toEqual(['participant.updated']);
      });

      it('R1: a room that ended and starts again does not go back in versions', async () => {
        const home = await join(one, 'a', 'node-1');
        await one.rooms.apply('room', { type: 'participant.left', participantId: 'a', reason: 'left' }, home);
        expect(await one.rooms.snapshot('room')).toBeUndefined();
        const events = await record(two);
        await join(one, 'b', 'node-1');
        await under.until(() => events.length === 1);
        expect(events[0]?.version).toBeGreaterThan(2);
      });

      it('R1: the events after a snapshot lead to the next snapshot', async () => {
        const events = await record(two);
        await Promise.all(
          ['a', 'b', 'c', 'd'].map((id, index) => join(index % 2 ? one : two, id, `node-${index % 2}`)),
        );
        await under.until(() => events.length === 4);
        const snapshot = await one.rooms.snapshot('room');
        expect(snapshot?.version).toBe(events.at(-1)?.version);
        expect(snapshot?.participants.map(({ id }) => id)).toEqual(
          events.map(({ change }) => (change.type === 'participant.joined' ? change.participant.id : '?')),
        );
      });

      it('R2: concurrent changes of two members reach both once and in one order', async () => {
        const [atOne, atTwo] = [await record(one), await record(two)];
        const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
        await Promise.all(ids.map((id, index) => join(index % 2 ? one : two, id, `node-${index % 2}`)));
        await under.until(() => atOne.length === ids.length && atTwo.length === ids.length);
        expect(atOne).toEqual(atTwo);
        const versions = atOne.map((event) => event.version);
        expect(versions).toEqual(versions.map((_, index) => (versions[0] ?? 0) + index));
      });

      it('R2: a watcher receives no events of other rooms and none after it stopped', async () => {
        const events = await record(two, 'another-room');
        const stopped: RoomEvent[] = [];
        (await two.rooms.watch('room', (event) => stopped.push(event)))();
        const heard = await record(two);
        await join(one, 'a', 'node-1');
        await under.until(() => heard.length === 1);
        expect([...events, ...stopped]).toEqual([]);
      });

      it('R2: a member that modifies its copy does not affect other members', async () => {
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

      it('R3: a take-over raises the epoch, and the older home may write no more', async () => {
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

      it('R3: an epoch is higher than all earlier ones, also when the participant has left meanwhile', async () => {
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

      it('R3: a home writes for its own participant only', async () => {
        const home = await join(one, 'a', 'node-1');
        await join(one, 'b', 'node-1');
        await expect(
          one.rooms.apply('room', { type: 'participant.left', participantId: 'b', reason: 'kicked' }, home),
        ).rejects.toThrow();
      });

      it('R3: a participant that has left has no home and is refused', async () => {
        const home = await join(one, 'a', 'node-1');
        const left: RoomChange = { type: 'participant.left', participantId: 'a', reason: 'left' };
        expect(await one.rooms.apply('room', left, home)).toMatchObject({ type: 'applied' });
        expect(await one.rooms.home('room', 'a')).toBeUndefined();
        expect(await one.rooms.apply('room', left, home)).toEqual({ type: 'refused', reason: 'not-found' });
      });

      it('R3: a claim that never joined is released without a trace in the room', async () => {
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

      it('accepts no more participants than the capacity of a room', async () => {
        for (let index = 0; index < ROOM_CAPACITY; index += 1) await join(one, `p${index}`, 'node-1');
        const home = await one.rooms.claimHome('room', 'late', 'node-1');
        const joined: RoomChange = { type: 'participant.joined', participant: participant('late') };
        expect(await one.rooms.apply('room', joined, home)).toEqual({ type: 'refused', reason: 'full' });
        expect(await one.rooms.home('room', 'late')).toBeUndefined();
      });

      it('R4: a lost node’s participants and producers leave once, whichever member removes it', async () => {
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

      it('R4: a home on a lost node without a join is lost with it, and the room receives no event', async () => {
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

      it('R4: a room ends with the last participant that had joined, in spite of other homes', async () => {
        await join(one, 'a', 'node-1');
        await two.rooms.claimHome('room', 'hidden', 'node-2');
        expect(await two.rooms.removeNode('node-1')).toEqual([{ roomId: 'room', participantIds: ['a'], ended: true }]);
        expect(await two.rooms.homes('room')).toHaveLength(1);
        expect(await two.rooms.removeNode('node-2')).toEqual([
          { roomId: 'room', participantIds: ['hidden'], ended: false },
        ]);
      });

      it('R4: a participant that moved to another home in time stays when the old one is lost', async () => {
        await join(one, 'a', 'node-1');
        await two.rooms.claimHome('room', 'a', 'node-2');
        await two.rooms.removeNode('node-1');
        expect((await two.rooms.snapshot('room'))?.participants).toHaveLength(1);
      });

      it('R6: nodes can assert their own participants again after everything was lost', async () => {
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

    describe('asserting', () => {
      it('R6: changes nothing when nothing was lost', async () => {
        const home = await join(one, 'a', 'node-1');
        const before = await one.rooms.snapshot('room');
        expect(await one.rooms.assert('room', home, participant('a'))).toEqual({ type: 'asserted', home });
        expect(await one.rooms.snapshot('room')).toEqual(before);
      });

      it('R6: restores a lost participant, with all producers and a new epoch', async () => {
        const lost = await join(one, 'a', 'node-1');
        await one.rooms.removeNode('node-1');
        const events = await record(two);
        const wanted = { ...participant('a'), producers: [producer('p'), producer('q')] };
        const result = await one.rooms.assert('room', lost, wanted);
        const home = await two.rooms.home('room', 'a');
        expect(result).toEqual({ type: 'asserted', home });
        expect(home?.epoch).toBeGreaterThan(lost.epoch);
        await under.until(() => events.length === 1);
        expect(events[0]?.change).toEqual({ type: 'participant.joined', participant: wanted });
        expect((await two.rooms.snapshot('room'))?.participants).toEqual([wanted]);
        // The restored participant and producer depend on their nodes again.
        expect(await two.rooms.removeNode('media-1')).toEqual([]);
        expect((await two.rooms.snapshot('room'))?.participants).toEqual([participant('a')]);
      });

      it('R6: brings the room to the home’s state, each difference as a change of its own', async () => {
        const home = await join(one, 'a', 'node-1');
        for (const id of ['gone', 'muted', 'same']) {
          const added: RoomChange = { type: 'producer.added', participantId: 'a', producer: producer(id) };
          await one.rooms.apply('room', added, home);
        }
        const events = await record(two);
        const wanted: RoomParticipant = {
          ...participant('a'),
          name: 'Renamed',
          producers: [
            { ...producer('muted'), paused: true },
            producer('same'),
            { ...producer('new'), codec: 'vp8', alternative: true },
          ],
        };
        expect(await one.rooms.assert('room', home, wanted)).toEqual({ type: 'asserted', home });
        await under.until(() => events.length === 4);
        expect(events.map(({ change }) => change.type)).toEqual([
          'participant.updated',
          'producer.removed',
          'producer.updated',
          'producer.added',
        ]);
        expect((await two.rooms.snapshot('room'))?.participants).toEqual([wanted]);
        const decodes: RoomParticipant['decodes'] = ['vp8', 'av1'];
        await one.rooms.assert('room', home, { ...wanted, decodes });
        expect((await two.rooms.snapshot('room'))?.participants).toEqual([{ ...wanted, decodes }]);
      });

      it('R3: is refused once another home took over', async () => {
        const old = await join(one, 'a', 'node-1');
        await two.rooms.claimHome('room', 'a', 'node-2');
        const before = await one.rooms.snapshot('room');
        const renamed = { ...participant('a'), name: 'Old' };
        expect(await one.rooms.assert('room', old, renamed)).toEqual({ type: 'refused', reason: 'stale-epoch' });
        expect(await one.rooms.snapshot('room')).toEqual(before);
      });

      it('R1, R2: an observer’s joining and leaving are each announced once', async () => {
        await join(one, 'a', 'node-1');
        const events = await record(two);
        const hidden = await one.rooms.claimHome('room', 'hidden', 'node-1');
        const observing: RoomChange = { type: 'observer.joined', participantId: 'hidden' };
        const version = (await one.rooms.snapshot('room'))?.version ?? 0;
        expect(await one.rooms.apply('room', observing, hidden)).toEqual({ type: 'applied', version: version + 1 });
        expect(await one.rooms.apply('room', observing, hidden)).toEqual({ type: 'unchanged', version: version + 1 });
        expect(await two.rooms.snapshot('room')).toMatchObject({ version: version + 1, observers: ['hidden'] });
        expect(await two.rooms.snapshot('room')).not.toHaveProperty('observerDecodes');
        const decoding: RoomChange = { ...observing, decodes: ['vp8', 'h264'] };
        expect(await one.rooms.apply('room', decoding, hidden)).toEqual({ type: 'applied', version: version + 2 });
        expect(await one.rooms.apply('room', decoding, hidden)).toEqual({ type: 'unchanged', version: version + 2 });
        expect(await one.rooms.apply('room', observing, hidden)).toEqual({ type: 'unchanged', version: version + 2 });
        expect(await two.rooms.snapshot('room')).toMatchObject({
          observers: ['hidden'],
          observerDecodes: { hidden: ['vp8', 'h264'] },
        });
        expect((await two.rooms.snapshot('room'))?.participants).toEqual([participant('a')]);
        const left: RoomChange = { type: 'participant.left', participantId: 'hidden', reason: 'left' };
        expect(await one.rooms.apply('room', left, hidden)).toEqual({ type: 'applied', version: version + 3 });
        expect(await two.rooms.snapshot('room')).not.toHaveProperty('observers');
        expect(await two.rooms.snapshot('room')).not.toHaveProperty('observerDecodes');
        await expect.poll(() => events.map(({ change }) => change)).toEqual([observing, decoding, left]);
      });

      it('R4, R6: an observer leaves with its node, without ending the room; its home asserts it again', async () => {
        await join(two, 'a', 'node-2');
        const hidden = await one.rooms.claimHome('room', 'hidden', 'node-1');
        expect(await one.rooms.assert('room', hidden, { observes: true, decodes: ['vp8'] })).toEqual({
          type: 'asserted',
          home: hidden,
        });
        expect((await two.rooms.snapshot('room'))?.observers).toEqual(['hidden']);
        const lost = [{ roomId: 'room', participantIds: ['hidden'], ended: false }];
        expect(await two.rooms.removeNode('node-1')).toEqual(lost);
        expect(await two.rooms.snapshot('room')).not.toHaveProperty('observers');
        expect((await one.rooms.assert('room', hidden, { observes: true, decodes: ['vp8'] })).type).toBe('asserted');
        expect((await two.rooms.snapshot('room'))?.observers).toEqual(['hidden']);
        expect(await two.rooms.removeNode('node-2')).toEqual([{ roomId: 'room', participantIds: ['a'], ended: true }]);
        expect(await one.rooms.snapshot('room')).toBeUndefined();
      });

      it('R6: restores the home of a hidden participant, and the room receives no event', async () => {
        const hidden = await one.rooms.claimHome('room', 'hidden', 'node-1');
        expect(await one.rooms.assert('room', hidden)).toEqual({ type: 'asserted', home: hidden });
        await one.rooms.removeNode('node-1');
        const result = await one.rooms.assert('room', hidden);
        expect(result).toEqual({ type: 'asserted', home: await two.rooms.home('room', 'hidden') });
        expect(await one.rooms.snapshot('room')).toBeUndefined();
      });

      it('R6: no member is asked to assert while nothing was lost', async () => {
        const resets: Cluster[] = [];
        for (const cluster of [one, two]) cluster.onReset(() => resets.push(cluster));
        await one.nodes.register(node('node-1'));
        await under.advance(10_000);
        expect(resets).toEqual([]);
      });
    });

    describe('nodes', () => {
      it('R4: keeps a lease as long as its member lives', async () => {
        const events = await nodeEvents(two);
        await one.nodes.register(node('node-1'));
        await under.advance(60_000);
        expect(await two.nodes.get('node-1')).toEqual(node('node-1'));
        expect(events.filter((event) => event.type === 'down')).toEqual([]);
      });

      it('R4: reports an expired lease once, at most 5 s after its member died', async () => {
        const events = await nodeEvents(two);
        await one.nodes.register(node('node-1'));
        await under.advance(10_500);
        await under.kill(one);
        await under.advance(2000);
        expect(events.some((event) => event.type === 'down')).toBe(false);
        await under.advance(3000);
        const downs = events.filter((event) => event.type === 'down');
        expect(downs).toEqual([{ type: 'down', node: node('node-1'), reason: 'expired' }]);
        expect(await two.nodes.get('node-1')).toBeUndefined();
        await under.advance(10_000);
        expect(events.filter((event) => event.type === 'down')).toHaveLength(1);
      });

      it('R4: a node is released by its lease, or by closing its member', async () => {
        const events = await nodeEvents(two);
        const lease = await one.nodes.register(node('node-1'));
        await one.nodes.register(node('node-2', 'media'));
        await lease.release();
        await lease.release();
        await one.close();
        const downs = () => events.filter((event) => event.type === 'down');
        await under.until(() => downs().length === 2);
        expect(downs().map((event) => [event.node.id, event.type === 'down' && event.reason])).toEqual([
          ['node-1', 'released'],
          ['node-2', 'released'],
        ]);
        expect(await two.nodes.list()).toEqual([]);
      });

      it('R4: an id is held by one lease at a time', async () => {
        const lease = await one.nodes.register(node('node-1'));
        await expect(two.nodes.register(node('node-1'))).rejects.toThrow();
        await lease.release();
        await two.nodes.register(node('node-1'));
        await expect(lease.update({ draining: true })).rejects.toThrow();
        expect((await one.nodes.get('node-1'))?.draining).toBe(false);
      });

      it('lists by kind and reports changes', async () => {
        const events = await nodeEvents(two);
        const lease = await one.nodes.register(node('node-1'));
        await two.nodes.register({ ...node('media-1', 'media'), ownerId: 'node-1' });
        await lease.update({ draining: true, load: { cpu: 0.5 } });
        const changed = { ...node('node-1'), draining: true, load: { cpu: 0.5 } };
        await under.until(() => events.length === 3);
        expect(events.at(-1)).toEqual({ type: 'changed', node: changed });
        expect(await two.nodes.list('ws')).toEqual([changed]);
        expect((await two.nodes.list('media')).map(({ id }) => id)).toEqual(['media-1']);
        expect(await two.nodes.list()).toHaveLength(2);
      });
    });

    describe('bus', () => {
      it('delivers messages to every subscriber of a topic, in order, as copies', async () => {
        const heard: unknown[][] = [[], []];
        await one.bus.subscribe('topic', (message) => heard[0]?.push(message));
        const stop = await two.bus.subscribe('topic', (message) => heard[1]?.push(message));
        const message = { n: 1 };
        await one.bus.publish('topic', message);
        message.n = 2;
        await one.bus.publish('topic', message);
        await one.bus.publish('another', { n: 3 });
        await under.until(() => heard.every((messages) => messages.length === 2));
        expect(heard).toEqual([
          [{ n: 1 }, { n: 2 }],
          [{ n: 1 }, { n: 2 }],
        ]);
        stop();
        await one.bus.publish('topic', { n: 4 });
        await under.until(() => heard[0]?.length === 3);
        expect(heard[1]).toHaveLength(2);
      });

      it('sends a request to one node and returns its answer', async () => {
        await two.bus.serve('node-2', async (method, body) => ({ method, body }));
        expect(await one.bus.request('node-2', 'echo', { a: [1] })).toEqual({ method: 'echo', body: { a: [1] } });
      });

      it('passes a coded error to the requester and hides any other', async () => {
        await two.bus.serve('node-2', async (method) => {
          throw method === 'coded' ? new CodedError('transport.not_found', 'x') : new Error('a secret');
        });
        const coded = await one.bus.request('node-2', 'coded', {}).catch((error: unknown) => error);
        expect(coded).toBeInstanceOf(CodedError);
        expect(coded).toMatchObject({ code: 'transport.not_found', detail: 'x' });
        const other = await one.bus.request('node-2', 'other', {}).catch((error: unknown) => error);
        expect(other).toMatchObject({ code: 'server.internal' });
        expect(String(other)).not.toContain('secret');
      });

      it('survives a handler that throws at once and an answer that cannot be sent', async () => {
        await two.bus.serve('node-2', (method) => {
          if (method === 'throws') throw new TypeError('a mistake');
          return Promise.resolve({
            get unreadable() {
              throw new TypeError('a mistake');
            },
          });
        });
        for (const method of ['throws', 'answers']) {
          await expect(one.bus.request('node-2', method, {})).rejects.toMatchObject({ code: 'server.internal' });
        }
        expect(two.mishaps()).toEqual({ requestsFailed: 2 });
      });

      it('survives a listener that throws: all others receive the next messages', async () => {
        const heard: unknown[] = [];
        const fail = () => {
          throw new Error('a mistake');
        };
        await two.bus.subscribe('topic', fail);
        await two.bus.subscribe('topic', (message) => heard.push(message));
        await two.rooms.watch('room', fail);
        await two.rooms.watch('room', ({ change }) => heard.push(change.type));
        await two.nodes.watch(fail);
        await two.nodes.watch(({ type }) => heard.push(type));
        await one.bus.publish('topic', 'first');
        await one.bus.publish('topic', 'second');
        await one.nodes.register(node('node-1'));
        await join(one, 'a', 'node-1');
        await under.until(() => heard.length === 4);
        expect(heard.sort()).toEqual(['first', 'participant.joined', 'second', 'up']);
        expect(two.mishaps()).toEqual({ listenersFailed: 4 });
      });

      it('reports it when no node answers, in time or at all', async () => {
        await expect(one.bus.request('nobody', 'm', {})).rejects.toMatchObject({ reason: 'no-such-node' });
        let asked = false;
        await two.bus.serve('node-2', () => {
          asked = true;
          return new Promise(() => {});
        });
        const slow = expect(one.bus.request('node-2', 'm', {}, { timeout: 700 })).rejects.toMatchObject({
          reason: 'timeout',
        });
        await under.until(() => asked);
        await under.advance(701);
        await slow;
      });

      it('R11: reports at once whether a node listens, also when it has just died', async () => {
        expect(await one.bus.listens('node-2')).toBe(false);
        const stop = await two.bus.serve('node-2', async () => {});
        expect(await one.bus.listens('node-2')).toBe(true);
        expect(await two.bus.listens('node-2')).toBe(true);
        stop();
        while (await one.bus.listens('node-2'));
        await two.bus.serve('node-2', async () => {});
        expect(await one.bus.listens('node-2')).toBe(true);
        await under.kill(two);
        while (await one.bus.listens('node-2'));
      });

      it('reports it at once when the node stops serving, or its member leaves, before the answer', async () => {
        const stop = await two.bus.serve('node-2', async () => 'answered');
        expect(await one.bus.request('node-2', 'm', {})).toBe('answered');
        const asked: Promise<unknown>[] = [];
        for (let count = 0; count < 100; count += 1) {
          if (count === 50) stop();
          const answer = one.bus.request('node-2', 'm', {}).catch(({ reason }: BusError) => reason);
          asked.push(answer);
          if (count % 10 === 0) await Promise.race([answer, new Promise(setImmediate)]);
        }
        const answers = await Promise.all(asked);
        // The requests under way when it stops may be too late.
        for (const answer of answers.slice(0, 50)) expect(['answered', 'no-such-node']).toContain(answer);
        expect(new Set(answers.slice(50))).toEqual(new Set(['no-such-node']));

        let reached = false;
        await two.bus.serve('node-3', () => {
          reached = true;
          return new Promise(() => {});
        });
        const left = expect(one.bus.request('node-3', 'm', {})).rejects.toMatchObject({ reason: 'no-such-node' });
        await under.until(() => reached);
        await two.close();
        await left;
      });

      it('reports it when the answering member died meanwhile, or the requester left', async () => {
        let asked = 0;
        await two.bus.serve('node-2', () => {
          asked += 1;
          return new Promise(() => {});
        });
        const three = await under.connect();
        const timedOut = expect(one.bus.request('node-2', 'm', {}, { timeout: 700 })).rejects.toMatchObject({
          reason: 'timeout',
        });
        const closed = expect(three.bus.request('node-2', 'm', {})).rejects.toMatchObject({ reason: 'closed' });
        await under.until(() => asked === 2);
        await three.close();
        await closed;
        await under.kill(two);
        await under.advance(701);
        await timedOut;
        await expect(three.bus.publish('topic', {})).rejects.toMatchObject({ reason: 'closed' });
      });
    });

    describe('single-use tokens', () => {
      it('R8: a token is used once across all members', async () => {
        const expiresAt = under.date() + 60_000;
        const uses = await Promise.all([one, two, one, two].map((cluster) => cluster.tokens.use('jti', expiresAt)));
        expect(uses.filter(Boolean)).toHaveLength(1);
        expect(await two.tokens.use('another', expiresAt)).toBe(true);
        await under.advance(59_000);
        expect(await one.tokens.use('jti', expiresAt)).toBe(false);
      });

      it('R8: an expired token is never taken, used or not', async () => {
        const expiresAt = under.date() + 1000;
        expect(await one.tokens.use('used', expiresAt)).toBe(true);
        await under.advance(100_000);
        expect(await one.tokens.use('used', expiresAt)).toBe(false);
        expect(await one.tokens.use('fresh', expiresAt)).toBe(false);
      });
    });

    describe('durable streams', () => {
      it('R12: entries wait for their consumer and arrive in order, each with its own ascending id', async () => {
        const ids = [await one.streams.append('s', { n: 0 }), await one.streams.append('s', { n: 1 })];
        const seen: StreamEntry[] = [];
        await two.streams.consume('s', 'group', async (entry) => void seen.push(entry));
        ids.push(await one.streams.append('s', { n: 2 }));
        await under.until(() => seen.length === 3);
        expect(seen).toEqual(ids.map((id, n) => ({ id, body: { n } })));
        expect(new Set(ids).size).toBe(3);
      });

      it('R12: an entry that failed is redelivered before any later one', async () => {
        const seen: unknown[] = [];
        await two.streams.consume('s', 'group', async (entry) => {
          seen.push(entry.body);
          if (seen.length < 3) throw new Error('the database is away');
        });
        await one.streams.append('s', 'first');
        await one.streams.append('s', 'second');
        await under.until(() => seen.length === 1);
        await under.advance(1000);
        await under.until(() => seen.length === 2);
        await under.advance(1000);
        await under.until(() => seen.length === 4);
        expect(seen).toEqual(['first', 'first', 'first', 'second']);
      });

      it('R12: one consumer of a group at a time; another continues when it vanishes', async () => {
        const seen: string[] = [];
        await one.streams.consume('s', 'group', (entry) => {
          seen.push(`one:${String(entry.body)}`);
          return new Promise(() => {});
        });
        await two.streams.consume('s', 'group', async (entry) => void seen.push(`two:${String(entry.body)}`));
        const writer = await under.connect();
        await writer.streams.append('s', 'a');
        await writer.streams.append('s', 'b');
        await under.until(() => seen.length === 1);
        await under.kill(one);
        await under.until(() => seen.length === 3);
        expect(seen).toEqual(['one:a', 'two:a', 'two:b']);
      });

      it('R12: every group gets every entry', async () => {
        const seen: string[] = [];
        await one.streams.consume('s', 'x', async (entry) => void seen.push(`x:${String(entry.body)}`));
        await two.streams.consume('s', 'y', async (entry) => void seen.push(`y:${String(entry.body)}`));
        await one.streams.append('s', 'a');
        await one.streams.append('s', 'b');
        await under.until(() => seen.length === 4);
        expect(seen.sort()).toEqual(['x:a', 'x:b', 'y:a', 'y:b']);
      });

      it('R12: entries wait while a consumer is away', async () => {
        const seen: unknown[] = [];
        const consume = () => two.streams.consume('s', 'group', async (entry) => void seen.push(entry.body));
        (await consume())();
        await one.streams.append('s', 'a');
        await consume();
        await under.until(() => seen.length === 1);
        expect(seen).toEqual(['a']);
      });
    });

    describe('shared keys', () => {
      it('R6: are read by every member as another wrote them, or do not exist when members share memory', async () => {
        const [mine, theirs] = [one.sharedKeys, two.sharedKeys];
        if (!mine || !theirs) return expect([mine, theirs]).toEqual([undefined, undefined]);
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
          expect(await mine.command(name, (key) => ['SET', key, name, 'EX', '60'])).toBe('OK');
          expect(await theirs.command(name, (key) => ['GET', key])).toBe(name);
        }
        await expect(mine.command('{a}', (key) => ['GET', key])).rejects.toThrow('hash tags');
      });
    });
  });
}

async function nodeEvents(cluster: Cluster): Promise<NodeEvent[]> {
  const events: NodeEvent[] = [];
  await cluster.nodes.watch((event) => events.push(event));
  return events;
}

function node(id: string, kind: NodeRecord['kind'] = 'ws'): NodeRecord {
  return { id, kind, draining: false, load: {} };
}

function participant(id: string): RoomParticipant {
  return { id, name: id.toUpperCase(), role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
}

function producer(id: string): RoomProducer {
  return { id, kind: 'video', source: 'camera', paused: false, mediaNodeId: 'media-1' };
}
