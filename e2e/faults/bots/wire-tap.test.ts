import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { expect, it, vi } from 'vitest';
import type { ClientEntry } from '../history.js';
import { tapped } from './tapped-web-sockets.js';
import { WireTap } from './wire-tap.js';

const room = { roomId: 'r', version: 7, participants: [] };
const event = { roomId: 'r', version: 8, change: { type: 'participant.left', participantId: 'p', reason: 'left' } };

it('reads a join in the connect packet, and its answer', async () => {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new Server(http, { transports: ['websocket'] });
  server.on('connection', (socket) => {
    socket.emit('joined', { ok: true, data: { participantId: 'p', room } });
    socket.emit('room', event);
  });
  const { port } = http.address() as AddressInfo;
  const entries: ClientEntry[] = [];
  const tap = new WireTap('one', (entry) => entries.push(entry));
  const auth = { join: { token: 'secret', protocolVersion: 1 } };
  const socket = tapped(tap, () =>
    io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false, forceNew: true, auth }),
  );
  try {
    await vi.waitFor(() => expect(entries).toHaveLength(4));
    expect(entries).toEqual([
      { client: 'one', type: 'socket.opened', socket: 1 },
      { client: 'one', type: 'requested', socket: 1, request: 'join' },
      { client: 'one', type: 'snapshot', socket: 1, of: 'join', participantId: 'p', room },
      { client: 'one', type: 'room', socket: 1, event },
    ]);
  } finally {
    socket.disconnect();
    await server.close();
  }
});

it('reads the frames of Socket.IO separately for each client', async () => {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new Server(http, { transports: ['websocket'] });
  server.on('connection', (socket) => {
    socket.on('join', (_, acknowledge) => {
      acknowledge({ ok: true, data: { participantId: 'p', room } });
      socket.emit('room', event);
      socket.emit('meeting', { type: 'members.changed' });
    });
    socket.on('sync', (_, acknowledge) => acknowledge({ ok: false, error: { code: 'server.unavailable' } }));
    socket.on('leave', () => {
      socket.emit('ended', { reason: 'left' });
      socket.disconnect(true);
    });
  });
  const { port } = http.address() as AddressInfo;
  const visit = async (client: string) => {
    const entries: ClientEntry[] = [];
    const tap = new WireTap(client, (entry) => entries.push(entry));
    const socket = tapped(tap, () =>
      io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false, forceNew: true }),
    );
    await socket.emitWithAck('join', { token: 'secret' });
    await socket.emitWithAck('sync', {});
    socket.emit('leave', {});
    await vi.waitFor(() => expect(entries.at(-1)?.type).toBe('socket.closed'));
    return entries;
  };
  try {
    const [one, two] = await Promise.all([visit('one'), visit('two')]);
    expect(one).toEqual([
      { client: 'one', type: 'socket.opened', socket: 1 },
      { client: 'one', type: 'requested', socket: 1, request: 'join' },
      { client: 'one', type: 'snapshot', socket: 1, of: 'join', participantId: 'p', room },
      { client: 'one', type: 'room', socket: 1, event },
      { client: 'one', type: 'requested', socket: 1, request: 'sync' },
      { client: 'one', type: 'ended', socket: 1, reason: 'left' },
      { client: 'one', type: 'socket.closed', socket: 1 },
    ]);
    expect(two).toEqual(one.map((entry) => ({ ...entry, client: 'two' })));
  } finally {
    await server.close();
  }
});
