import type { RoomChange, RoomParticipant } from '@waterbus/protocol';
import { describe, expect } from 'vitest';
import type { Cluster } from '../../src/cluster.js';
import type { ContractTest } from './contract-test.js';
import { join, node, participant, producer, record } from './rooms-and-nodes.js';

/** R6: nodes bring back the state of their participants. */
export function assertingContract(it: ContractTest): void {
  describe('asserting', () => {
    it('R6: changes nothing when nothing was lost', async ({ one }) => {
      const home = await join(one, 'a', 'node-1');
      const before = await one.rooms.snapshot('room');
      expect(await one.rooms.assert('room', home, participant('a'))).toEqual({ type: 'asserted', home });
      expect(await one.rooms.snapshot('room')).toEqual(before);
    });

    it('R6: restores a lost participant, with all producers and a new epoch', async ({ one, two, under }) => {
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

    it('R6: brings the room to the home’s state, each difference as a change of its own', async ({
      one,
      two,
      under,
    }) => {
      const home = await join(one, 'a', 'node-1');
      for (const id of ['gone', 'muted', 'same']) {
        const added: RoomChange = { type: 'producer.added', participantId: 'a', producer: producer(id) };
        await one.rooms.apply('room', added, home);
      }
      const events = await record(two);
      const wanted: RoomParticipant = {
        ...participant('a'),
        name: 'Renamed',
        handRaisedAt: 5,
        spotlitAt: 6,
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
      const metadata = { seat: 'A', 'crm.id': '4"2' };
      await one.rooms.assert('room', home, { ...wanted, decodes, metadata });
      expect((await two.rooms.snapshot('room'))?.participants).toEqual([{ ...wanted, decodes, metadata }]);
      await one.rooms.assert('room', home, { ...wanted, decodes });
      expect((await two.rooms.snapshot('room'))?.participants).toEqual([{ ...wanted, decodes, metadata: {} }]);
    });

    it('R3: is refused once another home took over', async ({ one, two }) => {
      const old = await join(one, 'a', 'node-1');
      await two.rooms.claimHome('room', 'a', 'node-2');
      const before = await one.rooms.snapshot('room');
      const renamed = { ...participant('a'), name: 'Old' };
      expect(await one.rooms.assert('room', old, renamed)).toEqual({ type: 'refused', reason: 'stale-epoch' });
      expect(await one.rooms.snapshot('room')).toEqual(before);
    });

    it('R1, R2: an observer’s joining and leaving are each announced once', async ({ one, two }) => {
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

    it('R4, R6: an observer leaves with its node, without ending the room; its home asserts it again', async ({
      one,
      two,
    }) => {
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

    it('R6: restores the home of a hidden participant, and the room receives no event', async ({ one, two }) => {
      const hidden = await one.rooms.claimHome('room', 'hidden', 'node-1');
      expect(await one.rooms.assert('room', hidden)).toEqual({ type: 'asserted', home: hidden });
      await one.rooms.removeNode('node-1');
      const result = await one.rooms.assert('room', hidden);
      expect(result).toEqual({ type: 'asserted', home: await two.rooms.home('room', 'hidden') });
      expect(await one.rooms.snapshot('room')).toBeUndefined();
    });

    it('R6: no member has to assert its state while nothing was lost', async ({ one, two, under }) => {
      const resets: Cluster[] = [];
      for (const cluster of [one, two]) cluster.onReset(() => resets.push(cluster));
      await one.nodes.register(node('node-1'));
      await under.advance(10_000);
      expect(resets).toEqual([]);
    });
  });
}
