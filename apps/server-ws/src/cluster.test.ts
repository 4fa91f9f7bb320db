import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../test/system/each-test.js';
import { joinToken, Participant } from '../test/system/signalling.js';

const rtpCapabilities = { codecs: [], headerExtensions: [] };
useSignalling();

async function twoNodes() {
  const [one, two] = [await signalling.node(), await signalling.node()];
  await signalling.clock.advance(0);
  return { one, two };
}

describe('a room over two nodes', () => {
  test('R2: each participant receives the events of all others, in one order', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one, { name: 'Ada' });
    const ben = await signalling.join(two, { name: 'Ben' });
    const cid = await signalling.join(one, { name: 'Cid' });
    await ada.until(() => ada.room.participants.length === 3);
    await ben.until(() => ben.room.participants.length === 3);
    expect(ada.room).toEqual(cid.room);
    expect(ben.room).toEqual(cid.room);
  });

  test('R9: A at home on node 1 receives from B at the media node of node 2', async () => {
    const { one, two } = await twoNodes();
    const ben = await signalling.join(two, { name: 'Ben' });
    const { id: send, mediaNodeId } = await ben.openTransport('send');
    expect(mediaNodeId).toBe('ws-2-media-0');
    const producerId = await ben.produce(send);

    const ada = await signalling.join(one, { name: 'Ada' });
    const { id: transportId } = await ada.openTransport('receive', mediaNodeId);
    const { consumers } = await ada.client.ok('subscribe', { participantId: ben.id, transportId, rtpCapabilities });
    expect(consumers).toMatchObject([{ producerId, participantId: ben.id, source: 'camera' }]);
    const [far] = two.mediaHost.nodes();
    expect([...far!.consumers.keys()]).toEqual([consumers[0]!.id]);
    expect(one.mediaHost.nodes()[0]!.transports.size).toBe(0);

    await ben.client.ok('producer.close', { producerId });
    expect(await ada.client.event('consumer.closed')).toEqual({
      consumerId: consumers[0]!.id,
      reason: 'producer-closed',
    });
    far!.dropTransport(transportId, 'consent-expired');
    expect(await ada.client.event('transport.closed')).toEqual({ transportId, reason: 'consent-expired' });
    await ada.client.ok('leave', {});
    await ben.client.ok('leave', {});
    await ben.until(() => far!.routers.size === 0);
  });

  test('refusals keep their meaning on the way', async () => {
    const { one } = await twoNodes();
    const ada = await signalling.join(one);
    const { id: transportId } = await ada.openTransport('receive', 'ws-2-media-0');
    await ada.client.ok('transport.close', { transportId });
    expect(await ada.client.refused('transport.restartIce', { transportId })).toBe('transport.not_found');
  });

  test('placement prefers the node that holds the room', async () => {
    const { one, two } = await twoNodes();
    const ben = await signalling.join(two);
    await ben.produce((await ben.openTransport('send')).id);
    const ada = await signalling.join(one);
    expect((await ada.openTransport('send')).mediaNodeId).toBe('ws-2-media-0');
  });
});

describe('a participant who resumes at another node', () => {
  test('R3: keeps transports and producers; the first home releases it', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one, { name: 'Ada' });
    const ben = await signalling.join(two, { name: 'Ben' });
    const { id: send } = await ada.openTransport('send', 'ws-1-media-0');
    const producerId = await ada.produce(send);
    const client = signalling.client(two);
    const { resumeToken } = ada.joined;
    const again = new Participant(client, await client.ok('resume', { resumeToken, protocolVersion: 1 }));
    expect(await ada.client.event('ended')).toEqual({ reason: 'replaced' });
    await client.ok('producer.pause', { producerId });
    await ben.until(() => ben.other(ada.id)!.producers[0]!.paused);
    expect(again.room.participants).toHaveLength(2);
    await client.ok('leave', {});
    await ben.until(() => !ben.other(ada.id));
    expect(one.mediaHost.nodes()[0]!.transports.size).toBe(0);
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('cannot when the first home is dead: it joins anew', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one);
    one.cluster.sever();
    const client = signalling.client(two);
    const { resumeToken } = ada.joined;
    expect(await client.refused('resume', { resumeToken, protocolVersion: 1 })).toBe('session.expired');
  });
});

describe('a client that joins anew after its home died', () => {
  test('R4: is not shown twice, and leaves once and on record (R12)', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one, { name: 'Ada' });
    const ben = await signalling.join(two, { name: 'Ben' });
    const records = await signalling.records();
    await ada.until(() => ada.room.participants.length === 2);
    two.cluster.sever();
    const client = signalling.client(one);
    const token = await joinToken(signalling.clock, { name: 'Ben' });
    const { resumeToken: formerly } = ben.joined;
    const { participantId } = await client.ok('join', { token, protocolVersion: 1, formerly });
    await ada.until(() => ada.other(participantId) !== undefined);
    expect(ada.other(ben.id)).toBeUndefined();
    expect(ada.changes.slice(-2)).toEqual(['participant.left', 'participant.joined']);
    await signalling.clock.advance(6000);
    expect(ada.changes.filter((change) => change === 'participant.left')).toHaveLength(1);
    expect(records.filter(({ type }) => type === 'participant.left')).toMatchObject([
      { participantId: ben.id, reason: 'node-lost' },
    ]);
  });

  test('removes no participant with a live home or of another meeting, and none by an invalid token', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one, { name: 'Ada' });
    const ben = await signalling.join(two, { name: 'Ben' });
    const cid = await signalling.join(two, { name: 'Cid', roomId: 'room-2' });
    await ada.until(() => ada.room.participants.length === 2);
    const come = async (formerly: string) => {
      const token = await joinToken(signalling.clock, { name: 'Ben' });
      await signalling.client(one).ok('join', { token, protocolVersion: 1, formerly });
    };
    await come(ben.joined.resumeToken);
    two.cluster.sever();
    await come(cid.joined.resumeToken);
    await come('none');
    await ada.until(() => ada.room.participants.length === 5);
    expect(ada.other(ben.id)).toBeDefined();
    expect(await one.cluster.rooms.home('room-2', cid.id)).toBeDefined();
  });
});

describe('R4: a node that dies', () => {
  test('its participants leave once, on record (R12); its media and its transports elsewhere are closed', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one);
    const ben = await signalling.join(two);
    const records = await signalling.records();
    await ben.openTransport('send', 'ws-1-media-0');
    const { id: receive } = await ada.openTransport('receive', 'ws-2-media-0');
    const far = one.mediaHost.nodes()[0]!;
    two.cluster.sever();
    await signalling.clock.advance(5000);
    await ada.until(() => !ada.other(ben.id));
    expect(ada.changes.filter((change) => change === 'participant.left')).toHaveLength(1);
    expect(await ada.client.event('mediaNode.lost')).toEqual({ mediaNodeId: 'ws-2-media-0' });
    await ada.until(() => far.transports.size === 0);
    expect(records.filter(({ type }) => type === 'participant.left')).toMatchObject([
      { participantId: ben.id, reason: 'node-lost' },
    ]);
    expect(await ada.client.refused('transport.restartIce', { transportId: receive })).toBe('transport.not_found');
  });
});

test('R11: participants of a dead media node publish on one replacement, before or after its start', async () => {
  const nodes = [await signalling.node(), await signalling.node(), await signalling.node()] as const;
  for (const { mediaHost } of nodes) for (const media of mediaHost.nodes()) media.cpu = 0.2;
  await signalling.clock.advance(4_000);
  const [ada, ben] = [await signalling.join(nodes[0]), await signalling.join(nodes[1])];
  for (const who of [ada, ben]) await who.openTransport('send', 'ws-1-media-0');
  const [lost] = nodes[0].mediaHost.nodes();
  nodes[0].mediaHost.lose(lost!);
  for (const { client } of [ada, ben]) expect(await client.event('mediaNode.lost')).toMatchObject({});
  const { mediaNodeId } = await ada.openTransport('send');
  nodes[0].mediaHost.add('ws-1-media-1');
  // All nodes know it.
  await ben.openTransport('receive', 'ws-1-media-1');
  expect((await ben.openTransport('send')).mediaNodeId).toBe(mediaNodeId);
});

describe('R11: a node that is silent', () => {
  test('is left by the users of its media node long before its lease expires, and accepts nothing new', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one);
    const ben = await signalling.join(one);
    for (const who of [ada, ben]) await who.openTransport('send', 'ws-2-media-0');
    two.cluster.sever();
    await signalling.clock.advance(1000);
    for (const { client } of [ada, ben])
      expect(await client.event('mediaNode.draining')).toEqual({ mediaNodeId: 'ws-2-media-0', draining: true });
    expect((await ada.openTransport('send')).mediaNodeId).toBe('ws-1-media-0');
    expect(await ada.client.refused('transport.open', { direction: 'send', mediaNodeId: 'ws-2-media-0' })).toBe(
      'server.draining',
    );
  });

  test('is used again once it listens again', async () => {
    const { one, two } = await twoNodes();
    const ada = await signalling.join(one);
    await ada.openTransport('send', 'ws-2-media-0');
    two.cluster.sever();
    await signalling.clock.advance(1000);
    expect(await ada.client.event('mediaNode.draining')).toMatchObject({ draining: true });
    await signalling.root.connect().bus.serve('ws-2', async () => {});
    await signalling.clock.advance(300);
    expect(await ada.client.event('mediaNode.draining')).toEqual({ mediaNodeId: 'ws-2-media-0', draining: false });
  });

  test('is not treated as silent after a single missed check', async () => {
    const { one } = await twoNodes();
    const ada = await signalling.join(one);
    await ada.openTransport('send', 'ws-2-media-0');
    const notified: unknown[] = [];
    ada.client.socket.on('mediaNode.draining', (event: unknown) => notified.push(event));
    const listens = one.cluster.bus.listens;
    let questions = 0;
    one.cluster.bus.listens = async (nodeId) => {
      questions += 1;
      return questions > 2 && listens(nodeId);
    };
    await signalling.clock.advance(3000);
    expect(questions).toBeGreaterThan(5);
    await ada.client.ok('sync', {});
    expect(notified).toEqual([]);
  });
});

test('a closing node removes its participants from the rooms at once', async () => {
  const { one, two } = await twoNodes();
  const ada = await signalling.join(one);
  const ben = await signalling.join(two);
  await two.serverWs.close();
  await ada.until(() => !ada.other(ben.id));
  await ben.client.disconnected();
  expect(two.serverWs.ready()).toBe(false);
});

test('a closing node does not wait for another one that hangs', async () => {
  const { one, two } = await twoNodes();
  const ada = await signalling.join(one);
  const ben = await signalling.join(two);
  await ben.openTransport('send', 'ws-1-media-0');
  const [far] = one.mediaHost.nodes();
  let goOn = () => {};
  far!.hold = new Promise((resolve) => {
    goOn = resolve;
  });
  let closed = false;
  const closing = two.serverWs.close().then(() => {
    closed = true;
  });
  await ada.until(() => !ada.other(ben.id));
  await signalling.clock.advance(1_900);
  expect(closed).toBe(false);
  await signalling.clock.advance(100);
  await closing;
  goOn();
});
