import { systemClock } from '@waterbus/cluster';
import { PROTOCOL_VERSION, ROOM_COMMAND, type RoomCommand, type RtpCapabilities } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { MediaClient } from './system/media-client.js';
import { node, open, useRealNode } from './system/real-node.js';
import { ALL_GRANTS, Client, joinToken, Participant } from './system/signalling.js';

useRealNode();

async function join(name: string): Promise<Participant> {
  const client = new Client(node.url);
  open.push({ close: () => client.socket.disconnect() });
  const token = await joinToken(systemClock, { name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

async function connect(who: Participant, direction: 'send' | 'receive', mediaNodeId?: string): Promise<MediaClient> {
  const media = await MediaClient.open(who, direction, mediaNodeId);
  open.push(media);
  return media;
}

async function subscribe(who: Participant, to: Participant, media: MediaClient): Promise<string> {
  await who.until(() => who.other(to.id)!.producers.some(({ mediaNodeId }) => mediaNodeId === media.mediaNodeId));
  const { consumers } = await who.client.ok('subscribe', {
    participantId: to.id,
    transportId: media.transportId,
    rtpCapabilities: who.joined.rtpCapabilities as RtpCapabilities,
  });
  expect(consumers).toHaveLength(1);
  return consumers[0]!.id;
}

/** Resolves when `count` more packets have arrived. */
async function more(media: MediaClient, count: number): Promise<void> {
  const { received } = media;
  await expect.poll(() => media.received - received, { interval: 10 }).toBeGreaterThanOrEqual(count);
}

test('Ben receives Ada’s streams, muting stops them, leaving ends them', async () => {
  const [ada, ben] = [await join('Ada'), await join('Ben')];
  const sending = await connect(ada, 'send');
  const producerId = await sending.publishCamera(ada);
  const receiving = await connect(ben, 'receive', sending.mediaNodeId);
  const consumerId = await subscribe(ben, ada, receiving);
  await more(receiving, 50);

  await ada.client.ok('producer.pause', { producerId });
  await ben.until(() => ben.other(ada.id)!.producers[0]!.paused);
  const { sent } = sending;
  await expect.poll(() => sending.sent).toBeGreaterThan(sent + 50);
  // Packets on their way when the pause was acknowledged may still arrive, later ones may not.
  expect(receiving.lastNumber).toBeLessThan(sent);
  await ada.client.ok('producer.resume', { producerId });
  await more(receiving, 50);

  await ada.client.ok('leave', {});
  expect(await ben.client.event('consumer.closed')).toEqual({ consumerId, reason: 'producer-closed' });
  expect(node.errors).toEqual([]);
});

/** No packet sent after the command was acknowledged is forwarded. */
async function stops(command: RoomCommand, sending: MediaClient, receiving: MediaClient): Promise<void> {
  await node.cluster.bus.request(node.id, ROOM_COMMAND, command);
  const { sent } = sending;
  await expect.poll(() => sending.sent).toBeGreaterThan(sent + 100);
  expect(receiving.lastNumber).toBeLessThan(sent);
}

test("R7, R8: a moderator's mute, revoked grants and a kick stop the forwarding before they are acknowledged", async () => {
  const roomId = 'room-1';
  const [ada, ben, cid] = [await join('Ada'), await join('Ben'), await join('Cid')];
  const sending = await connect(ada, 'send');
  const producerId = await sending.publishCamera(ada);
  const [toBen, toCid] = [
    await connect(ben, 'receive', sending.mediaNodeId),
    await connect(cid, 'receive', sending.mediaNodeId),
  ];
  await Promise.all([subscribe(ben, ada, toBen), subscribe(cid, ada, toCid)]);
  await Promise.all([more(toBen, 50), more(toCid, 50)]);

  const mute: RoomCommand = { type: 'mute', roomId, participantId: ada.id, source: 'camera' };
  await stops(mute, sending, toBen);
  await ada.client.ok('producer.resume', { producerId });
  await Promise.all([more(toBen, 50), more(toCid, 50)]);

  const grants = { ...ALL_GRANTS, subscribe: false };
  const deafen: RoomCommand = { type: 'update', roomId, participantId: ben.id, grants };
  await stops(deafen, sending, toBen);
  await more(toCid, 50);

  const silence: RoomCommand = {
    type: 'update',
    roomId,
    participantId: ada.id,
    grants: { ...ALL_GRANTS, publish: [] },
  };
  await stops(silence, sending, toCid);
  expect(await cid.client.event('consumer.closed')).toMatchObject({ reason: 'producer-closed' });

  await node.cluster.bus.request(node.id, ROOM_COMMAND, { ...silence, grants: ALL_GRANTS });
  sending.stopSending();
  await sending.publishCamera(ada);
  await subscribe(cid, ada, toCid);
  await more(toCid, 50);
  const kick: RoomCommand = { type: 'remove', roomId, participantId: ada.id, reason: 'kicked' };
  await stops(kick, sending, toCid);
  expect(node.errors).toEqual([]);
});

test('R11: after the death of the worker both continue on its replacement, without leaving', async () => {
  const [ada, ben] = [await join('Ada'), await join('Ben')];
  const sending = await connect(ada, 'send');
  await sending.publishCamera(ada);
  const receiving = await connect(ben, 'receive', sending.mediaNodeId);
  await subscribe(ben, ada, receiving);
  await more(receiving, 10);

  process.kill(node.mediaHost.nodes()[0]!.pid, 'SIGKILL');
  await Promise.all([ada.client.event('mediaNode.lost'), ben.client.event('mediaNode.lost')]);
  const again = await connect(ada, 'send');
  expect(again.mediaNodeId).not.toBe(sending.mediaNodeId);
  await again.publishCamera(ada);
  const receivingAgain = await connect(ben, 'receive', again.mediaNodeId);
  await subscribe(ben, ada, receivingAgain);
  await more(receivingAgain, 1);
  expect(ben.changes).not.toContain('participant.left');
});
