import type { PictureView } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeMediaNode } from '../../../test/system/fake-media-host.js';
import { ALL_GRANTS, type Node, type Participant, Signalling } from '../../../test/system/signalling.js';

let signalling: Signalling;
let one: Node;
let two: Node;
let ada: Participant;
let ben: Participant;
beforeEach(async () => {
  signalling = new Signalling();
  ({ one, two, ada, ben } = await signalling.twoHomes());
});
afterEach(async () => {
  await signalling.close();
  expect([...one.errors, ...two.errors]).toEqual([]);
});

const rtpCapabilities = { codecs: [], headerExtensions: [] };
const view: PictureView = { width: 640, height: 360, visible: true, priority: 'high' };

/**
 * Ada's camera goes through a media node of the first server; Ben, at home on the second, receives
 * it.
 */
async function watching() {
  const node: FakeMediaNode = one.mediaHost.nodes()[0]!;
  const { id: send, mediaNodeId } = await ada.openTransport('send', node.id);
  const producerId = await ada.produce(send);
  await ben.until(() => ben.other(ada.id)?.producers.length === 1);
  const { id: receive } = await ben.openTransport('receive', mediaNodeId);
  const subscribe = { participantId: ada.id, transportId: receive, rtpCapabilities };
  const [consumer] = (await ben.client.ok('subscribe', subscribe)).consumers;
  return { node, send, receive, producerId, consumerId: consumer!.id };
}

describe('display preferences', () => {
  test('reach the media node that sends the pictures, on any server', async () => {
    const { node, consumerId } = await watching();
    await ben.client.ok('consumer.setPreferences', { consumers: [{ consumerId, ...view }] });
    expect(node.preferences).toEqual(new Map([[consumerId, view]]));
  });

  test('R7: concern the receiver’s own consumers only, and are ignored for closed ones', async () => {
    const { node, consumerId } = await watching();
    const consumers = [
      { consumerId, ...view },
      { consumerId: 'invented', ...view },
    ];
    await ada.client.ok('consumer.setPreferences', { consumers });
    expect(node.preferences.size).toBe(0);
    node.consumers.delete(consumerId);
    await ben.client.ok('consumer.setPreferences', { consumers });
    expect(node.preferences.size).toBe(0);
  });

  test('are limited in size, number and rate, without ending the call', async () => {
    const { consumerId } = await watching();
    const say = (change: object, count = 1) =>
      ben.client.request('consumer.setPreferences', {
        consumers: Array.from({ length: count }, () => ({ consumerId, ...view, ...change })),
      });
    for (const change of [{ width: -1 }, { height: 16_385 }, { width: 1.5 }, { width: 1e9 }, { priority: 'best' }])
      expect(await say(change)).toMatchObject({ ok: false, error: { code: 'request.invalid' } });
    expect(await say({}, 101)).toMatchObject({ ok: false, error: { code: 'request.invalid' } });
    for (let n = 0; n < 10; n += 1) expect(await say({ width: n }, 100)).toMatchObject({ ok: true });
    expect(await say({})).toMatchObject({ ok: false, error: { code: 'limit.reached' } });
    await signalling.clock.advance(1000);
    expect(await say({ width: 0, height: 0 })).toMatchObject({ ok: true });
  });

  test('need no media node for closed consumers', async () => {
    const { node, consumerId } = await watching();
    node.isLost = true;
    await ben.client.ok('consumer.setPreferences', { consumers: [{ consumerId, ...view }] });
  });
});

describe('the forwarded layers of pictures', () => {
  const layers = (consumerId: string) => ({ consumerId, spatial: 0, temporal: 2, cause: 'bandwidth' as const });

  test('are reported to the receiver, and again after it resumes, here or elsewhere', async () => {
    const { node, receive, consumerId } = await watching();
    const consumers = [layers(consumerId)];
    const strange = [layers('somebody-else')];
    node.emit({ type: 'consumer.layers', transportId: receive, consumers: [...consumers, ...strange] });
    expect(await ben.client.event('consumer.layers')).toEqual({ consumers });
    await signalling.vanish(ben, ada);
    node.emit({ type: 'consumer.layers', transportId: receive, consumers: [{ ...consumers[0]!, spatial: -1 }] });
    const back = await signalling.resume(two, ben);
    expect(await back.client.event('consumer.layers')).toEqual({ consumers: [{ ...consumers[0]!, spatial: -1 }] });
    const moved = await signalling.resume(one, back);
    expect(await moved.client.event('consumer.layers')).toEqual({ consumers: [{ ...consumers[0]!, spatial: -1 }] });
  });

  test('are reported to the publisher as the highest in use, and again after it resumes anywhere', async () => {
    const { node, send, producerId } = await watching();
    node.emit({ type: 'producer.wanted', transportId: send, producerId, spatial: 1 });
    expect(await ada.client.event('producer.wanted')).toEqual({ producerId, spatial: 1 });
    expect(ben.client.events.filter(({ name }) => name === 'producer.wanted')).toEqual([]);
    await signalling.vanish(ada, ben);
    node.emit({ type: 'producer.wanted', transportId: send, producerId, spatial: -1 });
    const back = await signalling.resume(one, ada);
    expect(await back.client.event('producer.wanted')).toEqual({ producerId, spatial: -1 });
    const moved = await signalling.resume(two, back);
    expect(await moved.client.event('producer.wanted')).toEqual({ producerId, spatial: -1 });
    // From now on its media node’s events cross the bus.
    node.emit({ type: 'producer.wanted', transportId: send, producerId, spatial: 2 });
    expect(await moved.client.event('producer.wanted')).toEqual({ producerId, spatial: 2 });
  });

  test('are reported to the publisher when its media stop arriving, and when they arrive again', async () => {
    const { node, send, producerId } = await watching();
    node.emit({ type: 'producer.silent', transportId: send, producerId });
    expect(await ada.client.event('producer.arriving')).toEqual({ producerId, arriving: false });
    const moved = await signalling.resume(two, ada);
    expect(await moved.client.event('producer.arriving')).toEqual({ producerId, arriving: false });
    node.emit({ type: 'producer.flowing', transportId: send, producerId });
    expect(await moved.client.event('producer.arriving')).toEqual({ producerId, arriving: true });
  });
});

describe('connection quality', () => {
  const quality = { quality: 'poor', limitation: 'upload' } as const;

  test('is reported to all participants of the room, and to later ones', async () => {
    const { node, send, receive } = await watching();
    const transports = [
      { transportId: send, ...quality },
      { transportId: receive, quality: 'lost' as const, limitation: 'download' as const },
    ];
    node.emit({ type: 'router.quality', routerId: 'room-1', transports });
    const expected = { participants: [{ participantId: ada.id, ...quality }] };
    for (const who of [ada, ben]) {
      const events = [await who.client.event('quality'), await who.client.event('quality')];
      expect(events).toContainEqual(expected);
      expect(events).toContainEqual({
        participants: [{ participantId: ben.id, quality: 'lost', limitation: 'download' }],
      });
    }
    const cleo = await signalling.join(one, { name: 'Cleo' });
    expect((await cleo.client.event('quality')).participants).toHaveLength(2);
    // Without news no event is emitted.
    node.emit({ type: 'router.quality', routerId: 'room-1', transports: [transports[0]!] });
    node.emit({
      type: 'router.quality',
      routerId: 'room-1',
      transports: [{ transportId: send, quality: 'good', limitation: 'upload' }],
    });
    expect((await cleo.client.event('quality')).participants).toEqual([
      { participantId: ada.id, quality: 'good', limitation: 'upload' },
    ]);
    await ben.client.ok('leave', {});
    await ada.until(() => ada.other(ben.id) === undefined);
    const dan = await signalling.join(one, { name: 'Dan' });
    expect((await dan.client.event('quality')).participants).toHaveLength(1);
  });

  test('names the publishers that a receiver does not understand, to all, and again after a move', async () => {
    const { node, send, receive, producerId } = await watching();
    const report = (unintelligible?: string[], transportId = receive) =>
      node.emit({
        ...{ type: 'router.quality', routerId: 'room-1' },
        transports: [{ transportId, ...quality, ...(unintelligible && { unintelligible }) }],
      });
    const expected = (unintelligible?: string[]) => ({
      participants: [{ participantId: ben.id, ...quality, ...(unintelligible && { unintelligible }) }],
    });
    // Ada is at home where the media node is, Ben is not: both the report and the answer cross the bus.
    report([producerId, 'a-stream-that-ended']);
    expect(await ada.client.event('quality')).toEqual(expected([ada.id]));
    expect(await ben.client.event('quality')).toEqual(expected([ada.id]));
    // Nothing new: no event. A new home knows it.
    report([producerId]);
    const moved = await signalling.resume(one, ben);
    expect(await moved.client.event('quality')).toEqual(expected([ada.id]));
    report([producerId]);
    report([producerId], send);
    expect(await ada.client.event('quality')).toEqual({ participants: [{ participantId: ada.id, ...quality }] });
    report();
    expect(await ada.client.event('quality')).toEqual(expected());
  });

  test('is the worst of a participant’s transports', async () => {
    const { node, send, receive } = await watching();
    const { id: receiving } = await ada.openTransport('receive', node.id);
    const say = (transportId: string, level: 'good' | 'poor') =>
      node.emit({
        type: 'router.quality',
        routerId: 'room-1',
        transports: [{ transportId, quality: level, limitation: 'download' }],
      });
    say(send, 'poor');
    say(receiving, 'good');
    say(receive, 'good');
    expect((await ben.client.event('quality')).participants).toMatchObject([
      { participantId: ada.id, quality: 'poor' },
    ]);
    expect((await ben.client.event('quality')).participants).toMatchObject([
      { participantId: ben.id, quality: 'good' },
    ]);
  });

  test('is good again with a transport that replaces a lost one', async () => {
    const { node, send } = await watching();
    const lost = { transportId: send, quality: 'lost', limitation: 'upload' } as const;
    node.emit({ type: 'router.quality', routerId: 'room-1', transports: [lost] });
    expect((await ben.client.event('quality')).participants).toMatchObject([{ quality: 'lost' }]);
    node.dropTransport(send, 'consent-expired');
    await ada.client.event('transport.closed');
    await ada.openTransport('send', node.id);
    expect((await ben.client.event('quality')).participants).toEqual([
      { participantId: ada.id, quality: 'excellent', limitation: 'none' },
    ]);
  });

  test('is good again when a lost transport is closed after another one was opened', async () => {
    const { node, send } = await watching();
    const lost = { transportId: send, quality: 'lost', limitation: 'upload' } as const;
    node.emit({ type: 'router.quality', routerId: 'room-1', transports: [lost] });
    expect((await ada.client.event('quality')).participants).toMatchObject([{ quality: 'lost' }]);
    await ada.openTransport('send', node.id);
    await ada.client.ok('transport.close', { transportId: send });
    expect((await ada.client.event('quality')).participants).toEqual([
      { participantId: ada.id, quality: 'excellent', limitation: 'none' },
    ]);
  });

  test('counts pictures that a receiver could not show in time', async () => {
    const { node, send, receive } = await watching();
    await ben.client.ok('transport.report', { transportId: receive, framesDropped: 0.25 });
    expect(node.framesDropped).toEqual(new Map([[receive, 0.25]]));
    const refused = (who: Participant, transportId: string, framesDropped = 0.5) =>
      who.client.refused('transport.report', { transportId, framesDropped });
    expect(await refused(ada, receive)).toBe('transport.not_found');
    expect(await refused(ada, send)).toBe('request.invalid');
    expect(await refused(ben, receive, 1.5)).toBe('request.invalid');
    expect(node.framesDropped.size).toBe(1);
  });

  test('is not reported to others for a hidden participant', async () => {
    const { node } = await watching();
    const hidden = { ...ALL_GRANTS, publish: [], hidden: true };
    const observer = await signalling.join(one, { name: 'Observer', grants: hidden });
    const { id: receive } = await observer.openTransport('receive', node.id);
    const { id: own } = await ada.openTransport('receive', node.id);
    const transports = [
      { transportId: receive, ...quality },
      { transportId: own, ...quality },
    ];
    node.emit({ type: 'router.quality', routerId: 'room-1', transports });
    expect((await observer.client.event('quality')).participants).toEqual([{ participantId: observer.id, ...quality }]);
    expect((await observer.client.event('quality')).participants).toEqual([{ participantId: ada.id, ...quality }]);
    expect((await ben.client.event('quality')).participants).toEqual([{ participantId: ada.id, ...quality }]);
  });
});
