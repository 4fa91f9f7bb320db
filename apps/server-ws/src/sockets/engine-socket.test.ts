import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedEvent } from '../rooms/shared-event.js';
import { type EngineSocket, writeFrames } from './engine-socket.js';
import { EventFrames } from './event-frames.js';

// The real Socket.IO, because `writeFrames` depends on its inside.

let http: HttpServer;
let server: Server;
let client: Socket;
let accepted: { conn: EngineSocket; emit(name: string, data: object): void };
let received: { name: string; version: number }[];
beforeEach(async () => {
  http = createServer();
  server = new Server(http, { transports: ['websocket'], serveClient: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const connected = once(server, 'connection');
  const { port } = http.address() as AddressInfo;
  client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false });
  received = [];
  client.onAny((name, { version }) => received.push({ name, version }));
  [accepted] = (await connected) as [typeof accepted];
  await settled();
});
afterEach(async () => {
  client.disconnect();
  await server.close();
});

test('frames go to the network at once while nothing waits', async () => {
  expect(writeEvent(1)).toBe(true);
  expect(writeEvent(2)).toBe(true);
  accepted.emit('last', { version: 3 });
  await reached(3);
  expect(received.map(({ name }) => name)).toEqual(['room', 'room', 'last']);
});

test('frames wait behind messages that wait', async () => {
  accepted.emit('first', { version: 1 });
  accepted.emit('second', { version: 2 });
  expect(writeEvent(3)).toBe(false);
  expect(writeEvent(4)).toBe(false);
  await reached(4);
  expect(received.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  await settled();
  expect(writeEvent(5)).toBe(true);
  await reached(5);
});

test('frames wait behind bytes that the network has not taken, and arrive in order', async () => {
  const large = 'x'.repeat(2 ** 20);
  let version = 0;
  do version += 1;
  while (writeEvent(version, large));
  writeEvent(version + 1);
  accepted.emit('last', { version: version + 2 });
  await reached(version + 2);
  expect(received.map(({ version: each }) => each)).toEqual(Array.from({ length: version + 2 }, (_, n) => n + 1));
});

test('a socket that is closing takes no frames', async () => {
  (accepted.conn as unknown as { close(): void }).close();
  expect(writeEvent(1)).toBe(false);
  await new Promise((resolve) => client.once('disconnect', resolve));
  expect(writeEvent(2)).toBe(false);
  expect(received).toEqual([]);
});

function writeEvent(version: number, text = ''): boolean {
  const event = new SharedEvent('room', { roomId: 'room', version, text } as never);
  const { frames, text: messages } = new EventFrames().shared(event);
  return writeFrames(accepted.conn, frames, messages);
}

/** Engine.IO has no packet under way. */
async function settled(): Promise<void> {
  const { conn } = accepted;
  while (!(conn.transport as { writable: boolean }).writable || conn.writeBuffer.length > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function reached(version: number): Promise<void> {
  while (!received.some((event) => event.version === version)) {
    await new Promise((resolve) => client.io.engine.once('packet', resolve));
  }
}
