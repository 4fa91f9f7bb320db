import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  AddressProtocol,
  openPacketSocket,
  type PacketSocketOptions,
  ReceiveKind,
  type TcpLimits,
} from '../src/index.js';
import { bridge, Framed, frame } from './framed.js';
import { rtp, send } from './packets.js';
import { Peer } from './peer.js';
import { stun } from './stranger.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function keep<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}

const keys = new Uint8Array(28).map((_, i) => i);

function listen(tcp: Partial<TcpLimits> = {}, options: Partial<PacketSocketOptions> = {}): Peer {
  return keep(new Peer({ tcp, ...options }));
}

async function client(plane: Peer, options: Parameters<typeof Framed.open>[1] = {}): Promise<Framed> {
  return keep(await Framed.open(plane.socket.port, options));
}

/** A client whose first check was taken, as ICE does, and its session. */
async function admitted(plane: Peer, framed?: Framed): Promise<{ framed: Framed; session: number; address: Buffer }> {
  const one = framed ?? (await client(plane));
  const session = plane.socket.openSession();
  let address: Buffer | undefined;
  plane.onRecord = (record, offset) => {
    if (record.kind !== ReceiveKind.Stun || record.address.readUInt16BE(2) !== one.port) return;
    expect(plane.socket.setAddress(session, offset)).toBe(true);
    address = record.address;
  };
  one.send(stun(1));
  await plane.until(() => address !== undefined);
  return { framed: one, session, address: address! };
}

describe('frames', () => {
  test('arrive with the address of their connection, and answers leave on it', async () => {
    const plane = listen();
    const framed = await client(plane);
    plane.onRecord = (_, offset) => plane.socket.sendTo(offset, plane.place(stun(7)), 20);
    framed.send(stun(1));
    await framed.until(() => framed.received.length === 1);
    expect(framed.received[0]).toEqual(stun(7));
    const { address, session } = plane.received[0]!;
    expect(session).toBe(-1);
    expect([address[0], address[1]]).toEqual([4, AddressProtocol.Tcp]);
    expect(address.readUInt16BE(2)).toBe(framed.port);
    expect([...address.subarray(20, 24)]).toEqual([127, 0, 0, 1]);
    expect(address.readUInt32BE(36)).toBeGreaterThan(0);
    expect(plane.socket.counters()).toMatchObject({
      tcpAccepted: 1,
      tcpConnections: 1,
      tcpStrangers: 1,
      tcpFramesReceived: 1,
      tcpFramesSent: 1,
      receivedDatagrams: 1,
      sentDatagrams: 1,
    });
  });

  test('arrive whole: byte by byte, many in one segment, and cut anywhere', async () => {
    const plane = listen();
    const { framed, session } = await admitted(plane);
    plane.received.length = 0;
    const all = Array.from({ length: 20 }, (_, i) => stun(100 + i));
    for (const byte of Buffer.concat(all.slice(0, 3).map(frame))) await framed.write(Buffer.of(byte));
    framed.send(...all.slice(3, 17));
    const rest = Buffer.concat(all.slice(17).map(frame));
    await framed.write(rest.subarray(0, 30));
    await framed.write(rest.subarray(30));
    await plane.until((received) => received.length === 20);
    expect(plane.received.map(({ bytes }) => bytes)).toEqual(all);
    expect(new Set(plane.received.map((one) => one.session))).toEqual(new Set([session]));
  });

  test('more than a batch holds arrive in several', async () => {
    const plane = listen({}, { receiveBatch: 1 });
    const { framed } = await admitted(plane);
    framed.send(...Array.from({ length: 500 }, (_, i) => stun(i)));
    await plane.until((received) => received.length === 501);
  });

  test('carry a DTLS handshake and SRTP both ways, the handshake directly behind the check', async () => {
    const plane = listen();
    const framed = await client(plane);
    const peer = keep(new Peer());
    const carrier = keep(await bridge(peer, framed));
    const own = peer.sessionTowards(carrier.port);
    const session = plane.socket.openSession();
    plane.onRecord = (record, offset) => {
      if (record.session >= 0 || record.kind !== ReceiveKind.Stun) return;
      plane.socket.setAddress(session, offset);
      plane.socket.startDtls(session, 'server', peer.socket.fingerprint);
    };
    framed.send(stun(1));
    peer.socket.startDtls(own, 'client', plane.socket.fingerprint);
    await Promise.all([plane.connected(session), peer.connected(own)]);
    const packets = [1, 2, 3].map((sequenceNumber) => rtp({ payload: Buffer.alloc(900), sequenceNumber }));
    send(peer, ...packets.map((packet) => ({ session: own, packet })));
    await plane.until(() => plane.of(ReceiveKind.Rtp, session).length === 3);
    expect(plane.of(ReceiveKind.Rtp).map(({ bytes }) => bytes)).toEqual(packets);
    send(plane, ...packets.map((packet) => ({ session, packet })));
    await peer.until(() => peer.of(ReceiveKind.Rtp).length === 3);
    expect(peer.of(ReceiveKind.Rtp).map(({ bytes }) => bytes)).toEqual(packets);
    // No padding, no run: one write.
    expect(plane.socket.counters()).toMatchObject({ paddingBytes: 0, gsoRuns: 0 });
    plane.socket.closeSession(session);
    await framed.until(() => framed.ended);
    // The notice left before the end.
    await peer.until(() => peer.of(ReceiveKind.Dtls).length === 3);
    expect(plane.socket.counters().tcpConnections).toBe(0);
  });
});

describe('a connection is ended', () => {
  test.each([
    ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')],
    ['a handshake of TLS', Buffer.from('160301020001000001fc0303', 'hex')],
    ['a frame that is too long', Buffer.from([0x08, 0x01, 0, 1])],
    ['an empty frame', Buffer.from([0, 0])],
    ['a packet of RTP', frame(rtp({ payload: Buffer.alloc(10) }))],
    ['a DTLS handshake without a check', frame(Buffer.concat([Buffer.of(22), Buffer.alloc(100)]))],
  ])('by %s before a check', async (_what, bytes) => {
    const plane = listen();
    const { framed: neighbour, session } = await admitted(plane);
    const framed = await client(plane);
    await framed.write(bytes);
    await framed.until(() => framed.ended);
    expect(plane.socket.counters()).toMatchObject({ tcpRejected: 1, tcpConnections: 1, tcpStrangers: 0 });
    neighbour.send(stun(2));
    await plane.until(() => plane.of(ReceiveKind.Stun, session).length === 1);
    expect(plane.received).toHaveLength(2);
  });

  test('by a frame that is too long at any time, and its session hears of it', async () => {
    const plane = listen();
    const { framed, session } = await admitted(plane);
    framed.send(stun(2), Buffer.alloc(2049));
    await framed.until(() => framed.ended);
    await plane.until(() => plane.of(ReceiveKind.Gone, session).length === 1);
  });

  test('that no session takes, although its peer sends checks', async () => {
    const plane = listen({ patience: 1 });
    const stranger = await client(plane);
    stranger.send(stun(1));
    await stranger.until(() => stranger.ended);
    expect(plane.socket.counters()).toMatchObject({ tcpExpired: 1, tcpConnections: 0 });
  });

  test('of a session, when its peer is silent', async () => {
    const plane = listen({ idle: 1 });
    const { framed, session } = await admitted(plane);
    await framed.until(() => framed.ended);
    expect(plane.socket.counters()).toMatchObject({ tcpExpired: 1, tcpConnections: 0 });
    await plane.until(() => plane.of(ReceiveKind.Gone, session).length === 1);
  });
});

test('an end frees the address: its session is notified once, sends nothing, and takes a new connection', async () => {
  const plane = listen();
  const { framed, session, address } = await admitted(plane);
  plane.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
  const other = plane.socket.openSession();
  const { port } = framed;
  framed.close();
  await plane.until(() => plane.of(ReceiveKind.Gone).length === 1);
  expect(plane.of(ReceiveKind.Gone)[0]).toMatchObject({ session, address });
  expect(plane.socket.setAddress(other, plane.place(address))).toBe(false);
  expect(plane.socket.addAddress(other, plane.place(address))).toBe(false);
  send(plane, { session, packet: rtp({ payload: Buffer.alloc(10), sequenceNumber: 1 }) });
  plane.socket.sendTo(plane.place(address), plane.place(stun(3)), 20);
  expect(plane.socket.counters()).toMatchObject({ droppedNoSession: 1, tcpDroppedControl: 1, tcpConnections: 0 });
  // The same 4-tuple again: another address.
  const again = await client(plane, { localPort: port });
  again.send(stun(4));
  await plane.until(() => plane.of(ReceiveKind.Stun).length === 2);
  const renewed = plane.received.at(-1)!;
  expect(renewed.session).toBe(-1);
  expect(renewed.address.subarray(0, 36)).toEqual(address.subarray(0, 36));
  expect(renewed.address).not.toEqual(address);
  expect(plane.socket.setAddress(session, plane.place(renewed.address))).toBe(true);
  send(plane, { session, packet: rtp({ payload: Buffer.alloc(10), sequenceNumber: 2 }) });
  await again.until(() => again.received.length === 1);
});

test('an address that only receives ends without a record', async () => {
  const plane = listen();
  const { framed, session } = await admitted(plane);
  const added = await client(plane);
  plane.onRecord = (_, offset) => plane.socket.addAddress(session, offset);
  added.send(stun(1));
  await plane.until((received) => received.length === 2);
  added.close();
  await expect.poll(() => plane.socket.counters().tcpConnections, { interval: 1 }).toBe(1);
  framed.send(stun(2));
  await plane.until(() => plane.of(ReceiveKind.Stun, session).length === 1);
  expect(plane.of(ReceiveKind.Gone)).toEqual([]);
});

describe('connections are limited', () => {
  test('by address: one too many is refused, and another address connects', async () => {
    const plane = listen({ connectionsOfAddress: 4, strangersOfAddress: 2 }, { address: '0.0.0.0' });
    const strangers = [await client(plane), await client(plane)];
    const refused = await client(plane);
    await refused.until(() => refused.ended);
    expect(strangers.map(({ ended }) => ended)).toEqual([false, false]);
    await admitted(plane, await client(plane, { from: '127.0.0.2' }));
    for (const stranger of strangers) await admitted(plane, stranger);
    await admitted(plane);
    await admitted(plane);
    const beyond = await client(plane);
    await beyond.until(() => beyond.ended);
    expect(plane.socket.counters()).toMatchObject({ tcpAccepted: 5, tcpRefused: 2, tcpStrangers: 0 });
  });

  test('in all: a newcomer replaces the oldest stranger, and no peer', async () => {
    const plane = listen({ strangers: 3, connections: 5 }, { address: '0.0.0.0' });
    const peers = [await admitted(plane), await admitted(plane)];
    const flood: Framed[] = [];
    for (let i = 0; i < 20; i++) flood.push(await client(plane, { from: `127.0.1.${i}` }));
    await flood[16]!.until(() => flood.slice(0, 17).every(({ ended }) => ended));
    expect(flood.slice(17).map(({ ended }) => ended)).toEqual([false, false, false]);
    // Somebody joins in the flood.
    const { session } = await admitted(plane);
    for (const { framed } of peers) framed.send(stun(9));
    await plane.until((received) => received.filter(({ session: of }) => of >= 0).length === 2);
    expect(session).toBeGreaterThan(0);
    expect(plane.socket.counters()).toMatchObject({ tcpConnections: 5, tcpStrangers: 2, tcpExpired: 18 });
  });

  test('has to be positive', () => {
    for (const tcp of [{ strangers: 0 }, { connections: 8193 }, { queueAge: 0.5 }]) {
      expect(() => new Peer({ tcp })).toThrow(RangeError);
    }
  });
});

describe('a peer that does not read', () => {
  /** A peer with keys whose socket is not read, and a neighbour. */
  async function unread(tcp: Partial<TcpLimits>) {
    const plane = listen(tcp, { callerBytes: 8 << 20 });
    const [deaf, neighbour] = [await admitted(plane), await admitted(plane)];
    for (const { session } of [deaf, neighbour]) plane.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
    deaf.framed.socket.pause();
    let sequenceNumber = 0;
    const video = (session: number, count: number) => {
      plane.clear();
      const packet = () => rtp({ payload: Buffer.alloc(1172), ssrc: 1, sequenceNumber: ++sequenceNumber & 0xffff });
      send(plane, ...Array.from({ length: count }, () => ({ session, packet: packet() })));
    };
    const fill = async () => {
      // The kernel's buffers are full when our own queue is, and stay so.
      for (let dropped = 0; dropped < 2000; dropped = plane.socket.counters().tcpDroppedVideo) {
        video(deaf.session, 50);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { plane, deaf, neighbour, video, fill };
  }

  test('costs its own queue only: its neighbours receive everything', async () => {
    const { plane, deaf, neighbour, video, fill } = await unread({ queueAge: 600_000 });
    await fill();
    video(neighbour.session, 20);
    await neighbour.framed.until(() => neighbour.framed.received.length === 20);
    expect(plane.socket.counters()).toMatchObject({ droppedQueueFull: 0, queuedDatagrams: 0, sendErrors: 0 });
    // It reads again: whole frames arrive, without a gap in what was not dropped.
    deaf.framed.socket.resume();
    const { tcpDroppedVideo } = plane.socket.counters();
    const sent = () => plane.socket.counters().tcpFramesSent - 20;
    await deaf.framed.until(() => deaf.framed.received.length === sent() && sent() > 0);
    const numbers = deaf.framed.received.map((packet) => packet.readUInt16BE(2));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(deaf.framed.received.map(({ length }) => length))).toEqual(new Set([1200]));
    expect(tcpDroppedVideo).toBeGreaterThan(0);
  });

  test('leaves room in the memory of all queues, whatever its own bound', async () => {
    const { plane, neighbour, video, fill } = await unread({ queueAge: 600_000, queueBytes: 1 << 30 });
    await fill();
    neighbour.framed.socket.pause();
    const { tcpDroppedVideo } = plane.socket.counters();
    // 1.2 MB, more than the kernel takes.
    for (let i = 0; i < 20; i++) video(neighbour.session, 50);
    expect(plane.socket.counters().tcpDroppedVideo).toBe(tcpDroppedVideo);
    neighbour.framed.socket.resume();
    await neighbour.framed.until(() => neighbour.framed.received.length === 1000);
  });

  test('loses video first, then sound, control last', async () => {
    const { plane, deaf, fill } = await unread({ queueAge: 600_000, queueBytes: 100_000 });
    await fill();
    const { session } = deaf;
    const counters = () => plane.socket.counters();
    const sound = (count: number, first: number) => {
      plane.clear();
      const packet = (i: number) => rtp({ payload: Buffer.alloc(72), ssrc: 2, sequenceNumber: first + i });
      send(plane, ...Array.from({ length: count }, (_, i) => ({ session, packet: packet(i), audio: true })));
    };
    const before = counters().tcpDroppedVideo;
    sound(200, 1);
    expect(counters()).toMatchObject({ tcpDroppedAudio: 0, tcpDroppedControl: 0 });
    expect(counters().tcpDroppedVideo).toBeGreaterThan(before);
    for (let i = 0; i < 20; i++) sound(100, 1000 + 100 * i);
    expect(counters().tcpDroppedAudio).toBeGreaterThan(0);
    const address = plane.place(deaf.address);
    const bytes = plane.place(stun(5));
    const { tcpDroppedAudio } = counters();
    for (let i = 0; i < 50; i++) plane.socket.sendTo(address, bytes, 20);
    expect(counters().tcpDroppedControl).toBe(0);
    expect(counters().tcpDroppedAudio).toBeGreaterThan(tcpDroppedAudio);
    deaf.framed.socket.resume();
    // Behind the video that had left: control, then sound, then the rest of the video.
    const kinds = () =>
      deaf.framed.received.map((one) => (one[0]! < 4 ? 'stun' : one.length < 200 ? 'sound' : 'video'));
    await deaf.framed.until(() => kinds().lastIndexOf('sound') >= 0 && counters().tcpFramesSent === kinds().length);
    const tail = kinds().slice(kinds().indexOf('stun'));
    expect(tail.slice(0, 50)).toEqual(Array(50).fill('stun'));
    expect(tail.lastIndexOf('stun')).toBe(49);
    expect(tail.slice(50).indexOf('video')).toBe(-1);
  });

  test('receives nothing that waited too long', async () => {
    const { plane, deaf, video } = await unread({ queueAge: 1, queueBytes: 1 << 24 });
    while (plane.socket.counters().tcpDroppedTooOld < 100) {
      video(deaf.session, 50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { tcpDroppedTooOld, tcpDroppedVideo } = plane.socket.counters();
    expect(tcpDroppedVideo).toBe(tcpDroppedTooOld);
  });
});

test('a TCP port that is taken is an error with its code, and a free one is found where any will do', async () => {
  const server = keep(createServer());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const options = { address: '127.0.0.1', onBatch: () => {}, tcp: {} };
  expect(() => openPacketSocket({ ...options, port })).toThrow(
    expect.objectContaining({ code: 'EADDRINUSE', port, message: expect.stringContaining(`TCP port ${port}`) }),
  );
  // UDP alone needs no TCP.
  keep(openPacketSocket({ address: '127.0.0.1', onBatch: () => {}, port }));
  for (let i = 0; i < 20; i++) keep(openPacketSocket({ ...options, port: 0 }));
});

test('frames count against the budgets of datagrams', async () => {
  const plane = listen({}, { incoming: { strangerStun: 20, strangersStun: 1000, stun: 10 } });
  const framed = await client(plane);
  framed.send(...Array.from({ length: 60 }, (_, i) => stun(i)));
  await expect.poll(() => plane.socket.counters().receivedDatagrams, { interval: 1 }).toBe(60);
  expect(plane.received.length + plane.socket.counters().droppedStun).toBe(60);
  expect(plane.socket.counters().droppedStun).toBeGreaterThan(0);
});

test('IPv6 connections are counted by network, and a dual-stack socket takes both', async () => {
  const plane = listen({ strangersOfAddress: 1 }, { address: undefined });
  const v4 = await client(plane);
  v4.send(stun(1));
  await plane.until((received) => received.length === 1);
  expect(plane.received[0]!.address[0]).toBe(4);
  if (plane.socket.address !== '::') return;
  const v6 = await client(plane, { from: '::1' });
  v6.send(stun(2));
  await plane.until((received) => received.length === 2);
  const { address } = plane.received[1]!;
  expect([address[0], address[19], address[35]]).toEqual([6, 1, 1]);
  const second = await client(plane, { from: '::1' });
  await second.until(() => second.ended);
});

test('a socket that closes ends its connections, also from within onBatch', async () => {
  const plane = new Peer({ tcp: {} });
  const framed = await client(plane);
  const other = await client(plane);
  plane.onRecord = () => plane.close();
  framed.send(stun(1), stun(2));
  await Promise.all([framed.until(() => framed.ended), other.until(() => other.ended)]);
});
