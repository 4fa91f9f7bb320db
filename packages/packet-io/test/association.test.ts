import { afterEach, expect, test } from 'vitest';
import { DtlsState, ReceiveKind, type SrtpProfile } from '../src/index.js';
import { rtcp, rtp, send, unpadded } from './packets.js';
import { connect, Peer } from './peer.js';

const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

const profiles: SrtpProfile[] = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'];

test.each(profiles)('DTLS keys SRTP and SRTCP in both directions with %s', async (profile) => {
  const pair = await connect({ server: { srtpProfiles: [profile] } });
  open.push(pair.server, pair.client);
  const ends = [
    { peer: pair.server, session: pair.serverSession },
    { peer: pair.client, session: pair.clientSession },
  ];
  for (const { peer, session } of ends) {
    expect(peer.socket.profile(session)).toBe(profile);
    expect(peer.of(ReceiveKind.Dtls).map((r) => r.state)).toEqual([DtlsState.Connecting, DtlsState.Connected]);
    expect(peer.socket.counters().dtlsHandshakes).toBe(1);
  }
  for (const [from, to] of [ends, ends.toReversed()]) {
    const media = rtp({ payload: Buffer.from('some media') });
    const report = rtcp(0x1234);
    send(from!.peer, { session: from!.session, packet: media }, { session: from!.session, packet: report, rtcp: true });
    await to!.peer.until(() => to!.peer.of(ReceiveKind.Rtp).length + to!.peer.of(ReceiveKind.Rtcp).length === 2);
    expect(to!.peer.of(ReceiveKind.Rtp, to!.session).map((r) => unpadded(r.bytes))).toEqual([media]);
    expect(to!.peer.of(ReceiveKind.Rtcp, to!.session).map((r) => r.bytes)).toEqual([report]);
  }
});

test('STUN passes unchanged to any address, and is received with the address of its sender', async () => {
  const a = new Peer();
  const b = new Peer();
  open.push(a, b);
  const request = Buffer.alloc(28);
  request.writeUInt16BE(1, 0);
  request.writeUInt16BE(8, 2);
  request.writeUInt32BE(0x2112a442, 4);
  a.socket.sendTo(a.addressOf(b.socket.port), a.place(request), request.length);
  await b.until((all) => all.length === 1);
  const [record] = b.received;
  expect(record).toMatchObject({ kind: ReceiveKind.Stun, session: -1, bytes: request });
  expect(record!.address[0]).toBe(4);
  expect(record!.address.readUInt16BE(2)).toBe(a.socket.port);
  expect([...record!.address.subarray(4, 8)]).toEqual([127, 0, 0, 1]);
  expect([...record!.address.subarray(20, 24)]).toEqual([127, 0, 0, 1]);
  expect(record!.age).toBeGreaterThanOrEqual(0);
  // The answer goes to the received record unchanged.
  b.socket.sendTo(b.place(record!.address), b.place(request), request.length);
  await a.until((all) => all.length === 1);
});
