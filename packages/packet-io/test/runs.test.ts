import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { PacketSocketOptions } from '../src/index.js';
import { ReceiveKind } from '../src/index.js';
import { failNextSends } from './failing-sends.js';
import { type Descriptor, rtcp, rtp, send, unpadded } from './packets.js';
import { Peer } from './peer.js';

const { EAGAIN, EIO, EPERM } = constants.errno;
const isLinux = process.platform === 'linux';

const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

const keys = new Uint8Array(28).map((_, i) => i);

function pair(options: Partial<PacketSocketOptions> = {}) {
  const sender = new Peer({ callerBytes: 16 << 20, queueAge: 60_000, ...options, canFail: true });
  const receiver = new Peer();
  open.push(sender, receiver);
  const to = sender.sessionTowards(receiver.socket.port);
  const from = receiver.sessionTowards(sender.socket.port);
  sender.socket.setKeys(to, 'AEAD_AES_128_GCM', keys, keys);
  receiver.socket.setKeys(from, 'AEAD_AES_128_GCM', keys, keys);
  let sequenceNumber = 0;
  const packet = (bytes: number, more: Partial<Parameters<typeof rtp>[0]> = {}): Descriptor => ({
    session: to,
    packet: rtp({ payload: Buffer.alloc(bytes, sequenceNumber + 1), sequenceNumber: ++sequenceNumber, ...more }),
  });
  const arrived = async (count: number) => {
    await receiver.until((all) => all.filter((r) => r.kind !== ReceiveKind.Stun).length >= count);
    return receiver.received.map((r) => r.bytes);
  };
  return { sender, receiver, to, packet, arrived, counters: () => sender.socket.counters() };
}

describe.runIf(isLinux)('with segmentation offload', () => {
  test('packets of one frame that differ by a few bytes leave as one run, padded to one size', async () => {
    const { sender, packet, arrived, counters } = pair();
    const frame = [1100, 1101, 1100, 1108, 1095, 1100, 1101, 1100, 700].map((bytes) => packet(bytes));
    send(sender, ...frame);
    const bytes = await arrived(frame.length);
    expect(bytes.map(unpadded)).toEqual(frame.map((d) => d.packet));
    // All but the last have one size, the largest.
    expect(bytes.map((b) => b.length)).toEqual([...Array(8).fill(12 + 1108), 12 + 700]);
    expect(counters()).toMatchObject({
      sendCalls: 1,
      gsoRuns: 1,
      gsoDatagrams: 9,
      sentDatagrams: 9,
      paddingBytes: 8 + 7 + 8 + 0 + 13 + 8 + 7 + 8,
      gsoFallbacks: 0,
    });
  });

  test('packets of one size need no padding', async () => {
    const { sender, packet, arrived, counters } = pair();
    const frame = Array.from({ length: 5 }, () => packet(1000));
    send(sender, ...frame);
    expect(await arrived(5)).toEqual(frame.map((d) => d.packet));
    expect(counters()).toMatchObject({ gsoRuns: 1, paddingBytes: 0 });
  });

  test('packets that differ by more start another run', async () => {
    const { sender, packet, arrived, counters } = pair();
    const frame = [100, 1000, 1000, 500, 1000, 1000].map((bytes) => packet(bytes));
    send(sender, ...frame);
    expect((await arrived(6)).map(unpadded)).toEqual(frame.map((d) => d.packet));
    // 100 | 1000 1000 500 | 1000 1000
    expect(counters()).toMatchObject({ sendCalls: 1, gsoRuns: 2, gsoDatagrams: 5, paddingBytes: 0 });
  });

  test('a packet that is padded already gets more padding, up to the limit of the count byte', async () => {
    const { sender, packet, arrived, counters } = pair();
    const frame = [
      packet(1000, { padding: 4 }),
      packet(1010),
      packet(760, { padding: 250 }),
      packet(1014),
      packet(1014),
    ];
    send(sender, ...frame);
    const bytes = await arrived(5);
    expect(bytes.map(unpadded)).toEqual(frame.map((d) => unpadded(d.packet as Buffer)));
    // 250 + 4 fit the count byte; 1014 takes exactly these.
    expect(bytes.map((b) => b.length)).toEqual(Array(5).fill(12 + 1014));
    expect(counters()).toMatchObject({ gsoRuns: 1, paddingBytes: 10 + 4 + 4 });
  });

  test('a packet whose padding cannot grow ends the run', async () => {
    const { sender, packet, arrived, counters } = pair();
    const frame = [packet(1000), packet(745, { padding: 255 }), packet(1001), packet(1001)];
    send(sender, ...frame);
    expect((await arrived(4)).map(unpadded)).toEqual(frame.map((d) => unpadded(d.packet as Buffer)));
    expect(counters()).toMatchObject({ gsoRuns: 2, gsoDatagrams: 4, paddingBytes: 0 });
  });

  test('RTCP is never padded and may end a run', async () => {
    const { sender, packet, to, arrived, counters } = pair();
    const report = { session: to, packet: rtcp(1, 64), rtcp: true };
    const frame = [packet(1000), packet(1000), report, packet(1000)];
    send(sender, ...frame);
    expect((await arrived(4)).map(unpadded)).toEqual(frame.map((d) => d.packet));
    expect(counters()).toMatchObject({ gsoRuns: 1, gsoDatagrams: 3, paddingBytes: 0 });
  });

  test('a run has at most 64 datagrams and 65,507 bytes', async () => {
    const { sender, packet, arrived, counters } = pair();
    const small = Array.from({ length: 130 }, () => packet(50));
    send(sender, ...small);
    await arrived(130);
    expect(counters()).toMatchObject({ sendCalls: 1, gsoRuns: 3, gsoDatagrams: 130 });
    const large = Array.from({ length: 60 }, () => packet(1400));
    send(sender, ...large);
    const bytes = await arrived(190);
    // 1,428 bytes each: 45 fit.
    expect(counters()).toMatchObject({ sendCalls: 2, gsoRuns: 5, gsoDatagrams: 190 });
    expect(bytes.map(unpadded)).toEqual([...small, ...large].map((d) => d.packet));
  });

  test('sessions are sent one after the other, each in order', async () => {
    const { sender, receiver, packet, arrived, counters, to } = pair();
    const other = sender.socket.openSession();
    const otherKeys = new Uint8Array(28).fill(3);
    sender.socket.setAddress(other, sender.addressOf(receiver.socket.port));
    sender.socket.setKeys(other, 'AEAD_AES_128_GCM', keys, otherKeys);
    const frame = Array.from({ length: 8 }, (_, i) => ({ ...packet(1000), session: i % 2 ? other : to }));
    send(sender, ...frame);
    const numbers = (await arrived(8)).map((b) => b.readUInt16BE(2));
    expect(numbers).toEqual([1, 3, 5, 7, 2, 4, 6, 8]);
    expect(counters()).toMatchObject({ sendCalls: 1, gsoRuns: 2, gsoDatagrams: 8 });
  });

  test('where offload is refused, this run and the next ones leave datagram by datagram', async () => {
    const { sender, packet, arrived, counters } = pair();
    failNextSends(sender.socket, EIO, 1);
    const frame = [1000, 1001, 1000].map((bytes) => packet(bytes));
    send(sender, ...frame);
    const next = [1000, 1001, 1000].map((bytes) => packet(bytes));
    send(sender, ...next);
    const bytes = await arrived(6);
    expect(bytes.map(unpadded)).toEqual([...frame, ...next].map((d) => d.packet));
    expect(bytes.slice(3).map((b) => b.length)).toEqual(next.map((d) => d.packet.length));
    expect(counters()).toMatchObject({ gsoFallbacks: 1, gsoRuns: 0, sentDatagrams: 6, sendErrors: 0, gsoEnabled: 1 });
  });
});

test('without segmentation offload the same packets arrive', async () => {
  const { sender, packet, arrived, counters } = pair({ disableGso: true });
  const frame = [1100, 1101, 1100, 1108, 700, 1100].map((bytes) => packet(bytes));
  send(sender, ...frame);
  expect(await arrived(6)).toEqual(frame.map((d) => d.packet));
  expect(counters()).toMatchObject({ gsoRuns: 0, paddingBytes: 0, sentDatagrams: 6, gsoEnabled: 0 });
});

describe('a full socket buffer', () => {
  test('makes packets wait, and all arrive in order', async () => {
    const { sender, packet, arrived, counters } = pair();
    failNextSends(sender.socket, EAGAIN, 1);
    const first = [packet(1000), packet(1001)];
    send(sender, ...first);
    expect(counters()).toMatchObject({ queuedDatagrams: 2, sentDatagrams: 0 });
    // Later packets must not overtake.
    const later = [packet(500)];
    send(sender, ...later);
    expect(counters().queuedDatagrams).toBe(3);
    expect((await arrived(3)).map(unpadded)).toEqual([...first, ...later].map((d) => d.packet));
    expect(counters()).toMatchObject({ queuedDatagrams: 0, sentDatagrams: 3, droppedQueueFull: 0 });
  });
});

test('an error other than a full buffer loses the datagrams it hits and counts them', async () => {
  const { sender, packet, arrived, counters } = pair({ disableGso: true });
  failNextSends(sender.socket, EPERM, 1);
  send(sender, packet(100));
  send(sender, packet(100));
  expect((await arrived(1)).map((b) => b.readUInt16BE(2))).toEqual([2]);
  expect(counters()).toMatchObject({ sendErrors: 1, sentDatagrams: 1 });
});
