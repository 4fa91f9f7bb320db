import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { DtlsState, ReceiveKind } from '../src/index.js';
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

const anyFingerprint = { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') };
const states = (peer: Peer, session: number) => peer.of(ReceiveKind.Dtls, session).map((r) => r.state);

describe.each(['chromium', 'firefox'])('the ClientHello of %s', (browser) => {
  const first = capture(browser, 1);
  const second = capture(browser, 2);

  test.each([
    ['in order', [first, second]],
    ['reversed', [second, first]],
    ['each twice', [first, first, second, second]],
    ['with the whole repeated', [first, second, first, second]],
  ])('%s, is answered with a flight of datagrams as large as the MTU', async (_name, datagrams) => {
    const server = keep(new Peer({ dtlsMtu: 1200 }));
    const browserSocket = keep(await Stranger.open());
    const session = server.sessionTowards(browserSocket.port);
    server.socket.startDtls(session, 'server', anyFingerprint);
    browserSocket.send(server.socket.port, ...datagrams);
    await browserSocket.until((all) => handshakeTypes(all).includes(14));
    // ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone: about 700 bytes, one datagram.
    expect(handshakeTypes(browserSocket.received)).toEqual([2, 11, 12, 13, 14]);
    expect(browserSocket.received.map((d) => d.length <= 1200)).not.toContain(false);
    expect(browserSocket.received.length).toBe(1);
    expect(states(server, session)).toEqual([DtlsState.Connecting]);
  });

  test('is answered within a small MTU as well', async () => {
    const server = keep(new Peer({ dtlsMtu: 400 }));
    const browserSocket = keep(await Stranger.open());
    const session = server.sessionTowards(browserSocket.port);
    server.socket.startDtls(session, 'server', anyFingerprint);
    browserSocket.send(server.socket.port, first, second);
    await browserSocket.until((all) => handshakeTypes(all).includes(14));
    expect(Math.max(...browserSocket.received.map((d) => d.length))).toBeLessThanOrEqual(400);
  });

  test('waits for startDtls when it arrives before, but only a few datagrams of it', async () => {
    const server = keep(new Peer());
    const browserSocket = keep(await Stranger.open());
    const session = server.sessionTowards(browserSocket.port);
    browserSocket.send(server.socket.port, first, second, stun(1));
    await server.until((all) => all.some((r) => r.kind === ReceiveKind.Stun));
    server.socket.startDtls(session, 'server', anyFingerprint);
    await browserSocket.until((all) => handshakeTypes(all).includes(14));
  });

  test('is dropped when its address belongs to no session', async () => {
    const server = keep(new Peer());
    const browserSocket = keep(await Stranger.open());
    const session = server.socket.openSession();
    server.socket.startDtls(session, 'server', anyFingerprint);
    browserSocket.send(server.socket.port, first, second, stun(1));
    await server.until((all) => all.length === 1);
    expect(server.socket.counters()).toMatchObject({ droppedUnknownAddress: 2, sentDatagrams: 0 });
  });

  test('is handled when it follows the first STUN check within the same batch', async () => {
    const server = keep(new Peer());
    const browserSocket = keep(await Stranger.open());
    const session = server.socket.openSession();
    server.socket.startDtls(session, 'server', anyFingerprint);
    server.onRecord = (record, address) => {
      if (record.kind === ReceiveKind.Stun) server.socket.setAddress(session, address);
    };
    browserSocket.send(server.socket.port, stun(1), first, second);
    await browserSocket.until((all) => handshakeTypes(all).includes(14));
    expect(server.socket.counters().droppedUnknownAddress).toBe(0);
  });
});

test('a handshake fails when the client has another certificate than the signalled one', async () => {
  const server = keep(new Peer());
  const client = keep(new Peer());
  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  server.socket.startDtls(serverSession, 'server', anyFingerprint);
  client.socket.startDtls(clientSession, 'client', server.socket.fingerprint);
  await server.connected(serverSession);
  expect(states(server, serverSession)).toEqual([DtlsState.Connecting, DtlsState.Failed]);
  expect(server.socket.counters()).toMatchObject({ dtlsHandshakes: 0, dtlsFailures: 1 });
  expect(server.socket.profile(serverSession)).toBeUndefined();
  // The alert is plaintext, which any sender could forge: the client waits for its own deadline.
  await expect.poll(() => client.socket.counters().droppedDtls).toBeGreaterThan(0);
  expect(states(client, clientSession)).toEqual([DtlsState.Connecting]);
});

test('a handshake fails when the server has another certificate than the signalled one', async () => {
  const server = keep(new Peer());
  const client = keep(new Peer());
  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  server.socket.startDtls(serverSession, 'server', client.socket.fingerprint);
  client.socket.startDtls(clientSession, 'client', anyFingerprint);
  await client.connected(clientSession);
  expect(states(client, clientSession)).toEqual([DtlsState.Connecting, DtlsState.Failed]);
  await expect.poll(() => server.socket.counters().droppedDtls).toBeGreaterThan(0);
  expect(states(server, serverSession)).toEqual([DtlsState.Connecting]);
  expect(server.socket.profile(serverSession)).toBeUndefined();
});

test.each([
  ['sha-1', Array(20).fill('AB').join(':')],
  ['md5', Array(16).fill('AB').join(':')],
  ['sha-256', Array(31).fill('AB').join(':')],
  ['sha-256', Array(32).fill('AG').join(':')],
  ['sha-256', Array(32).fill('AB').join('-')],
  ['', ''],
])('a fingerprint of %s %s is refused', (algorithm, value) => {
  const peer = keep(new Peer());
  const session = peer.socket.openSession();
  expect(() => peer.socket.startDtls(session, 'server', { algorithm, value })).toThrow(
    expect.objectContaining({ name: 'RangeError', code: 'ERR_FINGERPRINT' }),
  );
});

test('fingerprints may be written in any case', async () => {
  const server = keep(new Peer());
  const client = keep(new Peer());
  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  const lower = { algorithm: 'SHA-256', value: client.socket.fingerprint.value.toLowerCase() };
  server.socket.startDtls(serverSession, 'server', lower);
  client.socket.startDtls(clientSession, 'client', server.socket.fingerprint);
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  expect(server.socket.profile(serverSession)).toBeDefined();
});

test.each(['sha-256', 'sha-384', 'sha-512'])('a certificate is identified by its %s', async (algorithm) => {
  const server = keep(new Peer());
  const client = keep(new Peer());
  // A first ClientHello makes the server send its certificate in plaintext.
  const browserSocket = keep(await Stranger.open());
  const session = server.sessionTowards(browserSocket.port);
  server.socket.startDtls(session, 'server', anyFingerprint);
  browserSocket.send(server.socket.port, ...[1, 2].map((part) => capture('chromium', part)));
  await browserSocket.until((all) => handshakeTypes(all).includes(14));
  const digest = createHash(algorithm.replace('-', '')).update(certificateIn(browserSocket.received[0]!)).digest('hex');
  const value = digest.toUpperCase().match(/../g)!.join(':');
  if (algorithm === 'sha-256') expect(server.socket.fingerprint).toEqual({ algorithm, value });

  const serverSession = server.sessionTowards(client.socket.port);
  const clientSession = client.sessionTowards(server.socket.port);
  server.socket.startDtls(serverSession, 'server', client.socket.fingerprint);
  client.socket.startDtls(clientSession, 'client', { algorithm, value });
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  expect(client.socket.profile(clientSession)).toBe('AEAD_AES_128_GCM');
});

test('the server chooses the SRTP profile by its own preference', async () => {
  const pair = await connect({
    server: { srtpProfiles: ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_256_GCM'] },
    client: { srtpProfiles: ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'] },
  });
  keep(pair.server);
  keep(pair.client);
  expect(pair.server.socket.profile(pair.serverSession)).toBe('AES128_CM_HMAC_SHA1_80');
});

test('a handshake without a common SRTP profile fails', async () => {
  const pair = await connect({
    server: { srtpProfiles: ['AES128_CM_HMAC_SHA1_80'] },
    client: { srtpProfiles: ['AEAD_AES_128_GCM'] },
  });
  keep(pair.server);
  keep(pair.client);
  expect(states(pair.server, pair.serverSession).at(-1)).toBe(DtlsState.Failed);
});

test.each([
  ['the first of each side', [0], [0]],
  ['the client’s second flight', [1], []],
  ['the server’s last flight', [], [1]],
  ['half of it', [0, 1, 3], [0, 2, 3]],
])('flights that are lost are sent again: %s', async (_name, lostOfClient, lostOfServer) => {
  const server = keep(new Peer());
  const client = keep(new Peer());
  const facingClient = keep(await Stranger.open());
  const facingServer = keep(await Stranger.open());
  const serverSession = server.sessionTowards(facingServer.port);
  const clientSession = client.sessionTowards(facingClient.port);
  const relay = async (from: Stranger, to: Stranger, port: number, lost: number[]) => {
    for (let count = 0; ; count++) {
      await from.until((all) => all.length > count);
      if (!lost.includes(count)) to.send(port, from.received[count]!);
    }
  };
  void relay(facingClient, facingServer, server.socket.port, lostOfClient);
  void relay(facingServer, facingClient, client.socket.port, lostOfServer);
  server.socket.startDtls(serverSession, 'server', client.socket.fingerprint);
  client.socket.startDtls(clientSession, 'client', server.socket.fingerprint);
  await Promise.all([server.connected(serverSession), client.connected(clientSession)]);
  expect(states(server, serverSession)).toEqual([DtlsState.Connecting, DtlsState.Connected]);
  expect(states(client, clientSession)).toEqual([DtlsState.Connecting, DtlsState.Connected]);
});

test('starting DTLS again replaces the association, and its keys once it is up', async () => {
  const { server, client, serverSession, clientSession } = await connect();
  keep(server);
  keep(client);
  server.socket.startDtls(serverSession, 'client', client.socket.fingerprint);
  client.socket.startDtls(clientSession, 'server', server.socket.fingerprint);
  const again = [DtlsState.Connecting, DtlsState.Connected, DtlsState.Connecting, DtlsState.Connected];
  await server.until(() => states(server, serverSession).length === 4);
  await client.until(() => states(client, clientSession).length === 4);
  expect(states(server, serverSession)).toEqual(again);
  send(server, { session: serverSession, packet: rtp({ payload: Buffer.from('again') }) });
  await client.until((all) => all.some((r) => r.kind === ReceiveKind.Rtp));
});

test('closing a session notifies the peer', async () => {
  const pair = await connect();
  const server = keep(pair.server);
  keep(pair.client).socket.closeSession(pair.clientSession);
  await server.until(() => states(server, pair.serverSession).at(-1) === DtlsState.Closed);
});

function capture(browser: string, datagram: number): Buffer {
  return readFileSync(new URL(`captures/dtls-${browser}-datagram-${datagram}.bin`, import.meta.url));
}

/** The first certificate of a flight, DER. Its message lies whole in one record. */
function certificateIn(flight: Buffer): Buffer {
  for (let at = 0; at + 13 <= flight.length; at += 13 + flight.readUInt16BE(at + 11)) {
    if (flight[at + 13] !== 11) continue;
    // Record header, handshake header, length of the list, length of the certificate.
    const begin = at + 13 + 12 + 3 + 3;
    return flight.subarray(begin, begin + flight.readUIntBE(begin - 3, 3));
  }
  throw new Error('no certificate in this flight');
}

/**
 * Types of the DTLS handshake messages that begin in these datagrams, in order, without the
 * encrypted ones.
 */
function handshakeTypes(datagrams: Buffer[]): number[] {
  const types: number[] = [];
  for (const datagram of datagrams) {
    for (let at = 0; at + 13 <= datagram.length; at += 13 + datagram.readUInt16BE(at + 11)) {
      const isClear = datagram.readUInt16BE(at + 3) === 0;
      if (datagram[at] !== 22 || !isClear) continue;
      const fragmentOffset = datagram.readUIntBE(at + 13 + 6, 3);
      if (fragmentOffset === 0) types.push(datagram[at + 13]!);
    }
  }
  return types;
}
