import { JOINED_EVENT, type JoinedResponse, PROTOCOL_VERSION, type Reply } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { node, signalling, useNode } from '../../../test/system/each-test.js';
import { FakeMediaHost, type FakeMediaNode } from '../../../test/system/fake-media-host.js';
import { ALL_GRANTS, type Client, joinToken, Participant } from '../../../test/system/signalling.js';

useNode(() => ({ mediaHost: new FakeMediaHost('one', 'two') }));

const receive = { codecs: [], headerExtensions: [] };
const both = { send: true, receive };
const [one, two] = [() => node.mediaHost.nodes()[0]!, () => node.mediaHost.nodes()[1]!];

/** Publishes on each of these media nodes. */
async function publisher(name: string, ...nodes: FakeMediaNode[]): Promise<Participant> {
  const who = await signalling.join(node, { name });
  for (const { id } of nodes) {
    const { transport } = await who.client.ok('transport.open', { direction: 'send', mediaNodeId: id });
    await who.produce(transport.id, 'camera');
    await who.produce(transport.id, 'microphone');
  }
  return who;
}

/** The answer to a join in the connect packet. */
async function joinedBy(client: Client): Promise<Reply<JoinedResponse>> {
  await client.until(() => client.events.some(({ name }) => name === JOINED_EVENT));
  return client.events.find(({ name }) => name === JOINED_EVENT)!.event as Reply<JoinedResponse>;
}

test('the answer to a join holds a transport to send through, and all streams on a transport to each media node', async () => {
  const ada = await publisher('Ada', one());
  const ben = await publisher('Ben', two());
  const cleo = await signalling.join(node, { name: 'Cleo' }, both);
  const { media, room } = cleo.joined;
  expect(node.mediaHost.nodes().some(({ transports }) => transports.has(media!.send!.transport.id))).toBe(true);
  const received = media!.receive.flatMap(({ mediaNodeId, consumers }) =>
    consumers.map(({ participantId, source }) => [mediaNodeId, participantId, source].join(' ')),
  );
  expect(received.toSorted()).toEqual(
    [
      [one().id, ada.id, 'camera'],
      [one().id, ada.id, 'microphone'],
      [two().id, ben.id, 'camera'],
      [two().id, ben.id, 'microphone'],
    ]
      .map((words) => words.join(' '))
      .toSorted(),
  );
  // No packet arrives before the transport is connected, so nothing waits for `consumer.resume`.
  for (const { consumers } of node.mediaHost.nodes())
    for (const { paused } of consumers.values()) expect(paused).toBe(false);
  expect(room.participants.map(({ name }) => name)).toEqual(['Ada', 'Ben', 'Cleo']);
  // The opened objects belong to the newcomer, as if it had requested them.
  expect(await cleo.produce(media!.send!.transport.id)).toBeTypeOf('string');
  const [way] = media!.receive;
  const subscribe = { transportId: way!.transport.id, rtpCapabilities: receive };
  const { participantId } = way!.consumers[0]!;
  expect(await cleo.client.ok('subscribe', { ...subscribe, participantId })).toEqual({ consumers: [] });
});

test('the first sender gets a receive transport on the same media node', async () => {
  const ada = await signalling.join(node, { name: 'Ada' }, both);
  const { send, receive: ways } = ada.joined.media!;
  expect(ways.map(({ mediaNodeId, consumers }) => [mediaNodeId, consumers])).toEqual([[send!.mediaNodeId, []]]);
});

test('nothing is opened without a request', async () => {
  await publisher('Ada', one());
  const ben = await signalling.join(node, { name: 'Ben' });
  expect(ben.joined.media).toBeUndefined();
  const cleo = await signalling.join(node, { name: 'Cleo' }, { send: false });
  expect(cleo.joined.media).toEqual({ receive: [] });
  expect(one().transports.size + two().transports.size).toBe(1);
});

test('R7: nothing is opened without a grant', async () => {
  await publisher('Ada', one());
  const mute = await signalling.join(node, { grants: { ...ALL_GRANTS, publish: [] } }, both);
  expect(mute.joined.media!.send).toBeUndefined();
  expect(mute.joined.media!.receive).toHaveLength(1);
  const deaf = await signalling.join(node, { grants: { ...ALL_GRANTS, subscribe: false } }, both);
  expect(deaf.joined.media!.send).toBeDefined();
  expect(deaf.joined.media!.receive).toEqual([]);
  expect(node.mediaHost.nodes().flatMap(({ consumers }) => [...consumers.values()])).toHaveLength(2);
  // A hidden participant sends nothing, whatever its token grants.
  const hidden = await signalling.join(node, { grants: { ...ALL_GRANTS, hidden: true } }, both);
  expect(hidden.joined.media!.send).toBeUndefined();
  expect(hidden.joined.media!.receive[0]!.consumers).toHaveLength(2);
});

test('a media node that hangs delays no join, and its late transports are closed', async () => {
  const ada = await publisher('Ada', one());
  let goOn = () => {};
  one().hold = new Promise((resolve) => {
    goOn = resolve;
  });
  const before = one().calls.length;
  const joining = signalling.join(node, { name: 'Ben' }, { receive });
  await expect.poll(() => one().calls.length, { timeout: 60_000 }).toBeGreaterThan(before);
  await signalling.clock.advance(400);
  const ben = await joining;
  expect(ben.joined.media).toEqual({ receive: [] });
  expect(ben.other(ada.id)?.producers).toHaveLength(2);
  one().hold = Promise.resolve();
  goOn();
  await ben.until(() => one().calls.includes('closeTransport'));
  await ben.until(() => one().transports.size === 1);
  const { transport } = await ben.client.ok('transport.open', { direction: 'receive', mediaNodeId: one().id });
  const subscribe = { participantId: ada.id, transportId: transport.id, rtpCapabilities: receive };
  expect((await ben.client.ok('subscribe', subscribe)).consumers).toHaveLength(2);
});

test('consumers that come after the answer are closed before the client subscribes on the same transport', async () => {
  const ada = await publisher('Ada', one());
  const { consume } = one();
  let requested = 0;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  one().consume = async (request) => {
    requested += 1;
    await held;
    return consume.call(one(), request);
  };
  const joining = signalling.join(node, { name: 'Ben' }, { receive });
  await expect.poll(() => requested, { timeout: 60_000 }).toBe(2);
  await signalling.clock.advance(400);
  const ben = await joining;
  const [way] = ben.joined.media!.receive;
  expect(way!.consumers).toEqual([]);
  const { id: transportId } = way!.transport;
  const subscribing = ben.client.ok('subscribe', { participantId: ada.id, transportId, rtpCapabilities: receive });
  // The request has arrived when a later one is answered.
  await ben.client.ok('capabilities', {});
  goOn();
  const { consumers } = await subscribing;
  expect(consumers.map(({ source }) => source).toSorted()).toEqual(['camera', 'microphone']);
  expect([...one().consumers.keys()].toSorted()).toEqual(consumers.map(({ id }) => id).toSorted());
});

test('all streams of a media node are requested at once', async () => {
  const room = await Promise.all([1, 2, 3].map((index) => publisher(`P${index}`, one())));
  const { consume } = one();
  let goOn = () => {};
  const all = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let requested = 0;
  one().consume = async (request) => {
    requested += 1;
    if (requested === 2 * room.length) goOn();
    await all;
    return consume.call(one(), request);
  };
  const last = await signalling.join(node, { name: 'Last' }, { receive });
  expect(last.joined.media!.receive[0]!.consumers).toHaveLength(2 * room.length);
});

test('a large room fills the answer up to a bound; subscribe gives the rest', async () => {
  const room = await Promise.all(Array.from({ length: 24 }, (_, index) => publisher(`P${index}`, one())));
  const last = await signalling.join(node, { name: 'Last' }, { receive });
  const [way] = last.joined.media!.receive;
  expect(way!.consumers).toHaveLength(36);
  const given = new Set(way!.consumers.map(({ participantId }) => participantId));
  const rest = room.filter(({ id }) => !given.has(id));
  expect(rest).toHaveLength(6);
  const subscribe = { transportId: way!.transport.id, rtpCapabilities: receive, participantId: rest[0]!.id };
  expect((await last.client.ok('subscribe', subscribe)).consumers).toHaveLength(2);
});

test('a join in the connect packet is answered once by an event, before any other', async () => {
  const ada = await publisher('Ada', one());
  const join = { token: await joinToken(signalling.clock, { name: 'Ben' }), protocolVersion: PROTOCOL_VERSION };
  const client = signalling.clientWith(node, { join: { ...join, media: both } });
  const reply = await joinedBy(client);
  if (!reply.ok) throw new Error(reply.error.code);
  expect(client.events[0]!.name).toBe(JOINED_EVENT);
  const ben = new Participant(client, reply.data);
  expect(reply.data.media!.receive[0]!.consumers).toHaveLength(2);
  await ben.produce(reply.data.media!.send!.transport.id);
  await ada.until(() => ada.other(ben.id)?.producers.length === 1);
  expect(await client.refused('join', join)).toBe('session.already_joined');
});

test('R8: a token in the connect packet is used up by it, and is verified like any other', async () => {
  const join = { token: await joinToken(signalling.clock), protocolVersion: PROTOCOL_VERSION };
  expect(await joinedBy(signalling.clientWith(node, { join }))).toMatchObject({ ok: true });
  expect(await joinedBy(signalling.clientWith(node, { join }))).toMatchObject({
    ok: false,
    error: { code: 'token.used' },
  });
  expect(await signalling.client(node).refused('join', join)).toBe('token.used');
});

test.each([
  null,
  7,
  'join',
  [],
  {},
  { token: 'x' },
  { token: 'x', protocolVersion: 1, media: { send: 'yes' } },
  { token: 'x'.repeat(5000), protocolVersion: 1 },
])('any other payload in the connect packet (%j) is refused, and the socket may still join', async (join) => {
  const client = signalling.clientWith(node, { join });
  const reply = await joinedBy(client);
  expect(reply).toMatchObject({ ok: false, error: { code: 'request.invalid' } });
  const token = await joinToken(signalling.clock);
  await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION });
});
