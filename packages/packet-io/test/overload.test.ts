import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { ReceiveKind } from '../src/index.js';
import { failNextSends } from './failing-sends.js';
import { rtcp, rtp, send } from './packets.js';
import { Peer } from './peer.js';
import { Stranger, stun } from './stranger.js';

const { EAGAIN } = constants.errno;
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function keep<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}

const keys = new Uint8Array(28).map((_, i) => i);
const MIB = 1 << 20;

/** A sender whose sessions all send to one receiver, which has the same keys for all. */
function fan(sessions: number, queueAge = 60_000) {
  const sender = keep(new Peer({ queueAge, canFail: true }));
  const receiver = keep(new Peer());
  const to = receiver.sessionTowards(sender.socket.port);
  receiver.socket.setKeys(to, 'AEAD_AES_128_GCM', keys, keys);
  const from = Array.from({ length: sessions }, () => {
    const session = sender.sessionTowards(receiver.socket.port);
    sender.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
    return session;
  });
  const next = new Map<number, number>();
  const packet = (ssrc: number, bytes: number) => {
    const sequenceNumber = (next.get(ssrc) ?? 0) + 1;
    next.set(ssrc, sequenceNumber);
    return rtp({ payload: Buffer.alloc(bytes - 28), ssrc, sequenceNumber });
  };
  return {
    sender,
    receiver,
    from,
    /** Sends `count` packets of 1,200 bytes on the wire, in one flush. */
    video(session: number, count: number) {
      sender.clear();
      send(
        sender,
        ...Array.from({ length: count }, () => ({ session: from[session]!, packet: packet(session + 1, 1200) })),
      );
    },
    audio(session: number) {
      sender.clear();
      send(sender, { session: from[session]!, packet: packet(1000 + session, 128), audio: true });
    },
    report(session: number) {
      sender.clear();
      send(sender, { session: from[session]!, packet: rtcp(session + 1), rtcp: true });
    },
    counters: () => sender.socket.counters(),
    ssrcs: () => receiver.of(ReceiveKind.Rtp).map((r) => r.bytes.readUInt32BE(8)),
  };
}

describe('while the socket buffer is full', () => {
  test('one session takes an eighth of the queue, and the others find room', async () => {
    const { sender, video, counters, ssrcs, receiver } = fan(2);
    failNextSends(sender.socket, EAGAIN, 1);
    for (let i = 0; i < 20; i++) video(0, 50);
    const { queuedDatagrams, droppedQueueFull } = counters();
    expect(queuedDatagrams * 1200).toBeLessThanOrEqual(MIB / 2);
    expect(queuedDatagrams * 1200).toBeGreaterThan(MIB / 2 - 64 * 1200);
    expect(queuedDatagrams + droppedQueueFull).toBe(1000);
    video(1, 50);
    expect(counters().queuedDatagrams).toBe(queuedDatagrams + 50);
    await receiver.until(() => ssrcs().filter((ssrc) => ssrc === 2).length === 50);
    // Sent datagrams free the room.
    await expect.poll(() => counters().queuedDatagrams).toBe(0);
    failNextSends(sender.socket, EAGAIN, 1);
    video(0, 50);
    expect(counters().queuedDatagrams).toBe(50);
  });

  test('a full queue drops video for audio, and both for RTCP, STUN and DTLS', async () => {
    const { sender, video, audio, report, counters, receiver, ssrcs } = fan(14);
    failNextSends(sender.socket, EAGAIN, 1);
    for (let round = 0; round < 8; round++) for (let session = 0; session < 12; session++) video(session, 50);
    const before = counters();
    expect(before.queuedDatagrams * 1200).toBeGreaterThan(4 * MIB - 64 * 1200);
    expect(before).toMatchObject({ droppedQueueAudio: 0, droppedQueueControl: 0 });
    for (let i = 0; i < 600; i++) audio(12);
    for (let i = 0; i < 100; i++) report(13);
    const bytes = stun(1);
    sender.socket.sendTo(sender.addressOf(receiver.socket.port), sender.place(bytes), bytes.length);
    const after = counters();
    expect(after).toMatchObject({ droppedQueueAudio: 0, droppedQueueControl: 0 });
    expect(after.droppedQueueFull).toBeGreaterThan(before.droppedQueueFull);
    await receiver.until((all) => all.length >= 701);
    // Control first, then audio, then video.
    const kinds = receiver.received.slice(0, 701).map((r) => (r.kind === ReceiveKind.Rtp ? 'rtp' : 'control'));
    expect(kinds).toEqual([...Array(101).fill('control'), ...Array(600).fill('rtp')]);
    expect(new Set(ssrcs().slice(0, 600))).toEqual(new Set([1012]));
  });

  test('packets that waited too long are dropped, and later ones leave', async () => {
    const { sender, video, audio, counters, receiver, ssrcs } = fan(2, 100);
    failNextSends(sender.socket, EAGAIN, 1_000_000_000);
    video(0, 10);
    await expect.poll(() => counters().droppedTooOld, { timeout: 10_000 }).toBe(10);
    expect(counters()).toMatchObject({ queuedDatagrams: 0, droppedQueueFull: 10 });
    failNextSends(sender.socket, EAGAIN, 0);
    audio(1);
    await receiver.until((all) => all.length === 1);
    expect(ssrcs()).toEqual([1001]);
  });
});

test.runIf(process.platform === 'linux')('datagrams that the kernel drops for want of buffer are counted', async () => {
  const receiver = keep(new Peer({ socketBuffer: 4096 }));
  const stranger = keep(await Stranger.open());
  const burst = 200;
  for (let i = 0; i < burst; i++) stranger.send(receiver.socket.port, stun(i));
  await receiver.until((all) => all.length > 0);
  // The kernel reports the drops with the next message that it accepts.
  let sent = burst;
  const counters = () => receiver.socket.counters();
  while (counters().kernelDrops + counters().receivedDatagrams < sent) {
    const before = counters().receivedDatagrams;
    stranger.send(receiver.socket.port, stun(sent++));
    await receiver.until(() => counters().receivedDatagrams > before);
  }
  expect(counters().kernelDrops).toBeGreaterThan(0);
  expect(counters().kernelDrops + counters().receivedDatagrams).toBe(sent);
});

test('a socket reports the buffers that the kernel granted', () => {
  const { socket } = keep(new Peer({ socketBuffer: 65_536 }));
  expect(socket).toMatchObject({ receiveBuffer: 65_536, sendBuffer: 65_536 });
});
