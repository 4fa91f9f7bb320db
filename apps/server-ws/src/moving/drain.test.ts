import { NODE_DRAIN } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { joinToken, type Participant, RTP_PARAMETERS } from '../../test/system/signalling.js';

useSignalling();

async function nodes(count: number) {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await signalling.node());
  await signalling.clock.advance(0);
  return all;
}

/** As the SDK does: publishes the same on another media node, then closes the old transport. */
async function republish(who: Participant, producerId: string, oldTransport: string) {
  const { id: transportId, mediaNodeId } = await who.openTransport('send');
  const { producerId: newId } = await who.client.ok('produce', {
    transportId,
    kind: 'video',
    source: 'camera',
    rtpParameters: RTP_PARAMETERS,
    replaces: producerId,
  });
  await who.client.ok('transport.close', { transportId: oldTransport });
  return { producerId: newId, mediaNodeId };
}

describe('R10: a draining node', () => {
  test('accepts no participants, and notifies its own to move and all users to leave its media node', async () => {
    const [one, two, three] = await nodes(3);
    const ada = await signalling.join(one!, { name: 'Ada' });
    const ben = await signalling.join(two!, { name: 'Ben' });
    const drained = one!.serverWs.drain();
    expect(await ada.client.event('moving')).toEqual({ reason: 'server-draining' });
    const draining = { mediaNodeId: 'ws-1-media-0', draining: true };
    expect(await ada.client.event('mediaNode.draining')).toEqual(draining);
    expect(await ben.client.event('mediaNode.draining')).toEqual(draining);
    expect(one!.serverWs.ready()).toBe(false);

    // Joins are refused, without using up their tokens.
    const cid = signalling.client(one!);
    const token = await joinToken(signalling.clock, { name: 'Cid' });
    expect(await cid.refused('join', { token, protocolVersion: 1 })).toBe('server.draining');
    const entered = await signalling.client(three!).ok('join', { token, protocolVersion: 1 });
    expect(entered.room.participants).toHaveLength(3);
    // So are resumes from other nodes, and of participants that were moved away.
    expect(await signalling.refusedResume(one!, ben)).toBe('server.draining');
    expect(await signalling.refusedResume(one!, ada)).toBe('server.draining');
    // No new stream is sent through its media node.
    expect(await ben.client.refused('transport.open', { direction: 'send', mediaNodeId: 'ws-1-media-0' })).toBe(
      'server.draining',
    );
    expect((await ada.openTransport('send')).mediaNodeId).not.toBe('ws-1-media-0');

    await signalling.resume(two!, ada);
    expect(await signalling.settled(drained)).toEqual({ outcome: 'empty', participants: 0, transports: 0 });
  });

  test('an administrator starts and ends one over the bus, unless no other node can take over', async () => {
    const [one, two] = await nodes(2);
    const ask = (nodeId: string, draining: boolean) =>
      signalling.root.bus.request(nodeId, NODE_DRAIN, { draining }).then(
        () => 'done',
        (error) => error.code,
      );
    const ada = await signalling.join(one!, { name: 'Ada' });
    expect(await signalling.settled(ask('ws-1', true))).toBe('done');
    expect(await ada.client.event('moving')).toEqual({ reason: 'server-draining' });
    expect([one!.serverWs.draining, two!.serverWs.draining]).toEqual([true, false]);
    expect((await signalling.root.nodes.get('ws-1'))?.draining).toBe(true);
    expect(await signalling.settled(ask('ws-2', true))).toBe('node.last');
    expect(two!.serverWs.draining).toBe(false);
    expect(await signalling.settled(ask('ws-1', false))).toBe('done');
    expect(one!.serverWs.ready()).toBe(true);

    // A process that stops ends its drain by its own signals only.
    void one!.serverWs.drain();
    expect(await signalling.settled(ask('ws-1', false))).toBe('server.draining');
    expect(one!.serverWs.draining).toBe(true);
    one!.serverWs.cancelDrain();
    expect(one!.serverWs.draining).toBe(false);
  });

  test('R3: transfers its participants, with all their media, without any leave event', async () => {
    const [one, two] = await nodes(2);
    const ada = await signalling.join(one!, { name: 'Ada' });
    const ben = await signalling.join(two!, { name: 'Ben' });
    const { id: oldTransport } = await ada.openTransport('send', 'ws-1-media-0');
    const producerId = await ada.produce(oldTransport);
    await ben.until(() => ben.other(ada.id)!.producers.length === 1);
    const seen = ben.changes.length;

    const drained = one!.serverWs.drain();
    await ada.client.event('moving');
    const again = await signalling.resume(two!, ada);
    await ada.client.disconnected();
    // The new home notifies of the current state: media are still on the draining node. Then it is
    // her turn.
    const draining = { mediaNodeId: 'ws-1-media-0', draining: true };
    expect(await again.client.event('mediaNode.draining')).toEqual({ ...draining, later: true });
    await signalling.clock.advance(0);
    expect(await again.client.event('mediaNode.draining')).toEqual(draining);
    const moved = await republish(again, producerId, oldTransport);
    expect(moved.mediaNodeId).toBe('ws-2-media-0');
    await ben.until(() => ben.other(ada.id)!.producers[0]?.id === moved.producerId);

    expect(ben.changes.slice(seen)).toEqual(['producer.added', 'producer.removed']);
    expect(ben.other(ada.id)!.producers).toMatchObject([{ id: moved.producerId, replaces: producerId }]);
    expect(again.room).toEqual(ben.room);
    expect(await signalling.settled(drained)).toMatchObject({ outcome: 'empty' });
    await one!.serverWs.close();
    await signalling.clock.advance(100);
    expect(ben.changes).not.toContain('participant.left');
    expect(ben.changes).not.toContain('participant.updated');
    expect([...one!.errors, ...two!.errors]).toEqual([]);
  });

  test('R10: waits until the participants’ resources elsewhere belong to their new home', async () => {
    const [one, two, three] = await nodes(3);
    const ada = await signalling.join(one!, { name: 'Ada' });
    const { id: transportId } = await ada.openTransport('send', 'ws-3-media-0');
    const producerId = await ada.produce(transportId);
    const drained = one!.serverWs.drain();
    await ada.client.event('moving');
    // The new home adopts slowly.
    const { request } = two!.cluster.bus;
    let late = () => {};
    const held = new Promise<void>((resolve) => {
      late = resolve;
    });
    two!.cluster.bus.request = async (...of) => {
      if (of[1] === 'media.adopt') await held;
      return request(...of);
    };
    const resuming = signalling.resume(two!, ada);
    expect(await signalling.settled(drained)).toMatchObject({ outcome: 'empty' });
    await one!.serverWs.close();
    await signalling.clock.advance(100);
    late();
    const again = await resuming;
    expect([...three!.mediaHost.nodes()[0]!.transports.keys()]).toEqual([transportId]);
    await again.client.ok('producer.pause', { producerId });
  });

  test('streams closed while their owner changed homes are reported, and leave the room', async () => {
    const [one, two, three] = await nodes(3);
    const ada = await signalling.join(one!, { name: 'Ada' });
    const ben = await signalling.join(two!, { name: 'Ben' });
    const { id: transportId } = await ada.openTransport('send', 'ws-3-media-0');
    await ada.produce(transportId);
    await ben.until(() => ben.other(ada.id)!.producers.length === 1);
    const { request } = one!.cluster.bus;
    one!.cluster.bus.request = async (...of) => {
      if (of[1] === 'media.adopt') await three!.mediaHost.nodes()[0]!.dropTransport(transportId, 'consent-expired');
      return request(...of);
    };
    const again = await signalling.resume(two!, ada);
    expect(await again.client.event('transport.closed')).toMatchObject({ transportId });
    await ben.until(() => ben.other(ada.id)!.producers.length === 0);
  });

  test('waits for participants of other nodes whose media it carries', async () => {
    const [one, two] = await nodes(2);
    const ben = await signalling.join(two!, { name: 'Ben' });
    const { id: transport } = await ben.openTransport('send', 'ws-1-media-0');
    const producerId = await ben.produce(transport);
    const drained = one!.serverWs.drain();
    expect(await ben.client.event('mediaNode.draining')).toMatchObject({ draining: true });
    const { mediaNodeId } = await republish(ben, producerId, transport);
    expect(mediaNodeId).toBe('ws-2-media-0');
    expect(await signalling.settled(drained)).toEqual({ outcome: 'empty', participants: 0, transports: 0 });
  });

  test('lets the senders of a room move one after the other, on all homes', async () => {
    const [one, two, three] = await nodes(3);
    const people = await Promise.all(
      [one!, two!].map(async (home) => {
        const who = await signalling.join(home);
        const { id: transportId } = await who.openTransport('send', 'ws-3-media-0');
        return { who, transportId, producerId: await who.produce(transportId) };
      }),
    );
    const [first, second] = people.sort((a, b) => (a.who.id < b.who.id ? -1 : 1));
    await second!.who.until(() => second!.who.other(first!.who.id)!.producers.length === 1);
    const drained = three!.serverWs.drain();
    const draining = { mediaNodeId: 'ws-3-media-0', draining: true };
    for (const { who } of people) {
      expect(await who.client.event('mediaNode.draining')).toEqual({ ...draining, later: true });
    }
    expect(await first!.who.client.event('mediaNode.draining')).toEqual(draining);
    const notified: unknown[] = [];
    second!.who.client.socket.on('mediaNode.draining', (event: unknown) => notified.push(event));
    await signalling.clock.advance(1000);
    expect(notified).toEqual([]);
    await republish(first!.who, first!.producerId, first!.transportId);
    await signalling.clock.advance(1000);
    await expect.poll(() => notified).toEqual([draining]);
    await republish(second!.who, second!.producerId, second!.transportId);
    expect(await signalling.settled(drained)).toEqual({ outcome: 'empty', participants: 0, transports: 0 });
  });

  test('ends at its deadline with the rest, and a repeated call reports the same', async () => {
    const [one, two] = await nodes(2);
    await signalling.join(one!);
    const ben = await signalling.join(two!);
    await ben.openTransport('send', 'ws-1-media-0');
    const drained = one!.serverWs.drain({ deadline: 5000 });
    const left = { outcome: 'deadline', participants: 1, transports: 1 };
    expect(await signalling.settled(drained)).toEqual(left);
    expect(await one!.serverWs.drain()).toEqual(left);
  });

  test('can be cancelled: joins are accepted again and clients are notified', async () => {
    const [one, two] = await nodes(2);
    const ada = await signalling.join(one!);
    const ben = await signalling.join(two!);
    const drained = one!.serverWs.drain();
    await ada.client.event('moving');
    await ben.client.event('mediaNode.draining');
    one!.serverWs.cancelDrain();
    expect(await drained).toEqual({ outcome: 'cancelled', participants: 1, transports: 0 });
    await ada.client.event('staying');
    expect(await ben.client.event('mediaNode.draining')).toEqual({ mediaNodeId: 'ws-1-media-0', draining: false });
    expect(one!.serverWs.ready()).toBe(true);
    expect((await signalling.root.nodes.list()).some(({ draining }) => draining)).toBe(false);
    await signalling.join(one!);
    expect((await ada.openTransport('send', 'ws-1-media-0')).mediaNodeId).toBe('ws-1-media-0');
    // A second drain is a new one.
    expect(await signalling.settled(one!.serverWs.drain({ deadline: 1000 }))).toMatchObject({ outcome: 'deadline' });
  });

  test('readmits a participant whose socket broke, rather than leave it out of the call', async () => {
    const [one] = await nodes(2);
    const ada = await signalling.join(one!);
    const ben = await signalling.join(one!);
    void one!.serverWs.drain();
    await ada.client.event('moving');
    await signalling.vanish(ada, ben);
    const again = await signalling.resume(one!, ada);
    expect(await again.client.event('moving')).toEqual({ reason: 'server-draining' });
  });

  test('a participant that joins elsewhere meanwhile is notified of draining media nodes', async () => {
    const [one, two] = await nodes(2);
    await signalling.join(two!);
    void one!.serverWs.drain();
    await signalling.clock.advance(100);
    const cid = await signalling.join(two!);
    expect(await cid.client.event('mediaNode.draining')).toEqual({ mediaNodeId: 'ws-1-media-0', draining: true });
  });
});

test('events of the meeting during a take-over are delivered at the new home', async () => {
  const [one, two] = await nodes(2);
  const ada = await signalling.join(one!, { role: 'member' });
  let letGo = () => {};
  one!.mediaHost.nodes()[0]!.hold = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  // Keeps the first home from releasing.
  const opening = ada.client.request('transport.open', { direction: 'receive', mediaNodeId: 'ws-1-media-0' });
  await expect.poll(() => one!.mediaHost.nodes()[0]!.calls.includes('openTransport')).toBe(true);
  const resuming = signalling.resume(two!, ada);
  await ada.client.event('ended');
  // For moderators only, and for all participants except guests.
  await signalling.publishMeetingEvent({ type: 'waiting.changed', waiting: 3 });
  await signalling.publishMeetingEvent({ type: 'members.changed' });
  letGo();
  await opening;
  const again = await resuming;
  expect(await again.client.event('meeting')).toEqual({ type: 'members.changed' });
});

test('R7: a producer that replaces a muted one is muted; another source it cannot replace', async () => {
  const [one] = await nodes(2);
  const ada = await signalling.join(one!);
  const { id: transportId } = await ada.openTransport('send');
  const producerId = await ada.produce(transportId);
  await ada.client.ok('producer.pause', { producerId });
  const order = { transportId, kind: 'video' as const, rtpParameters: RTP_PARAMETERS, replaces: producerId };
  expect(await ada.client.refused('produce', { ...order, source: 'screen' })).toBe('request.invalid');
  const { producerId: next } = await ada.client.ok('produce', { ...order, source: 'camera' });
  await ada.until(() => ada.other(ada.id)!.producers.length === 2);
  expect(ada.other(ada.id)!.producers[1]).toMatchObject({ id: next, paused: true, replaces: producerId });
  // A closed producer cannot be replaced.
  await ada.client.ok('producer.close', { producerId });
  await ada.client.ok('produce', { ...order, source: 'camera' });
  await ada.until(() => ada.other(ada.id)!.producers.length === 2);
  expect(ada.other(ada.id)!.producers[1]).not.toHaveProperty('replaces');
});
