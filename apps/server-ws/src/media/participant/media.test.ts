import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { describe, expect, test, vi } from 'vitest';
import { node, signalling, useNode } from '../../../test/system/each-test.js';
import { ANNOUNCED } from '../../../test/system/fake-media-host.js';
import { joinToken, RTP_PARAMETERS } from '../../../test/system/signalling.js';

useNode();

const media = () => node.mediaHost.nodes()[0]!;
const rtpCapabilities = { codecs: [], headerExtensions: [] };

const equipped = (name: string) => signalling.equipped(node, name);

test.each([
  ['127.0.0.1', undefined, ANNOUNCED],
  ['no trusted proxy', '198.51.100.7', ['203.0.113.5', '10.0.0.5']],
  ['127.0.0.1', '192.168.1.9', ['203.0.113.5', '10.0.0.5']],
  ['127.0.0.1', '127.0.0.1, 198.51.100.7', ['203.0.113.5']],
])('with proxy %s a client forwarded for %s gets reachable candidates', async (proxy, forwardedFor, expected) => {
  const behind = await signalling.node({ trustedProxies: proxy === '127.0.0.1' ? [proxy, '::1'] : [] });
  await signalling.clock.advance(0);
  const client = signalling.client(behind, forwardedFor);
  const token = await joinToken(signalling.clock, {});
  const { media } = await client.ok('join', {
    token,
    protocolVersion: PROTOCOL_VERSION,
    media: { send: true, receive: rtpCapabilities },
  });
  const { transport } = await client.ok('transport.open', { direction: 'send' });
  for (const given of [transport, media!.send!.transport, media!.receive[0]!.transport]) {
    expect(given.iceCandidates.map(({ address }) => address)).toEqual(expected);
  }
});

test('receiving streams, and starting them, does not wait for sent ones', async () => {
  const [ada, ben] = [await equipped('Ada'), await equipped('Ben')];
  await ben.who.produce(ben.send);
  await ada.who.until(() => ada.who.other(ben.who.id)!.producers.length === 1);
  const { apply } = node.cluster.rooms;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  node.cluster.rooms.apply = async (...of) => {
    if (of[1].type === 'producer.added') await held;
    return apply.apply(node.cluster.rooms, of);
  };
  const producing = ada.who.produce(ada.send);
  const subscribe = { participantId: ben.who.id, transportId: ada.receive, rtpCapabilities, paused: true };
  const { consumers } = await ada.who.client.ok('subscribe', subscribe);
  await ada.who.client.ok('consumer.resume', { consumerId: consumers[0]!.id });
  goOn();
  await producing;
});

describe('transports', () => {
  test('open on a router of the room, which closes with the last of them', async () => {
    const { who, send, receive } = await equipped('Ada');
    expect([...media().routers]).toEqual(['room-1']);
    await who.client.ok('transport.connect', {
      transportId: send,
      dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] },
    });
    expect(await who.client.ok('transport.restartIce', { transportId: send })).toMatchObject({
      iceParameters: { usernameFragment: 'u2' },
    });
    const iceParameters = { usernameFragment: 'mine', password: 'of the client', iceLite: false };
    await who.client.ok('transport.credentials', { transportId: send, iceParameters });
    expect(media().remoteFragments).toEqual(new Map([[send, 'mine']]));
    await who.client.ok('transport.close', { transportId: send });
    expect([...media().routers]).toEqual(['room-1']);
    await who.client.ok('transport.close', { transportId: receive });
    await who.until(() => media().routers.size === 0);
    await who.client.ok('transport.close', { transportId: receive });
  });

  test('belong to one participant: no other can address them', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    const { client } = ben.who;
    const dtlsParameters = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] };
    expect(await client.refused('transport.connect', { transportId: ada.send, dtlsParameters })).toBe(
      'transport.not_found',
    );
    expect(await client.refused('transport.restartIce', { transportId: ada.send })).toBe('transport.not_found');
    const iceParameters = { usernameFragment: 'mine', password: 'of the client', iceLite: false };
    expect(await client.refused('transport.credentials', { transportId: ada.send, iceParameters })).toBe(
      'transport.not_found',
    );
    await client.ok('transport.close', { transportId: ada.send });
    expect(media().transports.has(ada.send)).toBe(true);
    const producerId = await ada.who.produce(ada.send);
    expect(await client.refused('producer.pause', { producerId })).toBe('producer.not_found');
    await client.ok('producer.close', { producerId });
    expect(media().producers.has(producerId)).toBe(true);
  });

  test('are limited, each participant for itself', async () => {
    const ada = await signalling.join(node);
    for (let i = 0; i < 8; i += 1) await ada.openTransport('send');
    expect(await ada.client.refused('transport.open', { direction: 'send' })).toBe('limit.reached');
    const ben = await signalling.join(node);
    await ben.openTransport('send');
  });

  test('of a client that closes them again and again are no more than its open ones', async () => {
    const { who, send, receive } = await equipped('Ada');
    const other = await signalling.join(node);
    const ways = { send, receive };
    const mediaNodeId = media().id;
    await who.produce(send);
    for (let n = 0; n < 20; n += 1) {
      for (const direction of ['send', 'receive'] as const) {
        // As the client does: the next one is requested first, and neither waits for the other.
        const given = ways[direction];
        const opening = who.openTransport(direction, direction === 'receive' ? mediaNodeId : undefined);
        const closing = who.client.ok('transport.close', { transportId: given });
        ways[direction] = (await opening).id;
        await closing;
      }
      await who.produce(ways.send);
    }
    expect([...media().transports.keys()].sort()).toEqual(Object.values(ways).sort());
    await other.until(() => other.other(who.id)!.producers.length === 1);
    // The session continues at another node, which has to close the rest there.
    const elsewhere = await signalling.node();
    await signalling.clock.advance(0);
    const again = await signalling.resume(elsewhere, who);
    for (const transportId of Object.values(ways)) await again.client.ok('transport.close', { transportId });
    expect(media().transports.size).toBe(0);
    await other.until(() => other.other(who.id)!.producers.length === 0);
  });

  test('count for the address and for the owner, on any socket', async () => {
    const opened = vi.spyOn(media(), 'openTransport');
    const ada = await signalling.join(node, { owner: 'user:1' });
    await ada.openTransport('send');
    const again = await signalling.resume(node, ada);
    await again.openTransport('send');
    const accounts = { caller: '127.0.0.1', owner: 'user:1' };
    expect(opened.mock.calls.map(([request]) => request)).toMatchObject([{ accounts }, { accounts }]);
  });

  test('when few are available: the node is not ready, and placement assigns newcomers to none', async () => {
    const ada = await signalling.join(node);
    expect(node.serverWs.ready()).toBe(true);
    for (let n = 0; n < 4096; n += 1) media().transports.set(`t-${n}`, 'elsewhere');
    await signalling.clock.advance(1000);
    expect(node.serverWs.ready()).toBe(false);
    const refused = ada.client.refused('transport.open', { direction: 'send' });
    expect(await signalling.settled(refused)).toBe('server.unavailable');
    media().transports.clear();
    await signalling.clock.advance(1000);
    expect(node.serverWs.ready()).toBe(true);
    await ada.openTransport('send');
  });

  test('need an existing media node', async () => {
    const ada = await signalling.join(node);
    expect(await ada.client.refused('transport.open', { direction: 'receive', mediaNodeId: 'nowhere' })).toBe(
      'media_node.not_found',
    );
    expect(await ada.client.refused('transport.open', { direction: 'receive' })).toBe('request.invalid');
  });

  test('opened while their owner leaves are closed too', async () => {
    const ada = await signalling.join(node);
    let release = () => {};
    media().hold = new Promise((resolve) => {
      release = resolve;
    });
    const opening = ada.client.request('transport.open', { direction: 'send' });
    await expect.poll(() => media().calls).toContain('openTransport');
    const leaving = ada.client.request('leave', {});
    await ada.client.event('ended');
    release();
    await Promise.all([opening, leaving]);
    await ada.until(() => media().transports.size === 0 && media().routers.size === 0);
  });
});

describe('publishing', () => {
  test('R2: reaches all participants, with the media node to subscribe on; pausing and stopping too', async () => {
    const ada = await equipped('Ada');
    const ben = await signalling.join(node, { name: 'Ben' });
    const producerId = await ada.who.produce(ada.send);
    const seen = () => ben.other(ada.who.id)!.producers;
    await ben.until(() => seen().length === 1);
    expect(seen()).toEqual([
      { id: producerId, kind: 'video', source: 'camera', codec: 'vp8', paused: false, mediaNodeId: media().id },
    ]);
    await ada.who.client.ok('producer.pause', { producerId });
    await ben.until(() => seen()[0]!.paused);
    expect(media().calls).toContain(`pauseProducer ${producerId}`);
    await ada.who.client.ok('producer.resume', { producerId });
    await ben.until(() => !seen()[0]!.paused);
    await ada.who.client.ok('producer.close', { producerId });
    await ben.until(() => seen().length === 0);
    await ada.who.client.ok('producer.close', { producerId });
  });

  test('R7: only granted sources, of the right kind, on a sending transport', async () => {
    const ada = await signalling.join(node, {
      grants: { publish: ['microphone'], subscribe: false, moderate: false, hidden: false },
    });
    const { id: transportId, mediaNodeId } = await ada.openTransport('send');
    const produce = (source: 'camera' | 'microphone', kind: 'audio' | 'video') =>
      ada.client.refused('produce', { transportId, source, kind, rtpParameters: RTP_PARAMETERS });
    expect(await produce('camera', 'video')).toBe('permission.denied');
    expect(await produce('microphone', 'video')).toBe('request.invalid');
    expect(await ada.client.refused('transport.open', { direction: 'receive', mediaNodeId })).toBe('permission.denied');
    expect(await ada.client.refused('subscribe', { participantId: 'x', transportId, rtpCapabilities })).toBe(
      'permission.denied',
    );
    const watcher = await signalling.join(node, {
      grants: { publish: [], subscribe: true, moderate: false, hidden: false },
    });
    expect(await watcher.client.refused('transport.open', { direction: 'send' })).toBe('permission.denied');
    const { receive, who } = await equipped('Ben');
    expect(
      await who.client.refused('produce', {
        transportId: receive,
        source: 'camera',
        kind: 'video',
        rtpParameters: RTP_PARAMETERS,
      }),
    ).toBe('request.invalid');
  });

  test('is limited', async () => {
    const ada = await equipped('Ada');
    for (let i = 0; i < 8; i += 1) await ada.who.produce(ada.send);
    const { send: transportId } = ada;
    const more = { transportId, kind: 'video', source: 'camera', rtpParameters: RTP_PARAMETERS } as const;
    expect(await ada.who.client.refused('produce', more)).toBe('limit.reached');
  });

  test('ends with the transport, whichever side closes it', async () => {
    const ada = await equipped('Ada');
    const ben = await signalling.join(node);
    await ada.who.produce(ada.send);
    await ben.until(() => ben.other(ada.who.id)!.producers.length === 1);
    media().dropTransport(ada.send, 'consent-expired');
    expect(await ada.who.client.event('transport.closed')).toEqual({
      transportId: ada.send,
      reason: 'consent-expired',
    });
    await ben.until(() => ben.other(ada.who.id)!.producers.length === 0);
  });
});

describe('subscribing', () => {
  test('gives a consumer for each producer, without duplicates, for repeated and concurrent requests', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    await ada.who.produce(ada.send, 'camera');
    await ada.who.produce(ada.send, 'microphone');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 2);
    const subscribe = { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities };
    const replies = await Promise.all([1, 2, 3].map(() => ben.who.client.ok('subscribe', subscribe)));
    const consumers = replies.flatMap((reply) => reply.consumers);
    expect(consumers.map(({ source }) => source).toSorted()).toEqual(['camera', 'microphone']);
    expect(media().consumers.size).toBe(2);
    await ada.who.produce(ada.send, 'camera');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 3);
    expect((await ben.who.client.ok('subscribe', subscribe)).consumers).toHaveLength(1);
  });

  test('is counted for the publisher', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    const producerId = await ada.who.produce(ada.send, 'camera');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 1);
    const consumers = async () => (await ada.who.client.ok('producer.stats', { producerId })).consumers;
    expect(await consumers()).toBe(0);
    await ben.who.client.ok('subscribe', { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities });
    expect(await consumers()).toBe(1);
    await ben.who.client.ok('unsubscribe', { participantId: ada.who.id });
    expect(await consumers()).toBe(0);
    expect(await ben.who.client.refused('producer.stats', { producerId })).toBe('producer.not_found');
  });

  test('starts at once, can be paused, and stops by consumer or by participant', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    await ada.who.produce(ada.send, 'camera');
    await ada.who.produce(ada.send, 'microphone');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 2);
    const { client } = ben.who;
    const { consumers } = await client.ok('subscribe', {
      participantId: ada.who.id,
      transportId: ben.receive,
      rtpCapabilities,
    });
    expect([...media().consumers.values()].map(({ paused }) => paused)).toEqual([false, false]);
    const [first] = consumers;
    await client.ok('consumer.pause', { consumerId: first!.id });
    await client.ok('consumer.resume', { consumerId: first!.id });
    await client.ok('consumer.close', { consumerId: first!.id });
    expect(media().consumers.size).toBe(1);
    expect(await client.refused('consumer.pause', { consumerId: first!.id })).toBe('consumer.not_found');
    await client.ok('unsubscribe', { participantId: ada.who.id });
    expect(media().consumers.size).toBe(0);
  });

  test('lets pictures wait until the receiver has negotiated them, and never sound', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    await ada.who.produce(ada.send, 'camera');
    await ada.who.produce(ada.send, 'microphone');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 2);
    const { consumers } = await ben.who.client.ok('subscribe', {
      participantId: ada.who.id,
      transportId: ben.receive,
      rtpCapabilities,
      paused: true,
    });
    const picture = consumers.find(({ kind }) => kind === 'video')!;
    const waiting = () => [...media().consumers].filter(([, { paused }]) => paused).map(([id]) => id);
    expect(waiting()).toEqual([picture.id]);
    await ben.who.client.ok('consumer.resume', { consumerId: picture.id });
    expect(waiting()).toEqual([]);
  });

  test('leaves out streams that this receiver cannot decode, and logs them', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    media().undecodable.add(await ada.who.produce(ada.send, 'camera'));
    await ada.who.produce(ada.send, 'microphone');
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 2);
    const subscribe = { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities };
    const { consumers } = await ben.who.client.ok('subscribe', subscribe);
    expect(consumers.map(({ source }) => source)).toEqual(['microphone']);
    expect(node.errors.splice(0)).toEqual([expect.stringContaining('camera cannot be received')]);
  });

  test('notifies when the stream has ended', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    const producerId = await ada.who.produce(ada.send);
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 1);
    const { consumers } = await ben.who.client.ok('subscribe', {
      participantId: ada.who.id,
      transportId: ben.receive,
      rtpCapabilities,
    });
    await ada.who.client.ok('producer.close', { producerId });
    expect(await ben.who.client.event('consumer.closed')).toEqual({
      consumerId: consumers[0]!.id,
      reason: 'producer-closed',
    });
  });

  test('to oneself, to a stranger and on a sending transport is refused', async () => {
    const { who, send, receive } = await equipped('Ada');
    const subscribe = (participantId: string, transportId: string) =>
      who.client.refused('subscribe', { participantId, transportId, rtpCapabilities });
    expect(await subscribe(who.id, receive)).toBe('participant.not_found');
    expect(await subscribe('nobody', receive)).toBe('participant.not_found');
    expect(await subscribe('nobody', send)).toBe('request.invalid');
  });
});

describe('R11: a lost media worker', () => {
  test('its users are notified, its producers leave the room, its participants stay and publish anew', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    await ada.who.produce(ada.send);
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 1);
    const lost = media();
    node.mediaHost.lose(lost);
    expect(await ada.who.client.event('mediaNode.lost')).toEqual({ mediaNodeId: lost.id });
    expect(await ben.who.client.event('mediaNode.lost')).toEqual({ mediaNodeId: lost.id });
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 0);
    expect(ben.who.changes).not.toContain('participant.left');

    // The next worker is starting: publishing waits for it instead of failing.
    const reopening = ada.who.openTransport('send');
    await ada.who.client.ok('sync', {});
    const replacement = node.mediaHost.add('ws-1-media-1');
    const { id, mediaNodeId } = await reopening;
    expect(mediaNodeId).toBe(replacement.id);
    await ada.who.produce(id);
    await ben.who.until(() => ben.who.other(ada.who.id)!.producers[0]?.mediaNodeId === replacement.id);
  });

  test('without a replacement publishing is refused after a while', async () => {
    const ada = await signalling.join(node);
    node.mediaHost.lose(media());
    expect(node.serverWs.ready()).toBe(false);
    const refused = ada.client.refused('transport.open', { direction: 'send' });
    await ada.client.ok('sync', {});
    await signalling.clock.advance(5000);
    expect(await refused).toBe('server.unavailable');
  });
});

test('all media of a participant are closed when it leaves', async () => {
  const ada = await equipped('Ada');
  const ben = await equipped('Ben');
  await ada.who.produce(ada.send);
  await ben.who.until(() => ben.who.other(ada.who.id)!.producers.length === 1);
  await ben.who.client.ok('subscribe', { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities });
  await ada.who.client.ok('leave', {});
  expect([...media().transports.keys()]).toEqual(expect.arrayContaining([ben.send, ben.receive]));
  expect(media().transports.size).toBe(2);
  await ben.who.client.ok('leave', {});
  await ben.who.until(() => media().routers.size === 0);
  expect(media().consumers.size + media().producers.size + media().transports.size).toBe(0);
});
