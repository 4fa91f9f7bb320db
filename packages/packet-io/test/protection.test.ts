import { afterEach, describe, expect, test } from 'vitest';
import { ReceiveKind, type SrtpProfile } from '../src/index.js';
import { type Descriptor, rtcp, rtp, send } from './packets.js';
import { Peer } from './peer.js';
import { Stranger, stun } from './stranger.js';

const profiles: SrtpProfile[] = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'];
const keyLength = { AEAD_AES_128_GCM: 28, AEAD_AES_256_GCM: 44, AES128_CM_HMAC_SHA1_80: 30 };

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/**
 * A sender whose packets arrive at a stranger, which can pass them to the receiver repeatedly and
 * altered.
 */
async function wiretap(profile: SrtpProfile) {
  const sender = new Peer();
  const receiver = new Peer();
  const tap = await Stranger.open();
  open.push(sender, receiver, tap);
  const keys = new Uint8Array(keyLength[profile]).map((_, i) => i);
  const from = sender.sessionTowards(tap.port);
  sender.socket.setKeys(from, profile, keys, keys);
  const to = receiver.sessionTowards(tap.port);
  receiver.socket.setKeys(to, profile, keys, keys);
  let transactions = 0;
  return {
    sender,
    receiver,
    session: from,
    /** Protects packets and returns them as sent on the wire. */
    async protect(...packets: Omit<Descriptor, 'session'>[]): Promise<Buffer[]> {
      const before = tap.received.length;
      // One flush each, so that no packet is padded to a run.
      for (const packet of packets) {
        send(sender, { session: from, ...packet });
        sender.clear();
      }
      await tap.until((all) => all.length === before + packets.length);
      return tap.received.slice(before);
    },
    /** Passes datagrams to the receiver and waits until it has handled all of them. */
    async deliver(...datagrams: Uint8Array[]): Promise<void> {
      tap.send(receiver.socket.port, ...datagrams, stun(++transactions));
      await receiver.until((all) => all.filter((r) => r.kind === ReceiveKind.Stun).length === transactions);
    },
    media: () => receiver.of(ReceiveKind.Rtp).map((r) => r.bytes.readUInt16BE(2)),
  };
}

const packet = (sequenceNumber: number) => ({ packet: rtp({ payload: Buffer.from('media'), sequenceNumber }) });

describe.each(profiles)('%s', (profile) => {
  test('a replayed packet is dropped and counted, a late one is accepted', async () => {
    const { protect, deliver, media, receiver } = await wiretap(profile);
    const [a, b, c] = await protect(packet(10), packet(11), packet(12));
    await deliver(a!, c!, a!, b!, b!, c!);
    expect(media()).toEqual([10, 12, 11]);
    expect(receiver.socket.counters()).toMatchObject({ droppedReplay: 3, droppedAuthentication: 0 });
  });

  test('a packet older than the window is dropped as a replay', async () => {
    const { protect, deliver, media, receiver } = await wiretap(profile);
    const wire = await protect(packet(1), packet(2), packet(1025), packet(1026));
    await deliver(wire[3]!, wire[1]!, wire[0]!, wire[2]!);
    // 1,024 are remembered: 1026 down to 3.
    expect(media()).toEqual([1026, 1025]);
    expect(receiver.socket.counters().droppedReplay).toBe(2);
  });

  test('a tampered packet is dropped and counted, and does not affect the genuine one', async () => {
    const { protect, deliver, media, receiver } = await wiretap(profile);
    const [genuine] = await protect(packet(10));
    const header = Buffer.from(genuine!);
    header[5]! ^= 1;
    const payload = Buffer.from(genuine!);
    payload[14]! ^= 1;
    const tag = Buffer.from(genuine!);
    tag[tag.length - 1]! ^= 1;
    await deliver(header, payload, tag, genuine!.subarray(0, 20), genuine!);
    expect(media()).toEqual([10]);
    expect(receiver.socket.counters().droppedAuthentication + receiver.socket.counters().droppedUnclassified).toBe(4);
    expect(receiver.socket.counters().droppedReplay).toBe(0);
  });

  test('both sides track the rollover counter, with packets out of order around the wrap', async () => {
    const { protect, deliver, media, receiver } = await wiretap(profile);
    const numbers = [65_533, 65_534, 65_535, 0, 1, 2];
    const wire = await protect(...numbers.map(packet));
    await deliver(wire[0]!, wire[3]!, wire[2]!, wire[4]!, wire[1]!, wire[5]!);
    expect(media()).toEqual([65_533, 0, 65_535, 1, 65_534, 2]);
    // A full cycle later the same sequence numbers are new packets.
    for (const sequenceNumber of [20_000, 40_000, 60_000, 65_535, 0, 1]) {
      const [one] = await protect(packet(sequenceNumber));
      await deliver(one!);
      expect(media().at(-1)).toBe(sequenceNumber);
    }
    expect(receiver.socket.counters()).toMatchObject({ droppedReplay: 0, droppedAuthentication: 0 });
  });

  test('the sender finds the rollover of a packet that leaves out of order', async () => {
    const { protect, deliver, media } = await wiretap(profile);
    const wire = await protect(packet(65_534), packet(0), packet(65_535), packet(1));
    await deliver(...wire);
    expect(media()).toEqual([65_534, 0, 65_535, 1]);
  });

  test('a repeatable packet leaves again as the same bytes, with any packets in between', async () => {
    const { protect, deliver, media, sender } = await wiretap(profile);
    // Over a wrap of the sequence numbers.
    const sounds = Array.from({ length: 101 }, (_, i) => ({
      packet: rtp({ payload: Buffer.from(`sound ${i}`), sequenceNumber: (65_530 + i) & 0xffff, transportWide: 3 }),
      transportWide: i,
      repeatable: true,
    }));
    const first = await protect(...sounds);
    const again = await protect(sounds[0]!, sounds[5]!, sounds[100]!, sounds[5]!);
    expect(again).toEqual([first[0], first[5], first[100], first[5]]);
    await deliver(first[1]!, again[1]!, again[0]!);
    expect(media()).toEqual([65_531, 65_535, 65_530]);
    expect(sender.socket.counters().sendErrors).toBe(0);
  });

  test('no other packet leaves under a used number: a nonce protects one message', async () => {
    const { protect, sender, session } = await wiretap(profile);
    const sound = rtp({ payload: Buffer.from('sound'), sequenceNumber: 7, transportWide: 3 });
    const genuine = { packet: sound, transportWide: 1, repeatable: true };
    const [wire] = await protect(genuine);
    await protect({ ...packet(8), repeatable: false });
    const forgeries = [
      { ...genuine, transportWide: 2 },
      { ...genuine, timestamp: 5 },
      { ...genuine, payloadType: 5 },
      { ...genuine, repeatable: false },
      { ...genuine, packet: rtp({ payload: Buffer.from('Sound'), sequenceNumber: 7, transportWide: 3 }) },
      { ...genuine, packet: rtp({ payload: Buffer.from('sounds'), sequenceNumber: 7, transportWide: 3 }) },
      // Not kept, because it was not repeatable.
      { ...packet(8), repeatable: true },
    ];
    for (const forgery of forgeries) send(sender, { session, ...forgery });
    // The next one on the wire is the genuine one again.
    expect(await protect(genuine)).toEqual([wire]);
    expect(sender.socket.counters()).toMatchObject({ sendErrors: forgeries.length, sentDatagrams: 3 });
  });

  test('a repeatable packet whose tag is no longer kept does not leave again', async () => {
    const { protect, sender, session } = await wiretap(profile);
    const sounds = Array.from({ length: 129 }, (_, i) => ({ ...packet(i + 1), repeatable: true }));
    await protect(...sounds);
    send(sender, { session, ...sounds[0]! });
    expect(sender.socket.counters()).toMatchObject({ sendErrors: 1, sentDatagrams: 129 });
  });

  test('a replayed SRTCP packet is dropped: each has an index of its own', async () => {
    const { protect, deliver, receiver } = await wiretap(profile);
    const report = { packet: rtcp(7), rtcp: true };
    const [a, b] = await protect(report, report);
    expect(a!.equals(b!)).toBe(false);
    await deliver(b!, a!, b!, a!);
    expect(receiver.of(ReceiveKind.Rtcp).map((r) => r.bytes)).toEqual([report.packet, report.packet]);
    expect(receiver.socket.counters().droppedReplay).toBe(2);
  });

  test('SRTP under other keys is dropped', async () => {
    const { protect, deliver, media, receiver } = await wiretap(profile);
    const [wire] = await protect(packet(1));
    const other = new Uint8Array(keyLength[profile]).fill(9);
    receiver.socket.setKeys(0, profile, other, other);
    await deliver(wire!);
    expect(media()).toEqual([]);
    expect(receiver.socket.counters().droppedAuthentication).toBe(1);
  });

  test('a peer cannot make the receiver keep an unlimited number of SSRCs', async () => {
    const { protect, deliver, receiver } = await wiretap(profile);
    for (let ssrc = 0; ssrc < 1100; ssrc += 100) {
      const many = Array.from({ length: 100 }, (_, i) => ({
        packet: rtp({ payload: Buffer.from('x'), ssrc: ssrc + i }),
      }));
      await deliver(...(await protect(...many)));
    }
    // All arrive: a new SSRC evicts a silent one.
    expect(receiver.of(ReceiveKind.Rtp).length).toBe(1100);
    expect(receiver.socket.counters()).toMatchObject({ replacedStreams: 76, droppedAuthentication: 0 });
  });

  test('active streams keep their place while others are evicted', async () => {
    const { protect, deliver, receiver, media } = await wiretap(profile);
    const kept = (sequenceNumber: number) => ({
      packet: rtp({ payload: Buffer.from('kept'), ssrc: 0xfeed, sequenceNumber }),
    });
    // After the first rollover only a receiver that knows the stream can find the index.
    const beginning = await protect(kept(0xfff0), kept(0xffff), kept(1));
    await deliver(...beginning);
    for (let ssrc = 0; ssrc < 3000; ssrc += 100) {
      const many = Array.from({ length: 100 }, (_, i) => ({
        packet: rtp({ payload: Buffer.from('x'), ssrc: ssrc + i, sequenceNumber: 7 }),
      }));
      await deliver(...(await protect(...many)));
      await deliver(...(await protect(kept(2 + ssrc / 100))));
    }
    await deliver(...beginning);
    const received = new Set(media());
    expect([...received].sort((a, b) => a - b)).toEqual([...Array(31).keys()].map((i) => i + 1).concat(0xfff0, 0xffff));
    expect(receiver.of(ReceiveKind.Rtp).length).toBe(3 + 3000 + 30);
    expect(receiver.socket.counters()).toMatchObject({ droppedReplay: 3, droppedAuthentication: 0 });
  });
});

test.each(profiles)(
  '%s uses a sequence number twice only on request, because the nonce would repeat',
  async (profile) => {
    const { protect, sender, session } = await wiretap(profile);
    await protect(packet(5), packet(6));
    send(sender, { session, ...packet(5) });
    expect(sender.socket.counters()).toMatchObject({ sendErrors: 1, sentDatagrams: 2 });
  },
);

test('a session sends any number of SSRCs one after the other, when the ended ones are forgotten', async () => {
  const { sender, session } = await wiretap('AEAD_AES_128_GCM');
  const stream = (ssrc: number) => send(sender, { session, packet: rtp({ payload: Buffer.from('x'), ssrc }) });
  for (let ssrc = 1; ssrc <= 20_000; ssrc++) {
    stream(ssrc);
    sender.socket.forgetStream(session, ssrc);
    sender.clear();
  }
  expect(sender.socket.counters()).toMatchObject({ droppedTooManyStreams: 0, sendErrors: 0 });
  // It sends 16,384 at a time, and counts the excess.
  for (let ssrc = 1; ssrc <= 17_000; ssrc++) {
    stream(ssrc);
    sender.clear();
  }
  expect(sender.socket.counters()).toMatchObject({ droppedTooManyStreams: 17_000 - 16_384, sendErrors: 0 });
  // A forgotten one makes room, and the others keep the record of their packets.
  sender.socket.forgetStream(session, 8_000);
  stream(16_999);
  stream(5);
  expect(sender.socket.counters()).toMatchObject({ droppedTooManyStreams: 616, sendErrors: 1 });
});
