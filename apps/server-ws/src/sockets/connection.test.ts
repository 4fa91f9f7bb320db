import { once } from 'node:events';
import { request } from 'node:http';
import { JOIN_DEADLINE, PROTOCOL_VERSION, SIGNALLING_PATH } from '@waterbus/protocol';
import { io } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { Client, joinToken } from '../../test/system/signalling.js';

useSignalling();

describe('a socket', () => {
  test('with too many requests is notified once, and closed', async () => {
    const node = await signalling.node({ limits: { requestsPerSecond: 10, requestBurst: 20 } });
    const { client } = await signalling.join(node);
    const replies = await Promise.all(Array.from({ length: 21 }, () => client.request('sync', {})));
    expect(replies.filter((reply) => reply.ok)).toHaveLength(20);
    expect(replies.at(-1)).toMatchObject({ ok: false, error: { code: 'limit.reached' } });
    await client.disconnected();
  });

  test('gets a coded answer to any invalid request', async () => {
    const node = await signalling.node();
    const { client } = await signalling.join(node);
    const raw = client.socket as unknown as { emitWithAck(...words: unknown[]): Promise<unknown> };
    const invalid = { ok: false, error: { code: 'request.invalid' } };
    for (const name of ['nothing', '__proto__', 'constructor', 'toString', 'error', '']) {
      expect(await raw.emitWithAck(name, {})).toMatchObject(invalid);
    }
    for (const body of [
      undefined,
      null,
      1,
      'x',
      [],
      { direction: 'up' },
      { direction: 'send', more: 1 },
      Buffer.from('x'),
    ]) {
      expect(await raw.emitWithAck('transport.open', body)).toMatchObject(invalid);
    }
    expect(await raw.emitWithAck('sync')).toMatchObject(invalid);
    // Found by the flood test: Zod throws on these instead of refusing them.
    expect(await raw.emitWithAck('resume', { resumeToken: [{ toString: 1 }], protocolVersion: 1 })).toMatchObject(
      invalid,
    );
    expect(await raw.emitWithAck('producer.pause', { producerId: { toString: 1 } })).toMatchObject(invalid);
    expect(await raw.emitWithAck('sync', {}, 'one more')).toMatchObject({ ok: true });
  });

  test('gets no answer without a request', async () => {
    const node = await signalling.node();
    const { client, id } = await signalling.join(node);
    client.socket.emit('leave', {});
    expect((await client.ok('sync', {})).room.participants).toMatchObject([{ id }]);
  });

  test('with a message beyond 64 KiB is closed', async () => {
    const node = await signalling.node();
    const { client } = await signalling.join(node);
    client.socket.emit('sync', { x: 'x'.repeat(70_000) });
    await client.disconnected();
  });

  test('must be a WebSocket', async () => {
    const node = await signalling.node();
    const poll = request(`${node.url}${SIGNALLING_PATH}/?EIO=4&transport=polling`).end();
    const [response] = await once(poll, 'response');
    expect(response.statusCode).toBe(400);
    response.resume();
  });

  test('that has not joined can only join: other requests are refused, and a few of them close it', async () => {
    const node = await signalling.node();
    const stranger = signalling.client(node);
    for (const name of ['sync', 'leave', 'capabilities'] as const) {
      expect(await stranger.refused(name, {})).toBe('session.not_joined');
    }
    const replies = await Promise.all(Array.from({ length: 4 }, () => stranger.request('sync', {})));
    expect(replies.at(-1)).toMatchObject({ ok: false, error: { code: 'limit.reached' } });
    await stranger.disconnected();
    expect(node.errors).toEqual([expect.stringContaining('socketsLimited')]);
  });

  test('that does not join in time is closed and no longer counts for its address; others are accepted', async () => {
    const limits = { socketsJoiningPerAddress: 3 };
    const node = await signalling.node({ limits, trustedProxies: ['127.0.0.1'] });
    const from = (address: string) => {
      const extraHeaders = { 'x-forwarded-for': address };
      const options = { path: SIGNALLING_PATH, transports: ['websocket'], reconnection: false, forceNew: true };
      const client = new Client(node.url, io(node.url, { ...options, extraHeaders }));
      signalling.clients.push(client);
      return client;
    };
    const crowd = [from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')];
    for (const client of crowd) await client.until(() => client.socket.connected);
    const refused = from('192.0.2.1');
    await new Promise((resolve) => refused.socket.once('connect_error', resolve));
    const other = from('192.0.2.2');
    await other.ok('join', { token: await joinToken(signalling.clock), protocolVersion: PROTOCOL_VERSION });
    expect(node.errors).toEqual([expect.stringContaining('socketsRefused')]);
    await signalling.clock.advance(JOIN_DEADLINE);
    for (const client of crowd) await client.disconnected();
    const again = from('192.0.2.1');
    await again.ok('join', { token: await joinToken(signalling.clock), protocolVersion: PROTOCOL_VERSION });
    await other.ok('sync', {});
  });

  test('from an origin that is not allowed is refused', async () => {
    const node = await signalling.node({ allowedOrigins: ['https://meet.example'] });
    const open = (origin: string) =>
      io(node.url, {
        path: SIGNALLING_PATH,
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
        extraHeaders: { origin },
      });
    const stranger = open('https://evil.example');
    await new Promise((resolve) => stranger.once('connect_error', resolve));
    const own = open(node.url);
    await new Promise<void>((resolve) => own.once('connect', () => resolve()));
    own.disconnect();
    const guest = open('https://meet.example');
    await new Promise<void>((resolve) => guest.once('connect', () => resolve()));
    stranger.disconnect();
    guest.disconnect();
  });
});
