import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { PacketSocketOptions } from '../src/index.js';
import { rtp, send } from './packets.js';
import { Peer } from './peer.js';
import { Stranger, stun } from './stranger.js';

const keys = new Uint8Array(28).map((_, i) => i);
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
function keep<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}

/** A peer that reads at intervals as soon as datagrams arrive at any rate. */
const eager = () => new Peer({ moderateAbove: 1 });

/** Sends until the peer reads at intervals; returns the number of datagrams. */
async function flood(peer: Peer, stranger: Stranger): Promise<number> {
  let sent = 0;
  while (peer.socket.counters().moderated === 0) {
    for (let i = 0; i < 200; i++) stranger.send(peer.socket.port, stun(sent++));
    await peer.until((all) => all.length === sent);
  }
  return sent;
}

describe('reading the socket', () => {
  test('happens at each arrival while the rate is low', async () => {
    const [peer, stranger] = [keep(new Peer()), keep(await Stranger.open())];
    for (let sent = 1; sent <= 5; sent++) {
      stranger.send(peer.socket.port, stun(sent));
      await peer.until((all) => all.length === sent);
    }
    expect(peer.socket.counters()).toMatchObject({ receivedMessages: 5, moderated: 0 });
  });

  test('happens at intervals while the rate is high, and at each arrival again afterwards', async () => {
    const [peer, stranger] = [keep(eager()), keep(await Stranger.open())];
    const before = await flood(peer, stranger);
    for (let sent = 1; sent <= 100; sent++) stranger.send(peer.socket.port, stun(before + sent));
    await peer.until((all) => all.length === before + 100);
    expect(peer.socket.counters().receivedMessages).toBe(before + 100);
    await expect.poll(() => peer.socket.counters().moderated, { timeout: 60_000 }).toBe(0);
    stranger.send(peer.socket.port, stun(0));
    await peer.until((all) => all.length === before + 101);
  });

  test('also happens at intervals where each arrival causes many sends', async () => {
    const [stranger, receiver] = [keep(await Stranger.open()), keep(await Stranger.open())];
    let sequenceNumber = 0;
    const peer: Peer = keep(new Peer({ address: '0.0.0.0', maxSessions: 1024, moderateAbove: 1000 }));
    // An address belongs to one session, so each sends from a local address of its own.
    const sessions = Array.from({ length: 1000 }, (_, i) => {
      const session = peer.socket.openSession();
      peer.clear();
      peer.socket.setAddress(session, peer.addressOf(receiver.port, `127.1.${i >> 8}.${i & 255}`));
      peer.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
      return session;
    });
    peer.onRecord = () => {
      const packet = rtp({ payload: Buffer.alloc(20), sequenceNumber: ++sequenceNumber });
      peer.clear();
      send(peer, ...sessions.map((session) => ({ session, packet })));
    };
    for (let sent = 1; peer.socket.counters().moderated === 0; sent++) {
      stranger.send(peer.socket.port, stun(sent));
      await peer.until((all) => all.length === sent);
    }
    const { receivedMessages, sentMessages, sendCalls, sendErrors } = peer.socket.counters();
    expect(sentMessages + sendErrors).toBe(1000 * receivedMessages);
    expect(sendCalls).toBeLessThan(sentMessages);
  });

  test('a socket that reads at intervals can be closed', async () => {
    const [peer, stranger] = [eager(), keep(await Stranger.open())];
    await flood(peer, stranger);
    peer.close();
    await turn();
  });
});

describe('wakeAt', () => {
  function waking(options: Partial<PacketSocketOptions> = {}) {
    const woken: number[] = [];
    const peer = keep(new Peer({ ...options, onWake: (now) => woken.push(now) }));
    return { peer, woken, until: (count: number) => expect.poll(() => woken.length, { timeout: 60_000 }).toBe(count) };
  }

  test('wakes once, not before the time', async () => {
    const { peer, woken, until } = waking();
    const time = performance.now() + 5.5;
    peer.socket.wakeAt(time);
    await until(1);
    // The kernel counts microseconds, JavaScript fractions of one.
    expect(woken[0]).toBeGreaterThan(time - 0.01);
    peer.socket.wakeAt(0);
    await until(2);
  });

  test('keeps one time: a later call replaces it, Infinity cancels it', async () => {
    const { peer, woken, until } = waking();
    const begin = performance.now();
    peer.socket.wakeAt(begin + 1);
    peer.socket.wakeAt(begin + 20);
    await until(1);
    expect(woken[0]).toBeGreaterThan(begin + 19);
    peer.socket.wakeAt(begin);
    peer.socket.wakeAt(Number.POSITIVE_INFINITY);
    peer.socket.wakeAt(Number.NaN);
    await turn();
    await turn();
    expect(woken).toHaveLength(1);
    peer.socket.wakeAt(begin);
    await until(2);
  });

  test('wakes while datagrams are read at intervals', async () => {
    const { peer, until } = waking();
    const stranger = keep(await Stranger.open());
    await flood(peer, stranger);
    peer.socket.wakeAt(performance.now() + 1);
    await until(1);
  });

  test('can be called again, and the socket closed, in its callback', async () => {
    let woken = 0;
    const peer: Peer = keep(
      new Peer({
        onWake: (now) => {
          woken += 1;
          if (woken < 3) peer.socket.wakeAt(now);
          else peer.close();
        },
      }),
    );
    peer.socket.wakeAt(0);
    await expect.poll(() => woken, { timeout: 60_000 }).toBe(3);
    expect(() => peer.socket.wakeAt(0)).toThrow('closed');
  });
});
