import { systemClock } from '@waterbus/cluster';
import { ROOM_COMMAND } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { busTopics } from '../src/bus/contract.js';
import { codeOf, join, ORIGIN, PUBLISHES, request } from './system/http-meeting.js';
import { Player } from './system/http-player.js';
import { Publisher } from './system/http-publisher.js';
import { node, open, useRealNode } from './system/real-node.js';
import { ALL_GRANTS, joinToken } from './system/signalling.js';

// A WHEP player on libdatachannel, which shares no code with the server, and publishers on the same.

useRealNode();

const WATCHES = { ...ALL_GRANTS, publish: [], subscribe: true, moderate: false } as typeof ALL_GRANTS;

async function publish(name: string): Promise<{ publisher: Publisher; participantId: string }> {
  const publisher = new Publisher();
  open.push(publisher);
  const token = await joinToken(systemClock, { name, grants: PUBLISHES });
  const { answer, participantId } = await request('whip.publish', { token, offer: await publisher.offer(), ...ORIGIN });
  await publisher.accept(answer);
  publisher.send();
  return { publisher, participantId };
}

async function watch(participant?: string) {
  const player = new Player();
  open.push(player);
  const token = await joinToken(systemClock, { name: 'Lobby screen', grants: WATCHES });
  const body = { token, offer: await player.offer(), ...ORIGIN, ...(participant !== undefined && { participant }) };
  const answered = await request('whep.watch', body);
  await player.accept(answered.answer);
  return { player, ...answered, which: { roomId: 'room-1', participantId: answered.participantId } };
}

/** Its payload types and SSRCs, and whether its numbers have no gap. */
function streamOf(packets: readonly Buffer[]) {
  const numbers = packets.map((packet) => packet.readUInt16BE(2)).sort((one, other) => one - other);
  return {
    payloadTypes: [...new Set(packets.map((packet) => packet[1]! & 0x7f))],
    ssrcs: new Set(packets.map((packet) => packet.readUInt32BE(8))).size,
    gaps: numbers.slice(1).filter((number, i) => number - numbers[i]! > 1).length,
  };
}

test('a player receives the picture of a meeting under its own payload type, until it leaves', async () => {
  const ada = await join('Ada');
  await publish('Stage');
  const { player, which, participantId } = await watch();
  await ada.until(() => ada.other(participantId) !== undefined);
  expect(ada.other(participantId)).toMatchObject({ name: 'Lobby screen', producers: [], role: 'guest' });
  await expect.poll(() => player.packets.video.length).toBeGreaterThan(20);
  expect(streamOf(player.packets.video)).toEqual({ payloadTypes: [45], ssrcs: 1, gaps: 0 });

  await request('whip.close', which);
  await ada.until(() => ada.other(participantId) === undefined);
  await expect.poll(() => player.state).toMatch(/closed|disconnected|failed/);
  expect(node.errors).toEqual([]);
});

test('it may come before anybody publishes, and continues with the next when one leaves', async () => {
  const { player } = await watch();
  const { participantId } = await publish('First');
  await expect.poll(() => player.packets.video.length).toBeGreaterThan(20);
  await request('whip.close', { roomId: 'room-1', participantId });
  const count = player.packets.video.length;
  await publish('Second');
  await expect.poll(() => player.packets.video.length, { timeout: 10_000 }).toBeGreaterThan(count + 40);
  expect(streamOf(player.packets.video)).toEqual({ payloadTypes: [45], ssrcs: 1, gaps: 0 });
  expect(player.state).toBe('connected');
});

test('the picture follows the active speaker as one stream, unless the request names one participant', async () => {
  const ada = await join('Ada');
  const [first, second] = [await publish('First'), await publish('Second')];
  await ada.until(() => [first, second].every(({ participantId }) => ada.other(participantId)?.producers.length === 2));
  const { player } = await watch();
  const { player: fixed } = await watch('First');
  await expect.poll(() => player.packets.video.length).toBeGreaterThan(10);
  await expect.poll(() => fixed.packets.video.length).toBeGreaterThan(10);
  const consumersOf = async (participantId: string) => {
    const { id } = ada.other(participantId)!.producers.find(({ kind }) => kind === 'video')!;
    const [media] = node.mediaHost.nodes();
    return (await media!.producerStats(id)).consumers;
  };
  expect(await consumersOf(first.participantId)).toBe(2);
  const microphone = ada.other(second.participantId)!.producers.find(({ kind }) => kind === 'audio')!;
  const { mediaNodeId } = microphone;
  const speakers = [{ producerId: microphone.id, level: -20 }];
  // The encoders are silent, so the media node names nobody.
  await node.cluster.bus.publish(busTopics.speakers.of('room-1'), { mediaNodeId, speakers });
  await expect.poll(() => consumersOf(second.participantId), { timeout: 10_000 }).toBe(1);
  await expect.poll(() => consumersOf(first.participantId), { timeout: 10_000 }).toBe(1);
  const count = player.packets.video.length;
  await expect.poll(() => player.packets.video.length).toBeGreaterThan(count + 20);
  expect(streamOf(player.packets.video)).toEqual({ payloadTypes: [45], ssrcs: 1, gaps: 0 });
});

test('R7, R8: a moderator removes it, and without the grant nothing is sent', async () => {
  const ada = await join('Ada');
  await publish('Stage');
  const { player, which, participantId } = await watch();
  const { player: other, participantId: otherId } = await watch();
  await node.cluster.bus.request('ws-1', ROOM_COMMAND, { ...which, type: 'remove', reason: 'kicked' });
  await ada.until(() => ada.other(participantId) === undefined);
  await expect.poll(() => player.state).toMatch(/closed|disconnected|failed/);
  expect(await codeOf(request('whip.patch', { ...which, fragment: '', ifMatch: '*' }))).toBe('whip.not_found');

  const grants = { ...WATCHES, subscribe: false };
  await node.cluster.bus.request('ws-1', ROOM_COMMAND, {
    ...{ roomId: 'room-1', participantId: otherId, type: 'update', role: 'guest', grants },
  } as never);
  await expect.poll(() => other.state).toMatch(/closed|disconnected|failed/);

  const late = new Player();
  open.push(late);
  const token = await joinToken(systemClock, { name: 'Thief', grants });
  expect(await codeOf(request('whep.watch', { token, offer: await late.offer(), ...ORIGIN }))).toBe(
    'permission.denied',
  );
});

test('PATCH restarts ICE; offers that cannot be served are refused before anybody sees the player', async () => {
  const ada = await join('Ada');
  const credentials: string[] = [];
  const [worker] = node.mediaHost.nodes();
  const { setRemoteIce } = worker!;
  const noting: typeof setRemoteIce = (transportId, ice) => {
    credentials.push(`${ice.usernameFragment} ${ice.password}`);
    return setRemoteIce.call(worker, transportId, ice);
  };
  Object.defineProperty(worker, 'setRemoteIce', { value: noting });
  const { which, etag, player } = await watch();
  await ada.until(() => ada.changes.includes('participant.joined'));
  const trickle = (name: string) => `a=ice-ufrag:${name}\r\na=ice-pwd:0123456789abcdef01234567\r\n`;
  const ufrag = /a=ice-ufrag:(.*)/.exec(player.connection.localDescription()!.sdp)![1]!.trim();
  expect(await request('whip.patch', { ...which, fragment: trickle(ufrag), ifMatch: `"${etag}"` })).toBeNull();
  const restarted = await request('whip.patch', { ...which, fragment: trickle('another'), ifMatch: `"${etag}"` });
  expect(restarted!.etag).not.toBe(etag);
  // The media node checks with the client's credentials where it receives.
  const password = /a=ice-pwd:(.*)/.exec(player.connection.localDescription()!.sdp)![1]!.trim();
  await expect.poll(() => credentials).toEqual([`${ufrag} ${password}`, 'another 0123456789abcdef01234567']);

  const changes = ada.changes.length;
  const other = new Player();
  open.push(other);
  const offer = await other.offer();
  const refusalOf = async (sdp: string) =>
    codeOf(request('whep.watch', { token: await joinToken(systemClock, { grants: WATCHES }), offer: sdp, ...ORIGIN }));
  expect(await refusalOf('v=0')).toBe('sdp.invalid');
  expect(await refusalOf('m=nonsense'.repeat(1000))).toBe('sdp.invalid');
  expect(await refusalOf(offer.replaceAll('opus', 'speex').replaceAll('H264', 'H261'))).toBe('sdp.unacceptable');
  expect(await refusalOf(offer.replaceAll('recvonly', 'sendonly'))).toBe('sdp.unacceptable');
  expect(ada.changes.length).toBe(changes);
});
