import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { DtlsState, ReceiveKind } from '../src/index.js';
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

/** A DTLS 1.2 record. */
function record(type: number, body: Uint8Array, { epoch = 0, version = 0xfefd, length = body.length } = {}): Buffer {
  const header = Buffer.alloc(13);
  header[0] = type;
  header.writeUInt16BE(version, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(77, 5, 6);
  header.writeUInt16BE(length, 11);
  return Buffer.concat([header, body]);
}

/** A handshake message or a fragment of one. */
function message(
  type: number,
  body: Uint8Array,
  { sequence = 0, total = body.length, offset = 0, length = body.length } = {},
): Buffer {
  const header = Buffer.alloc(12);
  header[0] = type;
  header.writeUIntBE(total, 1, 3);
  header.writeUInt16BE(sequence, 4);
  header.writeUIntBE(offset, 6, 3);
  header.writeUIntBE(length, 9, 3);
  return record(22, Buffer.concat([header, body]));
}

/** RFC 5246 section 7.4.1.2: a ClientHello for DTLS 1.2 with these cipher suites. */
function clientHello(suites: number[], extensions = Buffer.alloc(0)): Buffer {
  const list = Buffer.alloc(2 + suites.length * 2);
  list.writeUInt16BE(suites.length * 2, 0);
  for (const [i, suite] of suites.entries()) list.writeUInt16BE(suite, 2 + i * 2);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(extensions.length, 0);
  return Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    Buffer.alloc(32, 5),
    Buffer.alloc(2),
    list,
    Buffer.from([1, 0]),
    length,
    extensions,
  ]);
}

/** Records that end an association in OpenSSL, or might: none of them is authenticated. */
const hostile: [string, Buffer][] = [
  ['application data', record(23, Buffer.from('hello'))],
  ['a fatal alert', record(21, Buffer.from([2, 40]))],
  ['a close_notify', record(21, Buffer.from([1, 0]))],
  ['an alert of the wrong length', record(21, Buffer.from([2]))],
  ['a ChangeCipherSpec', record(20, Buffer.from([1]))],
  ['a wrong ChangeCipherSpec', record(20, Buffer.from([7, 7]))],
  ['a record type that does not exist', record(25, Buffer.from('what'))],
  ['another protocol version', record(22, Buffer.alloc(20), { version: 0x0303 })],
  ['an empty handshake record', record(22, Buffer.alloc(0))],
  ['a cut handshake header', record(22, Buffer.alloc(5, 1))],
  ['a record longer than its datagram', record(22, Buffer.alloc(20, 1), { length: 4000 })],
  ['a message of 16 MiB', message(1, Buffer.alloc(40), { total: 0xffffff })],
  ['a fragment beyond its message', message(1, Buffer.alloc(40), { total: 50, offset: 30 })],
  ['a fragment longer than its record', message(1, Buffer.alloc(40), { total: 9000, length: 8000 })],
  ['a ClientHello of garbage', message(1, Buffer.alloc(64, 0xee))],
  ['an empty ClientHello', message(1, Buffer.alloc(0))],
  ['a ClientHello with CBC suites only', message(1, clientHello([0xc009, 0xc00a, 0xc013, 0x002f]))],
  ['a ClientHello with unknown suites', message(1, clientHello([0x1301, 0xfafa]))],
  ['a ClientHello without extensions', message(1, clientHello([0xc02b]))],
  ['a first fragment of another ClientHello', message(1, Buffer.alloc(40), { total: 1800 })],
  ['a HelloRequest', message(0, Buffer.alloc(0))],
  ['a ServerHello', message(2, Buffer.alloc(70))],
  ['a Finished in the clear', message(20, Buffer.alloc(12))],
  ['a later message in the first one’s place', message(11, Buffer.alloc(30))],
  ['a message far ahead', message(11, Buffer.alloc(30), { sequence: 9 })],
  ['a record of a later epoch', record(22, Buffer.alloc(40), { epoch: 2 })],
  ['an alert that pretends to be encrypted', record(21, Buffer.alloc(26), { epoch: 1 })],
  ['application data that pretend to be encrypted', record(23, Buffer.alloc(60, 9), { epoch: 1 })],
  ['an empty encrypted record', record(21, Buffer.alloc(0), { epoch: 1 })],
];

/**
 * A client whose datagrams reach the server through a stranger, which may send some of its own from
 * the same address: `inject` is called before each datagram of the client, by its number, and once
 * more after the handshake.
 */
async function handshake(inject: (step: number | 'before startDtls' | 'after', send: (bytes: Buffer) => void) => void) {
  const server = keep(new Peer());
  const client = keep(new Peer());
  const facingClient = keep(await Stranger.open());
  const facingServer = keep(await Stranger.open());
  const serverSession = server.sessionTowards(facingServer.port);
  const clientSession = client.sessionTowards(facingClient.port);
  let sent = 0;
  const sendHostile = (bytes: Buffer) => facingServer.send(server.socket.port, bytes);
  /** Waits until all datagrams sent to the server are handled. */
  const settled = async () => {
    facingServer.send(server.socket.port, stun(++sent));
    await server.until(() => server.of(ReceiveKind.Stun).length === sent);
  };
  inject('before startDtls', sendHostile);
  await settled();
  server.socket.startDtls(serverSession, 'server', client.socket.fingerprint);
  const relay = async (from: Stranger, onward: (bytes: Buffer, count: number) => void) => {
    for (let count = 0; ; count++) {
      await from.until((all) => all.length > count);
      onward(from.received[count]!, count);
    }
  };
  void relay(facingClient, (bytes, count) => {
    inject(count, sendHostile);
    facingServer.send(server.socket.port, bytes);
  });
  void relay(facingServer, (bytes) => facingClient.send(client.socket.port, bytes));
  client.socket.startDtls(clientSession, 'client', server.socket.fingerprint);
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  inject('after', sendHostile);
  await settled();
  send(client, { session: clientSession, packet: rtp({ payload: Buffer.from('media') }) });
  await server.until(() => server.of(ReceiveKind.Rtp, serverSession).length === 1);
  return {
    states: server.of(ReceiveKind.Dtls, serverSession).map((r) => r.state),
    dropped: server.socket.counters().droppedDtls,
  };
}

const untroubled = [DtlsState.Connecting, DtlsState.Connected];

describe.each(hostile)('%s', (_name, bytes) => {
  test('before the handshake does not end it', async () => {
    const { states } = await handshake((step, inject) => {
      if (step === 'before startDtls' || step === 0) inject(bytes);
    });
    expect(states).toEqual(untroubled);
  });

  test('after the handshake does not end the association', async () => {
    const { states } = await handshake((step, inject) => {
      if (step === 'after') for (let i = 0; i < 5; i++) inject(bytes);
    });
    expect(states).toEqual(untroubled);
  });
});

test('all of it between the flights of a handshake is discarded', async () => {
  const { states, dropped } = await handshake((step, inject) => {
    if (typeof step === 'number' && step > 0) for (const [, bytes] of hostile) inject(bytes);
  });
  expect(states).toEqual(untroubled);
  expect(dropped).toBeGreaterThan(20);
});

test('an unacceptable ClientHello gets no alert, which the victim of a forger would take for ours', async () => {
  const server = keep(new Peer());
  const stranger = keep(await Stranger.open());
  const session = server.sessionTowards(stranger.port);
  server.socket.startDtls(session, 'server', { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') });
  stranger.send(server.socket.port, message(1, clientHello([0xc009])), stun(1));
  await server.until(() => server.of(ReceiveKind.Stun).length === 1);
  expect(server.socket.counters().sentDatagrams).toBe(0);
});

test.each(['chromium', 'firefox'])('the ClientHello of %s is answered with an AEAD cipher suite', async (browser) => {
  const server = keep(new Peer());
  const stranger = keep(await Stranger.open());
  const session = server.sessionTowards(stranger.port);
  server.socket.startDtls(session, 'server', { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') });
  for (const part of [1, 2]) {
    const path = new URL(`captures/dtls-${browser}-datagram-${part}.bin`, import.meta.url);
    stranger.send(server.socket.port, readFileSync(path));
  }
  await stranger.until((all) => all.length > 0);
  // ServerHello: record and message headers, version, random, session id, then the suite.
  const hello = stranger.received[0]!;
  expect(hello[13]).toBe(2);
  const suite = hello.readUInt16BE(25 + 2 + 32 + 1 + hello[25 + 34]!);
  expect([0xc02b, 0xc02c, 0xcca9]).toContain(suite);
});

test('of the profiles that Chromium offers, with CM80 first, AES-GCM is chosen', async () => {
  const server = keep(new Peer());
  const client = keep(new Peer({ srtpProfiles: ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_256_GCM', 'AEAD_AES_128_GCM'] }));
  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  server.socket.startDtls(serverSession, 'server', client.socket.fingerprint);
  client.socket.startDtls(clientSession, 'client', server.socket.fingerprint);
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  expect(server.socket.profile(serverSession)).toBe('AEAD_AES_128_GCM');
});
