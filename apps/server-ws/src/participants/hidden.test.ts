import { LEASE_EXPIRY } from '@waterbus/cluster';
import type { Grants } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS } from '../../test/system/signalling.js';

const roomId = 'room-1';
const rtpCapabilities = { codecs: [], headerExtensions: [] };
useSignalling();

describe('R1: a hidden participant', () => {
  const hidden: Grants = { ...ALL_GRANTS, hidden: true };

  test('sees all others, is not shown, publishes nothing, and all others see that the call is observed', async () => {
    const { one, two, ada, ben } = await signalling.twoHomes();
    const records = await signalling.records();
    const eve = await signalling.join(one, { name: 'Recorder', grants: hidden });
    expect(eve.joined.grants.publish).toEqual([]);
    expect(eve.room).toMatchObject({ observers: [eve.id] });
    expect(eve.room.participants.map(({ id }) => id)).toEqual([ada.id, ben.id]);
    await ada.until(() => ada.room.observers?.length === 1);
    // A later participant sees it in the snapshot.
    expect((await ben.client.ok('sync', {})).room.observers).toEqual([eve.id]);
    expect(await eve.client.refused('transport.open', { direction: 'send' })).toBe('permission.denied');

    await ben.produce((await ben.openTransport('send', 'ws-2-media-0')).id);
    await eve.until(() => eve.other(ben.id)?.producers.length === 1);
    const { id: transportId } = await eve.openTransport('receive', 'ws-2-media-0');
    const subscribe = { participantId: ben.id, transportId, rtpCapabilities };
    expect((await eve.client.ok('subscribe', subscribe)).consumers).toHaveLength(1);

    eve.client.socket.disconnect();
    const again = await signalling.resume(two, eve);
    expect(again.joined.grants).toEqual({ ...hidden, publish: [] });
    await again.client.ok('leave', {});
    expect(two.mediaHost.nodes()[0]!.consumers.size).toBe(0);
    await ada.client.ok('sync', {});
    await ada.until(() => ada.room.observers === undefined);
    expect(ada.changes).toEqual(['participant.joined', 'observer.joined', 'producer.added', 'participant.left']);
    expect(records.filter((record) => 'participantId' in record && record.participantId === eve.id)).toMatchObject([
      { type: 'participant.joined', hidden: true, name: 'Recorder' },
      { type: 'participant.left', reason: 'left' },
    ]);
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('may be alone in an empty room, which neither begins nor ends with it', async () => {
    const node = await signalling.node();
    const records = await signalling.records();
    const eve = await signalling.join(node, { grants: hidden });
    expect(eve.room).toEqual({ roomId, version: 1, participants: [] });
    const ada = await signalling.join(node);
    await eve.until(() => eve.room.participants.length === 1);
    await ada.client.ok('leave', {});
    await eve.until(() => eve.room.participants.length === 0);
    expect((await eve.client.ok('sync', {})).room).toEqual(eve.room);
    eve.client.socket.disconnect();
    const again = await signalling.resume(node, eve);
    expect(again.room).toEqual(eve.room);
    const ben = await signalling.join(node);
    await again.until(() => again.room.participants[0]?.id === ben.id);
    await again.client.ok('leave', {});
    await ben.client.ok('leave', {});
    await expect.poll(() => records.length).toBe(8);
    expect(records.map(({ type }) => type).filter((type) => type === 'room.ended')).toHaveLength(2);
    expect(records.map((record) => `${record.type} ${'participantId' in record ? record.participantId : ''}`)).toEqual([
      `participant.joined ${eve.id}`,
      `participant.joined ${ada.id}`,
      `participant.left ${ada.id}`,
      'room.ended ',
      `participant.joined ${ben.id}`,
      `participant.left ${eve.id}`,
      `participant.left ${ben.id}`,
      'room.ended ',
    ]);
    expect(node.errors).toEqual([]);
  });

  test('R8: can be removed, and cannot be made visible', async () => {
    const { one, two, ada } = await signalling.twoHomes();
    const eve = await signalling.join(two, { grants: hidden });
    await signalling.command({ type: 'update', roomId, participantId: eve.id, role: 'member', grants: ALL_GRANTS });
    expect(await eve.client.event('grants')).toEqual({ ...hidden, publish: [] });
    await signalling.command({ type: 'remove', roomId, participantId: eve.id, reason: 'kicked' });
    expect(await eve.client.event('ended')).toEqual({ reason: 'kicked' });
    expect(await signalling.refusedResume(one, eve)).toBe('session.expired');
    await ada.client.ok('sync', {});
    expect(ada.changes).toEqual(['participant.joined', 'observer.joined', 'participant.left']);
  });

  test('R4: is recorded as lost with its node, and leaves after the grace time', async () => {
    const { two, ben, ada } = await signalling.twoHomes({ graceTime: 5000 });
    const records = await signalling.records();
    const [eve, cid] = [
      await signalling.join(two, { grants: hidden }),
      await signalling.join(signalling.nodes[0]!, { grants: hidden }),
    ];
    cid.client.socket.disconnect();
    const left = () =>
      records.flatMap((record) =>
        record.type === 'participant.left' ? [`${record.participantId} ${record.reason}`] : [],
      );
    await expect
      .poll(async () => {
        await signalling.clock.advance(1000);
        return left();
      })
      .toEqual([`${cid.id} connection-lost`]);
    two.cluster.sever();
    await signalling.clock.advance(LEASE_EXPIRY + 2000);
    await ada.until(() => !ada.other(ben.id));
    await expect
      .poll(() => left().toSorted())
      .toEqual([`${cid.id} connection-lost`, `${ben.id} node-lost`, `${eve.id} node-lost`].toSorted());
  });
});
