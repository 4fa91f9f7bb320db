import { afterEach, describe, expect, test } from 'vitest';
import { ADDRESS_BYTES, ReceiveFlag, ReceiveKind } from '../src/index.js';
import { rtp, send } from './packets.js';
import { connect, Peer } from './peer.js';
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
const media = (sequenceNumber: number) => rtp({ payload: Buffer.from('media'), sequenceNumber });

test('the requested number of sessions can open, and closing one makes room', () => {
  const peer = keep(new Peer({ maxSessions: 3 }));
  const sessions = [peer.socket.openSession(), peer.socket.openSession(), peer.socket.openSession()];
  expect(new Set(sessions).size).toBe(3);
  expect(() => peer.socket.openSession()).toThrow(RangeError);
  peer.socket.closeSession(sessions[1]!);
  expect(peer.socket.counters().sessions).toBe(2);
  expect(peer.socket.openSession()).toBe(sessions[1]);
});

test('a closed session is invalid', () => {
  const peer = keep(new Peer());
  const session = peer.sessionTowards(9);
  peer.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
  peer.socket.closeSession(session);
  for (const call of [
    () => peer.socket.closeSession(session),
    () => peer.socket.setAddress(session, peer.addressOf(9)),
    () => peer.socket.addAddress(session, peer.addressOf(9)),
    () => peer.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys),
    () => peer.socket.profile(session),
    () => peer.socket.startDtls(session, 'server', peer.socket.fingerprint),
  ]) {
    expect(call).toThrow(expect.objectContaining({ name: 'RangeError', code: 'ERR_SESSION' }));
  }
});

test('a session that takes a closed one’s index has neither its keys nor its address', async () => {
  const peer = keep(new Peer({ maxSessions: 1 }));
  const stranger = keep(await Stranger.open());
  const before = peer.sessionTowards(stranger.port);
  peer.socket.setKeys(before, 'AEAD_AES_128_GCM', keys, keys);
  peer.socket.closeSession(before);
  const after = peer.socket.openSession();
  expect(after).toBe(before);
  expect(peer.socket.profile(after)).toBeUndefined();
  send(peer, { session: after, packet: media(1) });
  expect(peer.socket.counters()).toMatchObject({ droppedNoSession: 1, sentDatagrams: 0 });
  stranger.send(peer.socket.port, stun(1));
  await peer.until((all) => all.length === 1);
  expect(peer.received[0]).toMatchObject({ kind: ReceiveKind.Stun, session: -1 });
});

test('a session moves to a new address of its peer, and receives from the old one only on request', async () => {
  const { server, client, serverSession, clientSession } = await connect();
  keep(server);
  keep(client);
  const first = keep(await Stranger.open());
  const second = keep(await Stranger.open());
  const relayed = async (via: Stranger, count: number) => {
    await via.until((all) => all.length === count);
    via.send(server.socket.port, via.received.at(-1)!);
  };
  const heard = () => server.of(ReceiveKind.Rtp, serverSession).map((r) => r.bytes.readUInt16BE(2));
  const arrives = (count: number) => server.until(() => heard().length === count);

  server.socket.setAddress(serverSession, server.addressOf(first.port));
  client.socket.setAddress(clientSession, client.addressOf(first.port));
  send(client, { session: clientSession, packet: media(1) });
  await relayed(first, 1);
  await arrives(1);

  // Moved, with the old one added.
  server.socket.addAddress(serverSession, server.addressOf(first.port));
  server.socket.setAddress(serverSession, server.addressOf(second.port));
  send(client, { session: clientSession, packet: media(2) });
  await relayed(first, 2);
  await arrives(2);
  send(server, { session: serverSession, packet: media(1) });
  await second.until((all) => all.length === 1);

  // Moved back and to the new one again, without the old one.
  client.socket.setAddress(clientSession, client.addressOf(second.port));
  const third = keep(await Stranger.open());
  server.socket.setAddress(serverSession, server.addressOf(third.port));
  send(client, { session: clientSession, packet: media(3) });
  await relayed(second, 2);
  second.send(server.socket.port, stun(1));
  await server.until((all) => all.some((r) => r.kind === ReceiveKind.Stun));
  expect(heard()).toEqual([1, 2]);
  expect(server.socket.counters().droppedUnknownAddress).toBe(1);
});

describe('an address', () => {
  /** A session whose peer is at a stranger's address, and another one that requests it. */
  async function contested() {
    const peer = keep(new Peer());
    const stranger = keep(await Stranger.open());
    const owner = peer.sessionTowards(stranger.port);
    const other = peer.socket.openSession();
    const address = peer.addressOf(stranger.port);
    let checks = 0;
    /** The session of a datagram from the address. */
    const holder = async () => {
      stranger.send(peer.socket.port, stun(++checks));
      await peer.until(() => peer.of(ReceiveKind.Stun).length === checks);
      return peer.of(ReceiveKind.Stun).at(-1)!.session;
    };
    return { peer, stranger, owner, other, address, holder };
  }

  test('that no peer has proven passes to the session that asked last, and back', async () => {
    const { peer, owner, other, address, holder } = await contested();
    expect(peer.socket.addAddress(other, address)).toBe(false);
    expect(await holder()).toBe(owner);
    expect(peer.socket.setAddress(other, address)).toBe(true);
    expect(await holder()).toBe(other);
    expect(peer.socket.setAddress(owner, address)).toBe(true);
    expect(await holder()).toBe(owner);
    // Closing the session that lost it does not free it.
    peer.socket.closeSession(other);
    expect(await holder()).toBe(owner);
    expect(peer.socket.counters().refusedAddresses).toBe(1);
  });

  test('that is merely added passes to the session whose peer is checked there', async () => {
    const { peer, stranger, owner, other, address, holder } = await contested();
    peer.socket.closeSession(owner);
    expect(peer.socket.addAddress(other, address)).toBe(true);
    const newcomer = peer.sessionTowards(stranger.port);
    expect(await holder()).toBe(newcomer);
    expect(peer.socket.addAddress(other, address)).toBe(false);
    expect(await holder()).toBe(newcomer);
  });

  test('at which a handshake ended stays with its session, and media continue', async () => {
    const { server, client, serverSession, clientSession } = await connect();
    keep(server);
    keep(client);
    const mallory = server.socket.openSession();
    const address = server.addressOf(client.socket.port);
    for (const take of ['setAddress', 'addAddress'] as const) expect(server.socket[take](mallory, address)).toBe(false);
    expect(server.socket.counters().refusedAddresses).toBe(2);
    send(client, { session: clientSession, packet: media(1) });
    await server.until(() => server.of(ReceiveKind.Rtp, serverSession).length === 1);
    // The owner's own check, also after an ICE restart, finds it bound.
    expect(server.socket.setAddress(serverSession, address)).toBe(true);
    send(server, { session: serverSession, packet: media(1) });
    await client.until(() => client.of(ReceiveKind.Rtp, clientSession).length === 1);
    // A session that ends frees it.
    server.socket.closeSession(serverSession);
    expect(server.socket.setAddress(mallory, address)).toBe(true);
  });

  test('that sent authentic SRTP stays with its session', async () => {
    const a = keep(new Peer());
    const b = keep(new Peer());
    const session = a.sessionTowards(b.socket.port);
    const sender = b.sessionTowards(a.socket.port);
    a.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
    b.socket.setKeys(sender, 'AEAD_AES_128_GCM', keys, keys);
    const other = a.socket.openSession();
    send(b, { session: sender, packet: media(1) });
    await a.until(() => a.of(ReceiveKind.Rtp).length === 1);
    expect(a.socket.setAddress(other, a.addressOf(b.socket.port))).toBe(false);
  });
});

test('media from another address of the session are marked, overtaken packets are not', async () => {
  const { server, client, serverSession, clientSession } = await connect();
  keep(server);
  keep(client);
  const relay = keep(await Stranger.open());
  server.socket.addAddress(serverSession, server.addressOf(relay.port));
  const arrived = (count: number) => server.until(() => server.of(ReceiveKind.Rtp).length === count);
  send(client, { session: clientSession, packet: media(1) });
  await arrived(1);
  client.socket.setAddress(clientSession, client.addressOf(relay.port));
  send(client, { session: clientSession, packet: media(3) }, { session: clientSession, packet: media(2) });
  await relay.until((all) => all.length === 2);
  relay.send(server.socket.port, ...relay.received);
  await arrived(3);
  expect(server.of(ReceiveKind.Rtp).map((r) => [r.bytes.readUInt16BE(2), r.flags])).toEqual([
    [1, 0],
    [3, ReceiveFlag.Elsewhere],
    [2, 0],
  ]);
});

test('a session receives from a bounded number of addresses, the latest', async () => {
  const peer = keep(new Peer());
  const current = keep(await Stranger.open());
  const others = await Promise.all(Array.from({ length: 34 }, async () => keep(await Stranger.open())));
  const session = peer.sessionTowards(current.port);
  for (const other of others) peer.socket.addAddress(session, peer.addressOf(other.port));
  for (const [index, stranger] of [current, ...others].entries()) {
    stranger.send(peer.socket.port, stun(index));
    await peer.until((all) => all.length === index + 1);
  }
  expect(peer.received.map((r) => r.session)).toEqual([session, -1, -1, ...Array(32).fill(session)]);
});

test('a record without a local address stands for every local address', async () => {
  const peer = keep(new Peer({ address: '0.0.0.0' }));
  const stranger = keep(await Stranger.open());
  const session = peer.socket.openSession();
  peer.socket.setAddress(session, peer.addressOf(stranger.port, '0.0.0.0'));
  stranger.send(peer.socket.port, stun(1));
  await peer.until((all) => all.length === 1);
  expect(peer.received[0]!.session).toBe(session);
});

test.each([
  ['a socket of IPv4', '0.0.0.0'],
  ['a socket of both families', '::'],
])('what is sent leaves from the local address of the record: %s', async (_, address) => {
  const peer = keep(new Peer({ address }));
  const receiver = keep(new Peer({ address: '0.0.0.0' }));
  const bytes = stun(1);
  const at = peer.place(bytes);
  for (const local of ['127.0.0.7', '127.0.0.8']) {
    peer.socket.sendTo(peer.addressOf(receiver.socket.port, local), at, bytes.length);
  }
  await receiver.until((all) => all.length === 2);
  expect(receiver.received.map((r) => r.address.subarray(4, 8).join('.'))).toEqual(['127.0.0.7', '127.0.0.8']);
  expect(peer.socket.counters().sendErrors).toBe(0);
});

test('media for a session without keys are dropped and counted', async () => {
  const peer = keep(new Peer());
  const stranger = keep(await Stranger.open());
  peer.sessionTowards(stranger.port);
  stranger.send(peer.socket.port, media(1), stun(1));
  await peer.until((all) => all.length === 1);
  expect(peer.socket.counters()).toMatchObject({ droppedAuthentication: 1, receivedDatagrams: 2 });
});

test('datagrams that are not STUN, DTLS, RTP or RTCP are dropped and counted', async () => {
  const peer = keep(new Peer());
  const stranger = keep(await Stranger.open());
  const session = peer.sessionTowards(stranger.port);
  peer.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
  const odd = [[0], [0, 1, 2], [22, 254, 253], [64, 1, 2, 3], [0x80], [0x80, 96, 0, 0], [0x80, 200, 0, 0], [200, 1, 1]];
  stranger.send(peer.socket.port, ...odd.map((bytes) => Buffer.from(bytes)), stun(1));
  await peer.until((all) => all.length === 1);
  expect(peer.socket.counters().droppedUnclassified).toBe(odd.length);
});

test('records and addresses outside the arena are refused', () => {
  const peer = keep(new Peer());
  const { socket } = peer;
  const session = socket.openSession();
  const wrong = peer.place(Buffer.alloc(ADDRESS_BYTES, 7));
  for (const offset of [-1, socket.arena.length, socket.arena.length - 39, wrong]) {
    expect(() => socket.setAddress(session, offset)).toThrow(RangeError);
    expect(() => socket.sendTo(offset, 0, 20)).toThrow(RangeError);
  }
  const address = peer.addressOf(9);
  for (const [offset, length] of [
    [-1, 20],
    [0, 0],
    [0, 70_000],
    [socket.arena.length - 10, 20],
  ] as const) {
    expect(() => socket.sendTo(address, offset, length)).toThrow(RangeError);
  }
});
