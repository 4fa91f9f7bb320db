import { systemClock } from '@waterbus/cluster';
import { ROOM_COMMAND, type RtpCapabilities } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { codeOf, join, ORIGIN, PUBLISHES, request } from './system/http-meeting.js';
import { Publisher } from './system/http-publisher.js';
import { MediaClient } from './system/media-client.js';
import { node, open, useRealNode } from './system/real-node.js';
import { joinToken } from './system/signalling.js';
import { SimulcastPublisher } from './system/simulcast-publisher.js';

// A WHIP publisher on libdatachannel, the stack of OBS Studio.

useRealNode();

async function publish(name = 'Encoder') {
  const publisher = new Publisher();
  open.push(publisher);
  const offer = await publisher.offer();
  const token = await joinToken(systemClock, { name, grants: PUBLISHES });
  const answered = await request('whip.publish', { token, offer, ...ORIGIN });
  return { publisher, ...answered, which: { roomId: 'room-1', participantId: answered.participantId } };
}

test('a participant receives the pictures of a publisher over HTTP, until it leaves', async () => {
  const ada = await join('Ada');
  const { publisher, answer, which, participantId } = await publish();
  await publisher.accept(answer);
  publisher.send();
  await ada.until(() => ada.other(participantId)?.producers.length === 2);
  expect(ada.other(participantId)).toMatchObject({ name: 'Encoder', connection: 'connected' });
  expect(ada.other(participantId)!.producers).toMatchObject([
    { kind: 'audio', source: 'microphone' },
    { kind: 'video', source: 'camera', codec: 'h264' },
  ]);

  const { mediaNodeId } = ada.other(participantId)!.producers[0]!;
  const receiving = await MediaClient.open(ada, 'receive', mediaNodeId);
  open.push(receiving);
  const { consumers } = await ada.client.ok('subscribe', {
    participantId,
    transportId: receiving.transportId,
    rtpCapabilities: ada.joined.rtpCapabilities as RtpCapabilities,
  });
  expect(consumers.map(({ kind }) => kind)).toEqual(['audio', 'video']);
  await expect.poll(() => receiving.received).toBeGreaterThan(20);

  await request('whip.close', which);
  await ada.until(() => ada.other(participantId) === undefined);
  await expect.poll(() => publisher.state).toMatch(/closed|disconnected|failed/);
  expect(await codeOf(request('whip.close', which))).toBe('whip.not_found');
  expect(node.errors).toEqual([]);
});

test('R8: a moderator removes it, and its connection ends', async () => {
  const ada = await join('Ada');
  const { publisher, answer, which, participantId } = await publish();
  await publisher.accept(answer);
  await node.cluster.bus.request('ws-1', ROOM_COMMAND, { ...which, type: 'remove', reason: 'kicked' });
  await ada.until(() => ada.changes.includes('participant.left'));
  expect(ada.other(participantId)).toBeUndefined();
  await expect.poll(() => publisher.state).toMatch(/closed|disconnected|failed/);
  expect(await codeOf(request('whip.patch', { ...which, fragment: '', ifMatch: '*' }))).toBe('whip.not_found');
});

test('PATCH: candidates need the current ETag, other credentials restart ICE', async () => {
  const { answer, which, etag, publisher } = await publish();
  await publisher.accept(answer);
  const ufrag = /a=ice-ufrag:(.*)/.exec(publisher.connection.localDescription()!.sdp)![1]!.trim();
  const trickle = (name: string) =>
    `a=ice-ufrag:${name}\r\na=ice-pwd:0123456789abcdef01234567\r\na=end-of-candidates\r\n`;
  expect(await request('whip.patch', { ...which, fragment: trickle(ufrag), ifMatch: `"${etag}"` })).toBeNull();
  expect(await codeOf(request('whip.patch', { ...which, fragment: trickle(ufrag), ifMatch: '"old"' }))).toBe(
    'whip.precondition_failed',
  );
  expect(await codeOf(request('whip.patch', { ...which, fragment: 'nonsense', ifMatch: '*' }))).toBe('sdp.invalid');
  const restarted = await request('whip.patch', { ...which, fragment: trickle('another'), ifMatch: '*' });
  expect(restarted!.etag).not.toBe(etag);
  expect(restarted!.fragment).toContain(`a=ice-ufrag:${restarted!.etag}`);
  expect(await codeOf(request('whip.patch', { ...which, roomId: 'room-2', fragment: '', ifMatch: '*' }))).toBe(
    'whip.not_found',
  );
});

test('R7, R8: refused without grants, with a used token, and with an offer of nothing', async () => {
  const ada = await join('Ada');
  const publisher = new Publisher();
  open.push(publisher);
  const offer = await publisher.offer();
  const refusalOf = (token: string, sdp = offer) => codeOf(request('whip.publish', { token, offer: sdp, ...ORIGIN }));
  const token = await joinToken(systemClock, { grants: PUBLISHES });
  expect(await refusalOf(token, 'v=0')).toBe('sdp.invalid');
  expect(await refusalOf(token, offer.replaceAll('opus', 'speex').replaceAll('H264', 'H261'))).toBe('sdp.unacceptable');
  expect(ada.changes).toEqual([]);

  expect(await refusalOf(await joinToken(systemClock, { grants: { ...PUBLISHES, publish: [] } }))).toBe(
    'permission.denied',
  );
  await ada.until(() => ada.changes.includes('participant.left'));
  expect(await refusalOf('forged')).toBe('token.invalid');
  expect(await refusalOf(token)).toBe('it was done');
  expect(await refusalOf(token)).toBe('token.used');
});

test('R10: a draining server takes no new publisher, whose token stays unused, and keeps the present one', async () => {
  const ada = await join('Ada');
  const { publisher, answer, participantId } = await publish();
  await publisher.accept(answer);
  const drained = node.serverWs.drain({ deadline: 60_000 });
  const token = await joinToken(systemClock, { name: 'Late', grants: PUBLISHES });
  const late = new Publisher();
  open.push(late);
  const body = { token, offer: await late.offer(), ...ORIGIN };
  expect(await codeOf(request('whip.publish', body))).toBe('server.draining');
  expect(publisher.state).toBe('connected');
  expect(ada.other(participantId)).toBeDefined();

  node.serverWs.cancelDrain();
  await drained;
  expect((await request('whip.publish', body)).participantId).toBeDefined();
  await node.serverWs.close();
  await expect.poll(() => publisher.state).toMatch(/closed|disconnected|failed/);
});

test('a receiver gets the size of simulcast that fits its tile', async () => {
  const ada = await join('Ada');
  const publisher = new SimulcastPublisher();
  open.push(publisher);
  const token = await joinToken(systemClock, { name: 'Encoder', grants: PUBLISHES });
  const body = { token, offer: await publisher.offer(), ...ORIGIN };
  const { answer, participantId } = await request('whip.publish', body);
  await publisher.accept(answer);
  await ada.until(() => ada.other(participantId)?.producers.length === 1);
  const { mediaNodeId } = ada.other(participantId)!.producers[0]!;
  const receiving = await MediaClient.open(ada, 'receive', mediaNodeId);
  open.push(receiving);
  const { consumers } = await ada.client.ok('subscribe', {
    participantId,
    transportId: receiving.transportId,
    rtpCapabilities: ada.joined.rtpCapabilities as RtpCapabilities,
  });
  const layer = async (spatial: number) => {
    for (;;) {
      const { consumers } = await ada.client.event('consumer.layers');
      if (consumers[0]!.spatial === spatial && consumers[0]!.cause !== 'no-media') return;
    }
  };
  await layer(1);
  const { id: consumerId } = consumers[0]!;
  const tile = { consumerId, width: 240, height: 135, visible: true, priority: 'medium' as const };
  await ada.client.ok('consumer.setPreferences', { consumers: [tile] });
  await layer(0);
});
