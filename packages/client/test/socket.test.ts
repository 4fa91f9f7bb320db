import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SIGNALLING_PATH } from '@waterbus/protocol';
import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSocket, type ServerMessage } from '../src/signalling/socket.js';

let http: HttpServer;
let server: Server;
let origin: string;
let accepted: Socket[];

beforeEach(async () => {
  http = createServer();
  server = new Server(http, { path: SIGNALLING_PATH, transports: ['websocket'] });
  accepted = [];
  server.on('connection', (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await server.close();
});

async function open() {
  const messages: ServerMessage[] = [];
  const lost = vi.fn();
  const socket = await openSocket(origin, { message: (message) => messages.push(message), lost });
  await vi.waitFor(() => expect(accepted).toHaveLength(1));
  return { socket, peer: accepted[0]!, messages, lost };
}

describe('a Socket.IO connection', () => {
  it('R8: carries the join token in the event, never in the address', async () => {
    const { socket, peer } = await open();
    peer.on('leave', (_, answer) => answer({ ok: true, data: {} }));
    await expect(socket.request('leave', {})).resolves.toEqual({});
    expect(peer.request.url).toContain('transport=websocket');
    expect(peer.request.url).not.toMatch(/token/i);
    socket.close();
  });

  it('rejects with the server’s code, and with an own code for a malformed answer', async () => {
    const { socket, peer } = await open();
    const answers = [
      { ok: false, error: { code: 'permission.denied', detail: 'not a camera' } },
      { ok: false, error: { code: 'no.such_code' } },
      { ok: true, data: { room: 'nonsense' } },
      'nonsense',
      null,
    ];
    peer.on('sync', (_, answer) => answer(answers.shift()));
    await expect(socket.request('sync', {})).rejects.toMatchObject({
      code: 'permission.denied',
      message: 'not a camera',
    });
    for (let count = 0; count < 4; count++) {
      await expect(socket.request('sync', {})).rejects.toMatchObject({ code: 'server.internal' });
    }
    socket.close();
  });

  it('emits events that are understood, and no others', async () => {
    const { socket, peer, messages } = await open();
    peer.emit('mediaNode.lost', { mediaNodeId: '' });
    peer.emit('room', 'nonsense');
    peer.emit('mediaNode.lost', { mediaNodeId: 'node-1' });
    await vi.waitFor(() => expect(messages).toEqual([{ name: 'mediaNode.lost', data: { mediaNodeId: 'node-1' } }]));
    socket.close();
  });

  it('reports a loss once and rejects pending requests', async () => {
    const { socket, peer, lost } = await open();
    const requested = expect(socket.request('sync', {})).rejects.toMatchObject({ code: 'network.unreachable' });
    await new Promise<void>((resolve) => peer.once('sync', () => resolve()));
    peer.conn.close();
    await requested;
    await vi.waitFor(() => expect(lost).toHaveBeenCalledTimes(1));
    await expect(socket.request('sync', {})).rejects.toMatchObject({ code: 'network.unreachable' });
  });

  it('reports no loss when it closes itself', async () => {
    const { socket, peer, lost } = await open();
    const gone = new Promise<void>((resolve) => peer.once('disconnect', () => resolve()));
    socket.close();
    await gone;
    expect(lost).not.toHaveBeenCalled();
  });

  it('waits with its connect packet for the join that it carries, and passes on the answer', async () => {
    const listener = { message: () => {}, lost: vi.fn() };
    let submit: (request: { token: string; protocolVersion: number }) => void = () => {};
    const join = new Promise<{ token: string; protocolVersion: number }>((resolve) => {
      submit = resolve;
    });
    let opened = false;
    const opening = openSocket(origin, listener, undefined, join).then((socket) => {
      opened = true;
      return socket;
    });
    await vi.waitFor(() => expect(server.engine.clientsCount).toBe(1));
    expect([opened, accepted.length]).toEqual([false, 0]);
    submit({ token: 'secret', protocolVersion: 1 });
    const socket = await opening;
    await vi.waitFor(() => expect(accepted).toHaveLength(1));
    const [peer] = accepted;
    expect(peer!.handshake.auth).toEqual({ join: { token: 'secret', protocolVersion: 1 } });
    expect(peer!.request.url).not.toMatch(/secret/);
    peer!.emit('joined', { ok: false, error: { code: 'meeting.full' } });
    await expect(socket.joined).rejects.toMatchObject({ code: 'meeting.full' });
    socket.close();
  });

  it('rejects a join without an answer when the server closes the socket or the client does', async () => {
    const listener = { message: () => {}, lost: vi.fn() };
    const join = Promise.resolve({ token: 'secret', protocolVersion: 1 });
    const closed = await openSocket(origin, listener, undefined, join);
    closed.close();
    await expect(closed.joined).rejects.toMatchObject({ code: 'network.unreachable' });
    expect(listener.lost).not.toHaveBeenCalled();
    const cut = await openSocket(origin, listener, undefined, join);
    await vi.waitFor(() => expect(accepted).toHaveLength(2));
    accepted[1]!.conn.close();
    await expect(cut.joined).rejects.toMatchObject({ code: 'network.unreachable' });
    expect(listener.lost).toHaveBeenCalledTimes(1);
  });

  it('rejects when the server closes it before there is a join', async () => {
    const opening = openSocket(origin, { message: () => {}, lost: () => {} }, undefined, new Promise(() => {}));
    const refused = expect(opening).rejects.toMatchObject({ code: 'network.unreachable' });
    await vi.waitFor(() => expect(server.engine.clientsCount).toBe(1));
    server.engine.close();
    await refused;
  });

  it('rejects where no server listens, and when it is aborted', async () => {
    const listener = { message: () => {}, lost: () => {} };
    await expect(openSocket('http://127.0.0.1:1', listener)).rejects.toMatchObject({ code: 'network.unreachable' });
    await expect(openSocket(origin, listener, AbortSignal.abort('stop'))).rejects.toBe('stop');
  });
});
