import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MessageClass } from '@waterbus/stun';
import { afterEach, expect, it } from 'vitest';
import { TurnServer } from '../src/sockets/turn-server.js';
import { SECRET } from './memory-world.js';
import { TestTurnClient } from './turn-client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('serves its own clients, and sends the datagrams of all others to the other process, until it serves them', async () => {
  const [one, other] = [await listening(), await listening()];
  const known = await client(one.port);
  expect(await known.allocate()).toEqual({ from: one.port, granted: true });

  one.server.datagrams.divert(await other.server.datagrams.openInbox());
  const moved = await client(one.port);
  expect(await moved.allocate()).toEqual({ from: other.port, granted: true });
  expect(await known.refresh()).toEqual({ from: one.port, granted: true });
  expect([one.server.figures(), other.server.figures()]).toMatchObject([
    { turnAllocations: 1 },
    { turnAllocations: 1 },
  ]);

  one.server.datagrams.divert(undefined);
  expect(await (await client(one.port)).allocate()).toEqual({ from: one.port, granted: true });
});

async function listening() {
  const server = new TurnServer({
    clock: {
      now: () => performance.now(),
      date: () => Date.now(),
      after: (delay, callback) => {
        const timer = setTimeout(callback, delay);
        return () => clearTimeout(timer);
      },
    },
    secret: SECRET,
    peers: { hasFamily: () => true, hasAddress: () => true, reach: (peer) => peer },
    shownAddress: () => '127.0.0.1',
    account: (address) => address,
    onRefusal: () => {},
  });
  cleanups.push(() => server.close());
  return { server, port: await server.listenUdp(0, '127.0.0.1') };
}

async function open(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return socket;
}

/** Its requests resolve with the port that answers, and whether it grants. */
async function client(port: number) {
  const socket = await open();
  const turn = new TestTurnClient({ ...CLIENT, send: (bytes) => socket.send(bytes, port, '127.0.0.1') });
  const answer = async (request: () => void) => {
    request();
    const [bytes, { port: from }] = await once(socket, 'message');
    turn.receive(bytes);
    return { from, granted: turn.answers.at(-1)?.messageClass === MessageClass.Success };
  };
  return {
    allocate: async () => {
      await answer(() => turn.allocate());
      return answer(() => turn.allocate());
    },
    refresh: () => answer(() => turn.refresh(600)),
  };
}

const CLIENT = { secret: SECRET, expires: 2_000_000_000 };
