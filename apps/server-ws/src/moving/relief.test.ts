import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { type Participant, RTP_PARAMETERS } from '../../test/system/signalling.js';

useSignalling();

const rtpCapabilities = { codecs: [], headerExtensions: [] };

/** Lets report intervals pass, with the messages that they cause. */
async function reports(count: number) {
  for (let i = 0; i < count; i += 1) {
    await signalling.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Ben and Cid, at home on the second node, send through the first one, whose core is busy; Ada
 * receives them.
 */
async function burdened() {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const cid = await signalling.join(two, { name: 'Cid' });
  const [busy] = one.mediaHost.nodes();
  const { id: receive } = await ada.openTransport('receive', busy!.id);
  const publish = async (who: Participant) => {
    const { id: send } = await who.openTransport('send', busy!.id);
    const producerId = await who.produce(send);
    await ada.until(() => ada.other(who.id)?.producers.length === 1);
    await ada.client.ok('subscribe', { participantId: who.id, transportId: receive, rtpCapabilities });
    return { send, producerId };
  };
  const { send, producerId } = await publish(ben);
  await publish(cid);
  busy!.cpu = 0.95;
  return { one, two, ada, ben, cid, busy: busy!, send, producerId };
}

const requested = (who: Participant) => who.client.events.filter(({ name }) => name === 'transport.leave').length;

describe('a media node over its limit', () => {
  test('moves one publisher, at home elsewhere, to another node; only that one receives a request', async () => {
    const { one, two, ada, ben, cid, busy, send, producerId } = await burdened();
    await reports(3);
    expect(await ben.client.event('transport.leave')).toEqual({ transportId: send });
    expect([requested(ada), requested(cid)]).toEqual([0, 0]);
    expect(one.serverWs.figures().reliefMoves).toEqual({ requested: 1 });
    expect(two.serverWs.figures().reliefMoves).toEqual({});
    // Even though the busy node holds the room, and its figure decreased in the meantime.
    busy.cpu = 0.1;
    await reports(1);
    const { id: transportId, mediaNodeId } = await ben.openTransport('send');
    expect(mediaNodeId).toBe('ws-2-media-0');
    await ben.client.ok('produce', {
      transportId,
      kind: 'video',
      source: 'camera',
      rtpParameters: RTP_PARAMETERS,
      replaces: producerId,
    });
    await ben.client.ok('transport.close', { transportId: send });
    await ada.until(() => ada.other(ben.id)!.producers[0]?.mediaNodeId === 'ws-2-media-0');
    // After the move, the node is like any other.
    await reports(4);
    expect((await ben.openTransport('send', busy.id)).mediaNodeId).toBe(busy.id);
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('waits for moves under way, then ignores publishers that did not move for a while', async () => {
    const { ben, cid } = await burdened();
    await reports(12);
    expect([requested(ben), requested(cid)]).toEqual([1, 0]);
    await reports(22);
    expect([requested(ben), requested(cid)]).toEqual([1, 1]);
    await reports(30);
    expect(requested(ben)).toBe(2);
  });

  test('does nothing for a moment of work, nor if the other nodes have as much load', async () => {
    const { two, ben, busy } = await burdened();
    await reports(1);
    busy.cpu = 0.5;
    await reports(4);
    busy.cpu = 0.95;
    two.mediaHost.nodes()[0]!.cpu = 0.9;
    await reports(10);
    expect(requested(ben)).toBe(0);
  });

  test('does not move publishers without viewers', async () => {
    const { ada, ben, cid } = await burdened();
    for (const { id } of [ben, cid]) await ada.client.ok('unsubscribe', { participantId: id });
    await reports(10);
    expect([requested(ben), requested(cid)]).toEqual([0, 0]);
  });

  test('R10: is not relieved while it drains: all its users move anyway', async () => {
    const { one, ben } = await burdened();
    void one.serverWs.drain({ deadline: 20_000 });
    expect(await ben.client.event('mediaNode.draining')).toMatchObject({ draining: true });
    await reports(10);
    expect(requested(ben)).toBe(0);
  });

  test('a participant without a socket receives the request when it resumes', async () => {
    const { one, two, ada, ben, send } = await burdened();
    await signalling.vanish(ben, ada);
    await reports(4);
    const again = await signalling.resume(two, ben);
    expect(await again.client.event('transport.leave')).toEqual({ transportId: send });
    expect([...one.errors, ...two.errors]).toEqual([]);
  });
});
