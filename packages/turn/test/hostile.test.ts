import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Attribute } from '@waterbus/stun';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FrameReader } from '../src/framing/frame-reader.js';
import { defaultTurnLimits, type TurnLimits } from '../src/limits.js';
import { TurnServer } from '../src/sockets/turn-server.js';
import { MemoryWorld, NODE, NODE_INSIDE, SECRET, STRANGER } from './memory-world.js';
import { TestTurnClient } from './turn-client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('a TURN server on sockets', () => {
  it.each(['tcp', 'udp'] as const)('relays packets of a client on %s to a media node and back', async (transport) => {
    const { port, peer } = await start();
    const client = transport === 'tcp' ? (await streamClient(port)).client : await datagramClient(port);
    await allocated(client);
    client.bind(0x4000, peer);
    await until(() => client.answers.length === 3);
    client.sendOn(0x4000, 'hello');
    await until(() => client.data.length === 1);
    expect(client.data).toEqual([{ from: 0x4000, text: 'echo hello' }]);
    client.refresh(0);
    await until(() => client.lifetime === 0);
  });

  it('answers a client that sends a byte at a time', async () => {
    const { port } = await start();
    const { client, socket } = await streamClient(port);
    const bytes: Buffer[] = [];
    const write = socket.write.bind(socket);
    Object.assign(socket, { write: (chunk: Buffer) => bytes.push(chunk) });
    client.allocate();
    for (const byte of Buffer.concat(bytes)) write(Buffer.from([byte]));
    await until(() => client.outcome === 401);
  });

  it.each([
    ['garbage', Buffer.alloc(64 * 1024, 0xa5)],
    ['zeros', Buffer.alloc(64 * 1024)],
    ['an endless message', Buffer.from('0003fffc2112a442', 'hex')],
    ['an endless channel', Buffer.from('4000ffff', 'hex')],
    ['another protocol', Buffer.from('\x00\x01GET / HTTP/1.1\r\n\r\n')],
  ])('ends a connection with %s at once', async (_what, bytes) => {
    const { port, refused } = await start();
    const { socket } = await streamClient(port);
    socket.write(bytes);
    await closed(socket);
    expect(refused).toEqual(['malformed']);
  });

  it('ends connections that allocate nothing, or complete no message, in time', async () => {
    const { port, server, clock, refused } = await start();
    const [idle, half] = [await streamClient(port), await streamClient(port)];
    await allocated(half.client);
    half.socket.write(Buffer.from('00030008', 'hex'));
    await until(() => server.figures().turnConnections === 2);
    // The half message has arrived when a complete exchange on another connection has.
    await allocated((await streamClient(port)).client);
    const ends = [closed(idle.socket), closed(half.socket)];
    clock.tick(1000);
    clock.tick(defaultTurnLimits.frameTime);
    await Promise.all(ends);
    expect(refused.sort()).toEqual(['malformed', 'unauthenticated']);
    expect(server.figures()).toEqual({ turnAllocations: 1, turnConnections: 1 });
  });

  it('accepts a limited number of connections without an allocation', async () => {
    const { port, server, refused } = await start({ limits: { unauthenticatedPerAddress: 2 } });
    await streamClient(port);
    const { client } = await streamClient(port);
    await until(() => server.figures().turnConnections === 2);
    const third = connect(port, '127.0.0.1');
    third.on('error', () => {});
    await closed(third);
    expect(refused).toEqual(['unauthenticated']);
    await allocated(client);
    await allocated((await streamClient(port)).client);
  });

  it('drops packets for a client that does not read, and cuts it off', async () => {
    const { port, server, peer, clock, refused } = await start({
      limits: { queueBytes: 64 * 1024, bytesPerSecondPerUser: 1e9 },
    });
    const { client, socket } = await streamClient(port);
    await allocated(client);
    client.bind(0x4000, peer);
    await until(() => client.answers.length === 3);
    socket.pause();
    const end = closed(socket);
    let cut = false;
    end.then(() => {
      cut = true;
    });
    // Fills the buffers of both kernels, in steps that the sockets between can hold.
    while (!cut && server.figures().turnConnections > 0) {
      for (let count = 0; count < 50; count += 1) client.sendOn(0x4000, 'x'.repeat(4000));
      await new Promise((resolve) => setImmediate(resolve));
      clock.tick(200);
    }
    socket.resume();
    await end;
    expect(refused.filter((kind) => kind === 'unread')).toEqual(['unread']);
  });

  it('ends all clients at its own end', async () => {
    const { port, server } = await start();
    const { client, socket } = await streamClient(port);
    await allocated(client);
    await server.close();
    await closed(socket);
    expect(server.figures()).toEqual({ turnAllocations: 0, turnConnections: 0 });
  });
});

describe('any bytes', () => {
  it('throw nothing, relay nothing to strangers and leave an allocation usable', async () => {
    const world = new MemoryWorld();
    const { client, server, relay } = await world.allocated();
    client.permit(NODE);
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const stunLike = fc.tuple(fc.integer({ min: 0, max: 0x3fff }), bytes).map(([type, body]) => {
      const padded = Buffer.concat([Buffer.alloc(20), body, Buffer.alloc(-body.length & 3)]);
      padded.writeUInt16BE(type, 0);
      padded.writeUInt16BE(padded.length - 20, 2);
      padded.writeUInt32BE(0x2112a442, 4);
      return padded;
    });
    fc.assert(
      fc.property(fc.oneof(bytes, stunLike), (message) => {
        server.receive(message);
      }),
      { seed: 8656, numRuns: 5_000 },
    );
    const permitted = client.allocate();
    fc.assert(
      fc.property(fc.nat(permitted.length - 1), fc.nat(255), fc.nat(permitted.length), (at, byte, length) => {
        const altered = Buffer.from(permitted);
        altered[at] = byte;
        server.receive(altered);
        server.receive(permitted.subarray(0, length));
      }),
      { seed: 8489, numRuns: 2_000 },
    );
    client.sendTo(STRANGER, 'attack');
    client.sendTo(NODE, 'check');
    expect(relay.sent).toEqual([{ data: 'check', to: NODE_INSIDE }]);
  });

  it('are cut into the same frames however they arrive', () => {
    const frames = [
      Buffer.from('000100002112a442000000000000000000000000', 'hex'),
      Buffer.from('40000003aabbcc00', 'hex'),
      Buffer.from('4001000411223344', 'hex'),
    ];
    const stream = Buffer.concat([...frames, ...frames]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 100 }), (sizes) => {
        const reader = new FrameReader(100);
        const found: Buffer[] = [];
        let at = 0;
        for (const size of [...sizes, stream.length]) {
          found.push(...(reader.push(stream.subarray(at, at + size)) ?? []));
          at += size;
        }
        expect(found).toEqual([...frames, ...frames]);
        expect(reader.isHalf).toBe(false);
      }),
      { seed: 4571, numRuns: 100 },
    );
  });
});

/** Time that a test advances; the timers of the server run with it. */
class TickingClock {
  private at = 0;
  private timers: { at: number; callback: () => void }[] = [];
  now = () => this.at;
  date = () => Date.UTC(2026, 0, 1) + this.at;

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.at + milliseconds, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  tick(milliseconds: number): void {
    this.at += milliseconds;
    const due = this.timers.filter(({ at }) => at <= this.at);
    this.timers = this.timers.filter(({ at }) => at > this.at);
    for (const { callback } of due) callback();
  }
}

/** A server whose media node is an echo on loopback. */
async function start({ limits = {} }: { limits?: Partial<TurnLimits> } = {}) {
  const echo: UdpSocket = createSocket('udp4');
  echo.on('message', (data, from) => echo.send(`echo ${data}`, from.port, from.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  cleanups.push(() => echo.close());
  const peer = { address: '203.0.113.5', port: 40_000 };
  const clock = new TickingClock();
  const refused: string[] = [];
  const server = new TurnServer({
    clock,
    secret: SECRET,
    peers: {
      hasFamily: (family) => family === 4,
      hasAddress: (address) => address === peer.address,
      reach: ({ address, port }) =>
        address === peer.address && port === peer.port
          ? { address: '127.0.0.1', port: echo.address().port }
          : undefined,
    },
    shownAddress: () => '192.0.2.1',
    account: (address) => address,
    onRefusal: (kind) => refused.push(kind),
    limits,
  });
  cleanups.push(() => server.close());
  return { server, peer, clock, refused, port: await server.listen(0, '127.0.0.1') };
}

async function streamClient(port: number): Promise<{ client: TestTurnClient; socket: Socket }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  const client = new TestTurnClient({ secret: SECRET, expires: EXPIRES, send: (bytes) => socket.write(bytes) });
  const reader = new FrameReader(8192);
  socket.on('data', (chunk) => {
    for (const frame of reader.push(chunk) ?? []) client.receive(frame);
  });
  return { client, socket };
}

async function datagramClient(port: number): Promise<TestTurnClient> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  cleanups.push(() => socket.close());
  const client = new TestTurnClient({ secret: SECRET, expires: EXPIRES, send: (bytes) => socket.send(bytes) });
  socket.on('message', (bytes) => client.receive(bytes));
  return client;
}

async function allocated(client: TestTurnClient): Promise<void> {
  client.allocate();
  await until(() => client.outcome === 401);
  client.allocate();
  await until(() => client.outcome === 'ok');
  expect(client.addresses(Attribute.XorRelayedAddress)[0]!.address).toBe('192.0.2.1');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** An error is one way of ending. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

const EXPIRES = Date.UTC(2026, 0, 2) / 1000;
