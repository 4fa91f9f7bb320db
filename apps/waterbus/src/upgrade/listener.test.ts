import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Listener } from './listener.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe('a listener that has stopped', () => {
  it('answers on open connections, and ends each after its answer', async () => {
    const { listener, url } = await opened();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const connectionAfter = () =>
      new Promise<string | undefined>((resolve, reject) => {
        const asked = get(url, { agent }, (response) => {
          response.resume().on('end', () => resolve(response.headers.connection));
        });
        asked.on('error', reject);
      });
    expect(await connectionAfter()).toBe('keep-alive');
    listener.stop();
    expect(await connectionAfter()).toBe('close');
    await expect(connectionAfter()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await listener.resume();
    expect(await connectionAfter()).toBe('keep-alive');
    agent.destroy();
  });

  it('sends the first request of a connection that has just opened to the other process', async () => {
    const { listener, port } = await opened();
    const client = await connected(port, listener);
    listener.stop();
    const ended = listener.end();
    client.write(REQUEST);
    expect(await text(client)).toMatch(/^HTTP\/1.1 307 [\s\S]*\r\nConnection: close\r\n/i);
    await ended;
  });

  it('ends idle connections without a reset of a request that is on its way', async () => {
    const { listener, port } = await opened();
    const client = await connected(port, listener);
    client.write(REQUEST);
    await once(client, 'data');
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    listener.stop();
    const ended = listener.end();
    // The end of the server's side, and then a request: the client had not seen it yet.
    await once(client, 'end');
    for (const part of [REQUEST.slice(0, 9), REQUEST.slice(9)]) {
      await new Promise((resolve) => client.write(part, resolve));
    }
    client.end();
    await Promise.all([ended, once(client, 'close')]);
    expect(errors).toEqual([]);
  });
});

describe('a listener that holds', () => {
  it('serves the connections that waited when it resumes', async () => {
    const { listener, url, accepted } = await opened();
    listener.hold();
    const [one, other] = [answered(url), answered(url)];
    await vi.waitFor(() => expect(accepted()).toBe(2));
    expect(listener.server.listening).toBe(true);
    await listener.resume();
    expect(await Promise.all([one, other, answered(url)])).toEqual(['page', 'page', 'page']);
  });

  it('hands the connections that waited to the process that shares its socket', async () => {
    const { listener, url, accepted } = await opened();
    const other = await opened('other page');
    listener.hold();
    const waiting = answered(url);
    await vi.waitFor(() => expect(accepted()).toBe(1));
    listener.stop();
    expect(listener.server.listening).toBe(false);
    for (const connection of listener.release()) other.listener.accept(connection);
    expect(await waiting).toBe('other page');
  });
});

async function opened(page = 'page') {
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => response.end(page));
  servers.push(server);
  const listening = new Listener('page', server, { port: 0, host: '127.0.0.1' });
  await listening.open(undefined);
  const { port } = server.address() as { port: number };
  // It can open the same port again.
  const listener = new Listener('page', server, { port, host: '127.0.0.1' });
  let count = 0;
  const { hold } = listener;
  listener.hold = () => {
    hold.call(listener);
    const handle = listener.handle!;
    const holds = handle.onconnection!;
    handle.onconnection = (...connection) => {
      count += 1;
      holds(...connection);
    };
  };
  return { listener, port, url: `http://127.0.0.1:${port}/`, accepted: () => count };
}

/** Resolves when the server has accepted it too. */
async function connected(port: number, { server }: Listener): Promise<Socket> {
  const accepted = once(server, 'connection');
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await accepted;
  return client;
}

async function answered(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
