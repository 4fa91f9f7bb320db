import { systemClock } from '@waterbus/cluster';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { type RedisNode, startRedisNodes } from './system/redis-nodes.js';
import { Client, joinToken, Participant, RTP_PARAMETERS } from './system/signalling.js';

async function join(node: RedisNode, name: string): Promise<Participant> {
  const client = new Client(node.url);
  const token = await joinToken(systemClock, { name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}

test('R10 over Redis: a node is emptied, others see only that a producer changes its media node', async () => {
  const { nodes, close } = await startRedisNodes();
  const [one, two] = nodes;
  const [ada, ben] = [await join(one, 'Ada'), await join(two, 'Ben')];
  const { id: oldTransport } = await ada.openTransport('send', 'ws-1-media-0');
  const replaces = await ada.produce(oldTransport);
  await ben.until(() => ben.other(ada.id)!.producers.length === 1);
  const seen = ben.changes.length;

  const drained = one.serverWs.drain();
  await ada.client.event('moving');
  await ben.client.event('mediaNode.draining');
  const client = new Client(two.url);
  const { resumeToken } = ada.joined;
  const again = new Participant(client, await client.ok('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION }));
  const { id: transportId, mediaNodeId } = await again.openTransport('send');
  expect(mediaNodeId).toBe('ws-2-media-0');
  const { producerId } = await client.ok('produce', {
    transportId,
    kind: 'video',
    source: 'camera',
    rtpParameters: RTP_PARAMETERS,
    replaces,
  });
  await client.ok('transport.close', { transportId: oldTransport });
  expect(await drained).toMatchObject({ outcome: 'empty' });
  await one.serverWs.close();
  await ben.until(() => ben.other(ada.id)!.producers[0]?.id === producerId);
  // A client that reads the room from Redis reads the replacing producer.
  const { room } = await ben.client.ok('sync', {});
  expect(room.participants[0]!.producers).toMatchObject([{ id: producerId, replaces, mediaNodeId }]);
  expect(ben.changes.slice(seen)).toEqual(['producer.added', 'producer.removed']);
  for (const { socket } of [ada.client, ben.client, client]) socket.disconnect();
  await close();
});
