import { RESUME_TOKEN_AUDIENCE } from '@waterbus/protocol';
import { describe, expect, test, vi } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { joinToken, Participant } from '../../test/system/signalling.js';

const protocolVersion = 1;
useSignalling();

describe('joining', () => {
  test('R1, R2: all participants of the room are notified, once, with the next version', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node, { name: 'Ada' });
    expect(ada.room.participants.map(({ name }) => name)).toEqual(['Ada']);
    const ben = await signalling.join(node, { name: 'Ben' });
    await ada.until(() => ada.other(ben.id)?.name === 'Ben');
    expect(ada.room).toEqual(ben.room);
    expect(ada.changes).toEqual(['participant.joined']);
    expect(node.errors).toEqual([]);
  });

  test('R1: the snapshot is read once on a node, for its first participant in the room', async () => {
    const node = await signalling.node();
    const read = vi.spyOn(node.cluster.rooms, 'snapshot');
    await signalling.join(node, { name: 'Ada' });
    expect(read).toHaveBeenCalledTimes(1);
    const ben = await signalling.join(node, { name: 'Ben' });
    const cyd = await signalling.join(node, { name: 'Cyd' });
    expect(read).toHaveBeenCalledTimes(1);
    expect(cyd.room).toEqual(await signalling.root.rooms.snapshot('room-1'));
    ben.client.socket.disconnect();
    const again = await signalling.resume(node, ben);
    expect(read).toHaveBeenCalledTimes(1);
    expect(again.room).toEqual(await signalling.root.rooms.snapshot('room-1'));
  });

  test('R8: a token works once, also if it is sent twice at the same moment', async () => {
    const node = await signalling.node();
    const token = await joinToken(signalling.clock);
    const clients = [signalling.client(node), signalling.client(node)];
    const replies = await Promise.all(clients.map((client) => client.request('join', { token, protocolVersion })));
    expect(replies.filter((reply) => reply.ok)).toHaveLength(1);
    expect(replies.find((reply) => !reply.ok)).toMatchObject({ error: { code: 'token.used' } });
  });

  test('R8: a token that is late by less than the clock tolerance works, once', async () => {
    const node = await signalling.node();
    const { clock } = signalling;
    const now = Math.floor(clock.date() / 1000);
    const answers = async (token: string) => {
      const reply = await signalling.client(node).request('join', { token, protocolVersion });
      return reply.ok ? 'joined' : reply.error.code;
    };
    const late = await joinToken(clock, { exp: now - 3 });
    expect([await answers(late), await answers(late)]).toEqual(['joined', 'token.used']);
    const tooLate = await joinToken(clock, { exp: now - 6 });
    expect([await answers(tooLate), await answers(tooLate)]).toEqual(['token.expired', 'token.expired']);
  });

  test('R8: another secret, another audience, other claims, an old token and a missing token are refused', async () => {
    const node = await signalling.node();
    const { clock } = signalling;
    const client = signalling.client(node);
    const refused = async (token: string) => client.refused('join', { token, protocolVersion });
    expect(await refused(await joinToken(clock, {}, 'another secret, as long as the first'))).toBe('token.invalid');
    expect(await refused(await joinToken(clock, { aud: RESUME_TOKEN_AUDIENCE }))).toBe('token.invalid');
    expect(await refused(await joinToken(clock, { name: '' }))).toBe('token.invalid');
    expect(await refused(await joinToken(clock, { exp: clock.date() / 1000 - 60 }))).toBe('token.expired');
    expect(await refused('')).toBe('token.invalid');
    expect(await refused('eyJhbGciOiJub25lIn0.e30.')).toBe('token.invalid');
  });

  test('a participant who joins again with another token is another participant', async () => {
    const node = await signalling.node();
    const first = await signalling.join(node, { name: 'Ada' });
    const second = await signalling.join(node, { name: 'Ada' });
    expect(second.id).not.toBe(first.id);
    expect(second.room.participants).toHaveLength(2);
  });

  test('another protocol version, a second join on a socket and requests before joining are refused', async () => {
    const node = await signalling.node();
    const client = signalling.client(node);
    expect(await client.refused('sync', {})).toBe('session.not_joined');
    expect(await client.refused('join', { token: await joinToken(signalling.clock), protocolVersion: 99 })).toBe(
      'request.invalid',
    );
    await client.ok('join', { token: await joinToken(signalling.clock), protocolVersion });
    expect(await client.refused('join', { token: await joinToken(signalling.clock), protocolVersion })).toBe(
      'session.already_joined',
    );
  });

  test('R12: joins, leaves and the end of the room are recorded', async () => {
    const node = await signalling.node();
    const records = await signalling.records();
    const ada = await signalling.join(node, { name: 'Ada', role: 'host' });
    const ben = await signalling.join(node, { name: 'Ben' });
    await ada.client.ok('leave', {});
    await ben.client.ok('leave', {});
    await ben.client.until(() => records.length === 5);
    expect(records).toMatchObject([
      { type: 'participant.joined', participantId: ada.id, name: 'Ada', role: 'host', nodeId: 'ws-1' },
      { type: 'participant.joined', participantId: ben.id },
      { type: 'participant.left', participantId: ada.id, reason: 'left' },
      { type: 'participant.left', participantId: ben.id, reason: 'left' },
      { type: 'room.ended', roomId: 'room-1' },
    ]);
  });
});

describe('a socket that never joins', () => {
  test('is closed at the deadline', async () => {
    const node = await signalling.node();
    const client = signalling.client(node);
    await client.refused('sync', {});
    await signalling.clock.advance(10_001);
    await client.disconnected();
  });
});

describe('leaving', () => {
  test('ends the session permanently: notified, disconnected, not resumable', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node);
    const ben = await signalling.join(node);
    await ada.client.ok('leave', {});
    expect(await ada.client.event('ended')).toEqual({ reason: 'left' });
    await ada.client.disconnected();
    await ben.until(() => !ben.other(ada.id));
    const { resumeToken } = ada.joined;
    expect(await signalling.client(node).refused('resume', { resumeToken, protocolVersion })).toBe('session.expired');
  });

  test('a lost socket leaves after the grace time, and all others see it reconnecting until then', async () => {
    const node = await signalling.node({ graceTime: 5000 });
    const records = await signalling.records();
    const ada = await signalling.join(node);
    const ben = await signalling.join(node);
    await signalling.vanish(ben, ada);
    await signalling.clock.advance(3999);
    expect(ada.other(ben.id)).toBeDefined();
    await signalling.clock.advance(1);
    await ada.until(() => !ada.other(ben.id));
    expect(records.at(-1)).toMatchObject({ type: 'participant.left', reason: 'connection-lost' });
  });
});

describe('resuming', () => {
  test('within the grace time continues as the same participant, with the missed events', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node);
    const ben = await signalling.join(node);
    const { id: transportId } = await ben.openTransport('send');
    const producerId = await ben.produce(transportId);
    await signalling.vanish(ben, ada);
    const [media] = node.mediaHost.nodes();
    const cid = await signalling.join(node, { name: 'Cid' });
    media!.dropTransport(transportId, 'consent-expired');
    await ada.until(() => ada.other(ben.id)?.producers.length === 0);

    const client = signalling.client(node);
    const joined = await client.ok('resume', { resumeToken: ben.joined.resumeToken, protocolVersion });
    const again = new Participant(client, joined);
    expect(again.id).toBe(ben.id);
    expect(again.room.participants.map(({ id }) => id)).toEqual([ada.id, ben.id, cid.id]);
    expect(await client.event('transport.closed')).toEqual({ transportId, reason: 'consent-expired' });
    await ada.until(() => ada.other(ben.id)?.connection === 'connected');
    expect(await client.refused('producer.pause', { producerId })).toBe('producer.not_found');
    await signalling.clock.advance(60_000);
    expect(ada.other(ben.id)).toBeDefined();
  });

  test('R2: at once causes no event for others, and media continue meanwhile', async () => {
    const { ada, ben, two } = await signalling.twoHomes();
    ben.client.socket.disconnect();
    const again = await signalling.resume(two, ben);
    await signalling.clock.advance(2000);
    const { version } = again.room;
    expect((await ada.client.ok('sync', {})).room.version).toBe(version);
    expect(ada.room.version).toBe(version);
    await signalling.vanish(again, ada);
    expect(ada.room.version).toBe(version + 1);
  });

  test('from a second socket replaces the first', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node);
    const client = signalling.client(node);
    await client.ok('resume', { resumeToken: ada.joined.resumeToken, protocolVersion });
    expect(await ada.client.event('ended')).toEqual({ reason: 'replaced' });
    await ada.client.disconnected();
    await signalling.clock.advance(60_000);
    expect((await client.ok('sync', {})).room.participants).toMatchObject([{ id: ada.id, connection: 'connected' }]);
  });

  test('a join token is no resume token, nor the other way round', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node);
    const client = signalling.client(node);
    const resumeToken = await joinToken(signalling.clock, { sub: ada.id });
    expect(await client.refused('resume', { resumeToken, protocolVersion })).toBe('token.invalid');
    expect(await client.refused('join', { token: ada.joined.resumeToken, protocolVersion })).toBe('token.invalid');
  });
});
