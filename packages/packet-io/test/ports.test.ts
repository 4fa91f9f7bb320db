import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { openPacketSocket, ReceiveKind } from '../src/index.js';
import { failNextSends } from './failing-sends.js';
import { Framed } from './framed.js';
import { rtp, send } from './packets.js';
import { Peer } from './peer.js';
import { Stranger, stun } from './stranger.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function keep<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}

const keys = new Uint8Array(28).map((_, i) => i);

/** A plane with three ports, and a client at each with a session and keys. */
async function three(options: ConstructorParameters<typeof Peer>[0] = {}) {
  const plane = keep(new Peer({ extraPorts: [0, 0], ...options }));
  const ports = [plane.socket.port, ...plane.socket.extraPorts];
  const clients = ports.map((port) => {
    const peer = keep(new Peer());
    const own = peer.sessionTowards(port);
    peer.socket.setKeys(own, 'AEAD_AES_128_GCM', keys, keys);
    return { peer, own };
  });
  const sessions: number[] = [];
  plane.onRecord = (record, offset) => {
    if (record.kind !== ReceiveKind.Stun || record.session >= 0) return;
    const client = clients.findIndex(({ peer }) => peer.socket.port === record.address.readUInt16BE(2));
    sessions[client] = plane.socket.openSession();
    expect(plane.socket.setAddress(sessions[client]!, offset)).toBe(true);
    plane.socket.setKeys(sessions[client]!, 'AEAD_AES_128_GCM', keys, keys);
  };
  clients.forEach(({ peer }, i) => {
    peer.socket.sendTo(peer.addressOf(ports[i]!), peer.place(stun(i)), 20);
  });
  await plane.until((received) => received.length === 3);
  return { plane, ports, clients, sessions };
}

describe('several ports', () => {
  test('receive, and packets leave from the one at which their peer arrived', async () => {
    const { plane, ports, clients, sessions } = await three();
    expect(new Set(ports).size).toBe(3);
    const packets = [1, 2].map((sequenceNumber) => rtp({ payload: Buffer.alloc(500), sequenceNumber }));
    // One flush, interleaved.
    send(plane, ...packets.flatMap((packet) => sessions.map((session) => ({ session, packet }))));
    for (const { peer, own } of clients) {
      // The client knows its own session only from the port to which it sent.
      await peer.until(() => peer.of(ReceiveKind.Rtp, own).length === 2);
    }
    for (const { peer, own } of clients) send(peer, { session: own, packet: packets[0]! });
    await plane.until(() => plane.of(ReceiveKind.Rtp).length === 3);
    expect(
      plane
        .of(ReceiveKind.Rtp)
        .map(({ session }) => session)
        .sort(),
    ).toEqual([...sessions].sort());
  });

  test('answer strangers from the port to which they sent', async () => {
    const plane = keep(new Peer({ extraPorts: [0] }));
    plane.onRecord = (_, offset) => plane.socket.sendTo(offset, plane.place(stun(9)), 20);
    const stranger = keep(await Stranger.open());
    stranger.send(plane.socket.extraPorts[0]!, stun(1));
    await stranger.until((received) => received.length === 1);
    expect(stranger.from).toEqual([plane.socket.extraPorts[0]]);
  });

  test('are other addresses for the same peer', async () => {
    const plane = keep(new Peer({ extraPorts: [0] }));
    const stranger = keep(await Stranger.open());
    stranger.send(plane.socket.port, stun(1));
    await plane.until((received) => received.length === 1);
    const session = plane.socket.openSession();
    plane.socket.setAddress(session, plane.place(plane.received[0]!.address));
    stranger.send(plane.socket.extraPorts[0]!, stun(2));
    await plane.until((received) => received.length === 2);
    expect(plane.received.map((one) => one.session)).toEqual([-1, -1]);
    expect(plane.received[1]!.address.subarray(2)).toEqual(plane.received[0]!.address.subarray(2));
    expect(plane.received.map(({ address }) => address[1])).toEqual([0, 16]);
  });

  test('while the buffer of one is full, packets wait for it and then leave', async () => {
    const { plane, ports, clients, sessions } = await three({ canFail: true, queueAge: 60_000 });
    failNextSends(plane.socket, constants.errno.EAGAIN, 3, 0, ports[1]!);
    const packets = [1, 2].map((sequenceNumber) => rtp({ payload: Buffer.alloc(500), sequenceNumber }));
    send(plane, ...sessions.flatMap((session) => packets.map((packet) => ({ session, packet }))));
    for (const { peer, own } of clients) await peer.until(() => peer.of(ReceiveKind.Rtp, own).length === 2);
    expect(plane.socket.counters()).toMatchObject({ queuedDatagrams: 0, droppedQueueFull: 0 });
  });
});

test('an IPv6 address alone serves UDP and TCP', async () => {
  const plane = keep(new Peer({ address: '::1', tcp: {}, extraPorts: [0] }));
  const { port, extraPorts } = plane.socket;
  plane.onRecord = (_, offset) => plane.socket.sendTo(offset, plane.place(stun(9)), 20);
  const framed = keep(await Framed.open(port, { from: '::1' }));
  framed.send(stun(1));
  await framed.until(() => framed.received.length === 1);
  const udp = keep(new Peer({ address: '::1' }));
  const record = Buffer.alloc(40);
  record[0] = 6;
  record[19] = 1;
  for (const to of [port, ...extraPorts]) {
    record.writeUInt16BE(to, 2);
    udp.socket.sendTo(udp.place(record), udp.place(stun(2)), 20);
  }
  await udp.until((received) => received.length === 2);
  expect(new Set(udp.received.map(({ address }) => address.readUInt16BE(2)))).toEqual(new Set([port, ...extraPorts]));
  await expect(Framed.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a taken extra port is named, and the others are closed', () => {
  const blocker = keep(new Peer());
  const taken = blocker.socket.port;
  const free = new Peer();
  const { port } = free.socket;
  free.close();
  const options = { address: '127.0.0.1', onBatch: () => {} };
  expect(() => openPacketSocket({ ...options, port, extraPorts: [taken] })).toThrow(
    expect.objectContaining({ code: 'EADDRINUSE', port: taken }),
  );
  keep(openPacketSocket({ ...options, port }));
});

test('more than seven extra ports, wrong ones, and addresses of a port that is not there are refused', () => {
  for (const extraPorts of [[1, 2, 3, 4, 5, 6, 7, 8], [-1], [65_536]]) {
    expect(() => new Peer({ extraPorts })).toThrow(RangeError);
  }
  const plane = keep(new Peer({ extraPorts: [0] }));
  const session = plane.socket.openSession();
  const at = plane.addressOf(5000);
  plane.socket.arena[at + 1] = 0x10;
  expect(plane.socket.setAddress(session, at)).toBe(true);
  for (const protocol of [0x20, 0x02, 0x11]) {
    plane.socket.arena[at + 1] = protocol;
    expect(() => plane.socket.setAddress(session, at)).toThrow(RangeError);
  }
});
