import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { PacketSocketOptions } from '../src/index.js';
import { ReceiveKind } from '../src/index.js';
import { failNextSends } from './failing-sends.js';
import { type Descriptor, rtp, send, unpadded } from './packets.js';
import { Peer } from './peer.js';

// Runs of one flush leave in one call to the kernel, which may take some of them and refuse the
// next.

const { EAGAIN, EINTR, EINVAL, EIO, EPERM } = constants.errno;

const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

const keys = new Uint8Array(28).map((_, i) => i);

/**
 * A sender with a session towards each of the receivers, and a run of two equal packets for each.
 */
function fan(receivers: number, options: Partial<PacketSocketOptions> = {}) {
  const sender = new Peer({ callerBytes: 16 << 20, maxSessions: 256, queueAge: 60_000, ...options, canFail: true });
  open.push(sender);
  const ends = Array.from({ length: receivers }, () => {
    const peer = new Peer();
    open.push(peer);
    const session = sender.sessionTowards(peer.socket.port);
    sender.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
    peer.socket.setKeys(peer.sessionTowards(sender.socket.port), 'AEAD_AES_128_GCM', keys, keys);
    return { peer, session };
  });
  let sequenceNumber = 0;
  const frame = (bytes = 500): Descriptor[] => {
    const packets = [++sequenceNumber, ++sequenceNumber].map((number) =>
      rtp({ payload: Buffer.alloc(bytes, number), sequenceNumber: number }),
    );
    return ends.flatMap(({ session }) => packets.map((packet) => ({ session, packet })));
  };
  return {
    sender,
    frame,
    counters: () => sender.socket.counters(),
    /** The sequence numbers that a receiver has, once there are `count` of them. */
    async got(index: number, count: number): Promise<number[]> {
      const { peer } = ends[index]!;
      const media = () => peer.of(ReceiveKind.Rtp);
      await peer.until(() => media().length >= count);
      return media().map(({ bytes }) => unpadded(bytes).readUInt16BE(2));
    },
  };
}

describe.runIf(process.platform === 'linux')('the runs of a flush', () => {
  test('leave in one call, with any sizes and receivers', async () => {
    const { sender, frame, got, counters } = fan(5);
    send(sender, ...frame(100), ...frame(900));
    for (let i = 0; i < 5; i++) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
    expect(counters()).toMatchObject({ sendCalls: 1, gsoRuns: 10, sentDatagrams: 20 });
  });

  test('leave in several calls when there are more than 64, or many bytes', async () => {
    const { sender, frame, got, counters } = fan(100);
    send(sender, ...frame(100));
    expect(counters()).toMatchObject({ sendCalls: 2, gsoRuns: 100 });
    for (let i = 0; i < 100; i++) expect(await got(i, 2)).toEqual([1, 2]);
    // 100 runs of 2,456 bytes in pieces of at most 128 KiB.
    sender.clear();
    send(sender, ...frame(1200));
    expect(counters()).toMatchObject({ sendCalls: 4, gsoRuns: 200 });
    for (let i = 0; i < 100; i++) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
  });

  test.each([0, 2])('wait from the first one that meets a full socket buffer (after %i)', async (after) => {
    const { sender, frame, got, counters } = fan(5);
    failNextSends(sender.socket, EAGAIN, 1, after);
    send(sender, ...frame());
    expect(counters()).toMatchObject({ sentDatagrams: 2 * after, queuedDatagrams: 10 - 2 * after });
    sender.clear();
    send(sender, ...frame());
    expect(counters()).toMatchObject({ sentDatagrams: 2 * after, queuedDatagrams: 20 - 2 * after });
    for (let i = 0; i < 5; i++) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
    expect(counters()).toMatchObject({ sentDatagrams: 20, queuedDatagrams: 0, droppedQueueFull: 0, sendErrors: 0 });
  });

  test.each([EIO, EINVAL])(
    'leave datagram by datagram where offload is refused (errno %i), and only there',
    async (errno) => {
      const { sender, frame, got, counters } = fan(5);
      failNextSends(sender.socket, errno, 1, 2);
      send(sender, ...frame());
      expect(counters()).toMatchObject({ gsoFallbacks: 1, gsoRuns: 4, sentDatagrams: 10, sendErrors: 0 });
      sender.clear();
      send(sender, ...frame());
      expect(counters()).toMatchObject({ gsoFallbacks: 1, gsoRuns: 8, sentDatagrams: 20, sendErrors: 0 });
      for (let i = 0; i < 5; i++) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
    },
  );

  test('wait in order when the buffer is full while one leaves datagram by datagram', async () => {
    const { sender, frame, got, counters } = fan(5);
    failNextSends(sender.socket, EIO, 1, 1);
    send(sender, ...frame());
    // The second receiver takes datagrams one by one now; three messages after the first run are
    // for it.
    failNextSends(sender.socket, EAGAIN, 1, 2);
    sender.clear();
    send(sender, ...frame());
    expect(counters()).toMatchObject({ sentDatagrams: 13, queuedDatagrams: 7 });
    for (let i = 0; i < 5; i++) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
  });

  test('are lost alone at any other error, also when each call fails with one', async () => {
    const { sender, frame, got, counters } = fan(5);
    failNextSends(sender.socket, EPERM, 3, 1);
    send(sender, ...frame());
    expect(counters()).toMatchObject({ sendErrors: 6, sentDatagrams: 4, queuedDatagrams: 0 });
    sender.clear();
    send(sender, ...frame());
    for (const i of [1, 2, 3]) expect(await got(i, 2)).toEqual([3, 4]);
    for (const i of [0, 4]) expect(await got(i, 4)).toEqual([1, 2, 3, 4]);
  });

  test('are sent again after an interruption', async () => {
    const { sender, frame, got, counters } = fan(3);
    failNextSends(sender.socket, EINTR, 2, 1);
    send(sender, ...frame());
    for (let i = 0; i < 3; i++) expect(await got(i, 2)).toEqual([1, 2]);
    expect(counters()).toMatchObject({ sentDatagrams: 6, sendErrors: 0 });
  });
});

test('without segmentation offload the datagrams of a flush leave in one call as well', async () => {
  const { sender, frame, got, counters } = fan(5, { disableGso: true });
  failNextSends(sender.socket, EAGAIN, 1, 3);
  send(sender, ...frame());
  expect(counters()).toMatchObject({ sentDatagrams: 3, queuedDatagrams: 7, gsoRuns: 0 });
  for (let i = 0; i < 5; i++) expect(await got(i, 2)).toEqual([1, 2]);
});
