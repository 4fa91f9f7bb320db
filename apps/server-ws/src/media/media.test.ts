import { defaultMeetingSettings, PROTOCOL_VERSION } from '@waterbus/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ANNOUNCED, type FakeMediaHost } from '../../test/system/fake-media-host.js';
import { joinToken, type Node, type Participant, RTP_PARAMETERS, Signalling } from '../../test/system/signalling.js';

let signalling: Signalling;
let node: Node<FakeMediaHost>;
beforeEach(async () => {
  signalling = new Signalling();
  node = await signalling.node();
});
afterEach(async () => {
  await signalling.close();
  expect(node.errors).toEqual([]);
});

const media = () => node.mediaHost.nodes()[0]!;
const rtpCapabilities = { codecs: [], headerExtensions: [] };

/** Somebody with a transport each way; nothing is published yet. */
async function equipped(name: string): Promise<{ who: Participant; send: string; receive: string }> {
  const who = await signalling.join(node, { name });
  const { id: send, mediaNodeId } = await who.openTransport('send');
  const { id: receive } = await who.openTransport('receive', mediaNodeId);
  return { who, send, receive };
}

test.each([
  ['127.0.0.1', undefined, ANNOUNCED],
  ['no trusted proxy', '198.51.100.7', ['203.0.113.5', '10.0.0.5']],
  ['127.0.0.1', '192.168.1.9', ['203.0.113.5', '10.0.0.5']],
  ['127.0.0.1', '127.0.0.1, 198.51.100.7', ['203.0.113.5']],
])('with the proxy %s a client forwarded for %s is given what it can reach', async (proxy, forwardedFor, expected) => {
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

test('what is received, and starts, does not wait for what is sent', async () => {
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
    await who.client.ok('transport.close', { transportId: send });
    expect([...media().routers]).toEqual(['room-1']);
    await who.client.ok('transport.close', { transportId: receive });
    await who.until(() => media().routers.size === 0);
    await who.client.ok('transport.close', { transportId: receive });
  });

  test('belong to one participant: nobody else can name them', async () => {
    const ada = await equipped('Ada');
    const ben = await equipped('Ben');
    const { client } = ben.who;
    const dtlsParameters = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] };
    expect(await client.refused('transport.connect', { transportId: ada.send, dtlsParameters })).toBe(
      'transport.not_found',
    );
    expect(await client.refused('transport.restartIce', { transportId: ada.send })).toBe('transport.not_found');
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

  test('are on the account of the address and of the owner, on whichever socket', async () => {
    const opened = vi.spyOn(media(), 'openTransport');
    const ada = await signalling.join(node, { owner: 'user:1' });
    await ada.openTransport('send');
    const again = await signalling.resume(node, ada);
    await again.openTransport('send');
    const accounts = { caller: '127.0.0.1', owner: 'user:1' };
    expect(opened.mock.calls.map(([request]) => request)).toMatchObject([{ accounts }, { accounts }]);
  });

  test('when there are hardly any left: the node is not ready, and newcomers are sent to none', async () => {
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

  test('need a media node that is there', async () => {
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
  test('R2: reaches everybody, with the media node to subscribe at; pausing and stopping too', async () => {
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

  test('R7: only what is granted, of the right kind, on a transport that sends', async () => {
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

  test('ends with the transport, whoever closes it', async () => {
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

describe('a source in two codecs', () => {
  const of = (...names: string[]) => ({
    codecs: names.map((name) => ({ kind: 'video' as const, mimeType: `video/${name}`, clockRate: 90_000 })),
  });
  const parameters = (name: string) => ({
    codecs: [{ mimeType: `video/${name}`, payloadType: 96, clockRate: 90_000 }],
  });
  const camera = (transportId: string, name: string, more: { alternative?: true; replaces?: string } = {}) => ({
    ...{ transportId, kind: 'video' as const, source: 'camera' as const, rtpParameters: parameters(name) },
    ...more,
  });

  test('counts as one, and needs the first: one more than there are of it, while one takes the place of another', async () => {
    const ada = await equipped('Ada');
    const { client } = ada.who;
    expect(await client.refused('produce', camera(ada.send, 'VP8', { alternative: true }))).toBe('request.invalid');
    for (let i = 0; i < 7; i += 1) await ada.who.produce(ada.send, 'microphone');
    await client.ok('produce', camera(ada.send, 'VP9'));
    const { producerId } = await client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    await client.ok('produce', camera(ada.send, 'H264', { alternative: true, replaces: producerId }));
    expect(await client.refused('produce', camera(ada.send, 'AV1', { alternative: true }))).toBe('limit.reached');
    expect(await client.refused('produce', camera(ada.send, 'AV1'))).toBe('limit.reached');
  });

  test('is shown to the room with its codecs; the second is muted with the first, and by moderators', async () => {
    const ada = await equipped('Ada');
    const ben = await signalling.join(node, { name: 'Ben' });
    const { client } = ada.who;
    const { producerId } = await client.ok('produce', { ...camera(ada.send, 'VP9'), paused: true });
    await client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    const seen = () => ben.other(ada.who.id)!.producers.map(({ id: _, mediaNodeId: __, ...rest }) => rest);
    await ben.until(() => seen().length === 2);
    expect(seen()).toEqual([
      { kind: 'video', source: 'camera', codec: 'vp9', paused: true },
      { kind: 'video', source: 'camera', codec: 'vp8', alternative: true, paused: true },
    ]);
    await client.ok('producer.resume', { producerId });
    await signalling.command({ type: 'mute', roomId: 'room-1', participantId: ada.who.id, source: 'camera' });
    await ben.until(() => seen().every(({ paused }) => paused));
  });

  test('is received once, in the first that is decoded; what is not decoded is not asked for', async () => {
    const ada = await equipped('Ada');
    await ada.who.client.ok('produce', camera(ada.send, 'VP9'));
    await ada.who.client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    const received = async (...names: string[]) => {
      const { who, receive } = await equipped(names.join());
      await who.until(() => who.other(ada.who.id)?.producers.length === 2);
      const subscribe = { participantId: ada.who.id, transportId: receive, rtpCapabilities: of(...names) };
      const { consumers } = await who.client.ok('subscribe', subscribe);
      return consumers.map(({ rtpParameters }) => rtpParameters.codecs[0]!.mimeType);
    };
    expect(await received('VP8', 'VP9')).toEqual(['video/VP9']);
    expect(await received('VP8')).toEqual(['video/VP8']);
    expect(await received('AV1')).toEqual([]);
  });

  test('is chosen by what everybody decodes, which the room learns once: with the join, or with a subscription', async () => {
    const ada = await equipped('Ada');
    await ada.who.produce(ada.send);
    const ben = await equipped('Ben');
    const decodes = () => ada.who.other(ben.who.id)?.decodes;
    await ada.who.until(() => ada.who.other(ben.who.id) !== undefined);
    expect(decodes()).toBeUndefined();
    const subscribe = (rtpCapabilities: ReturnType<typeof of>) =>
      ben.who.client.ok('subscribe', { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities });
    await subscribe(of('VP8', 'VP9', 'H265'));
    await ada.who.until(() => decodes() !== undefined);
    expect(decodes()).toEqual(['vp8', 'vp9']);
    const { version } = ada.who.room;
    await subscribe(of('AV1'));
    await ben.who.client.ok('unsubscribe', { participantId: ada.who.id });
    expect(ada.who.room.version).toBe(version);
    const client = signalling.client(node);
    const token = await joinToken(signalling.clock, { sub: 'cleo' });
    await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION, media: { receive: of('VP8', 'AV1') } });
    await ada.who.until(() => ada.who.other('cleo')?.decodes !== undefined);
    expect(ada.who.other('cleo')!.decodes).toEqual(['vp8', 'av1']);
  });
});

test('the codec that the meeting wants comes with the join; what changed since is newer than any token', async () => {
  const wanted = async () => {
    const token = await joinToken(signalling.clock, { videoCodec: 'vp9' });
    return (await signalling.client(node).ok('join', { token, protocolVersion: PROTOCOL_VERSION })).videoCodec;
  };
  expect(await wanted()).toBe('vp9');
  await signalling.announce({
    type: 'meeting.updated',
    meeting: {
      ...{ code: 'abc-defg-hjk', title: 'Weekly', passwordRequired: false, locked: false, waitingRoom: false },
      ...{ settings: { ...defaultMeetingSettings, videoCodec: 'h264' }, scheduledStart: null, archivedAt: null },
      createdAt: '2026-01-01T00:00:00.000Z',
    },
  });
  await expect.poll(wanted).toBe('h264');
});

describe('subscribing', () => {
  test('gives a consumer for each producer, and nothing twice, however often and however fast it is asked', async () => {
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

  test('is counted for who publishes', async () => {
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

  test('leaves out what this receiver cannot decode, and says so in the log', async () => {
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

  test('tells when the stream has ended', async () => {
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
  test('its users are told, its producers leave the room, nobody leaves; they publish on its replacement', async () => {
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

    // The next worker is on its way: publishing waits for it instead of failing.
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

test('everything a participant had open is closed when it leaves', async () => {
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
