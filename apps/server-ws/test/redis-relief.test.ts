import { systemClock } from '@waterbus/cluster';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { startRedisNodes } from './system/redis-nodes.js';
import { Client, joinToken, Participant } from './system/signalling.js';

test('over Redis: a media node over its limit moves a publisher that is at home on another server', async () => {
  const { nodes, close } = await startRedisNodes();
  const [one, two] = nodes;
  const join = async (url: string) => {
    const client = new Client(url);
    const token = await joinToken(systemClock);
    return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
  };
  const [busy] = one.mediaHost.nodes();
  const publishers = [await join(two.url), await join(two.url)];
  const listener = await join(one.url);
  const { id: transportId } = await listener.openTransport('receive', busy!.id);
  const sending: string[] = [];
  for (const publisher of publishers) {
    const { id } = await publisher.openTransport('send', busy!.id);
    sending.push(id);
    await publisher.produce(id);
    await listener.until(() => listener.other(publisher.id)!.producers.length === 1);
    const rtpCapabilities = { codecs: [], headerExtensions: [] };
    await listener.client.ok('subscribe', { participantId: publisher.id, transportId, rtpCapabilities });
  }
  busy!.cpu = 0.95;
  expect(await publishers[0]!.client.event('transport.leave')).toEqual({ transportId: sending[0] });
  expect((await publishers[0]!.openTransport('send')).mediaNodeId).toBe('ws-2-media-0');
  for (const { client } of [...publishers, listener]) client.socket.disconnect();
  await close();
});
