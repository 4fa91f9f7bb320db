import { afterEach, describe, expect, test } from 'vitest';
import { type IncomingBudget, ReceiveKind } from '../src/index.js';
import { rtcp, rtp, send } from './packets.js';
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

/** A socket with a budget, and peers of it that have keys. */
function world(incoming: Partial<IncomingBudget>) {
  const plane = keep(new Peer({ incoming }));
  const peer = () => {
    const client = keep(new Peer());
    const session = plane.sessionTowards(client.socket.port);
    const own = client.sessionTowards(plane.socket.port);
    for (const [end, at] of [
      [plane, session],
      [client, own],
    ] as const) {
      end.socket.setKeys(at, 'AEAD_AES_128_GCM', keys, keys);
    }
    let sequenceNumber = 0;
    let sent = 0;
    return {
      session,
      sent: () => sent,
      send(payload = 100, ssrc = 1) {
        send(client, {
          session: own,
          packet: rtp({ payload: Buffer.alloc(payload), ssrc, sequenceNumber: sequenceNumber++ & 0xffff }),
        });
        client.clear();
        sent++;
      },
      report() {
        send(client, { session: own, packet: rtcp(1), rtcp: true });
        client.clear();
        sent++;
      },
      /**
       * Waits until the plane has handled all datagrams sent: the kernel takes no more than its
       * buffer holds.
       */
      async handled(): Promise<void> {
        const total = () => peers.reduce((sum, one) => sum + one.sent(), 0);
        await expect
          .poll(() => plane.socket.counters().receivedDatagrams, { interval: 1 })
          .toBeGreaterThanOrEqual(total());
      },
    };
  };
  const peers: ReturnType<typeof peer>[] = [];
  return {
    plane,
    peer() {
      const one = peer();
      peers.push(one);
      return one;
    },
  };
}

test('a session that floods gets no more than its budget, and its neighbours lose nothing', async () => {
  const { plane, peer } = world({ packets: 500 });
  const [flooder, neighbour] = [peer(), peer()];
  const began = performance.now();
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) flooder.send();
    neighbour.send();
    await neighbour.handled();
  }
  const seconds = (performance.now() - began) / 1000;
  const arrived = plane.of(ReceiveKind.Rtp, flooder.session).length;
  expect(plane.of(ReceiveKind.Rtp, neighbour.session)).toHaveLength(100);
  // The budget of a second at once, plus that of the time it took.
  expect(arrived).toBeGreaterThanOrEqual(500);
  expect(arrived).toBeLessThanOrEqual(Math.ceil(500 * (1 + seconds)) + 1);
  expect(plane.socket.counters().droppedOverBudget).toBe(10_000 - arrived);
});

describe('a budget', () => {
  test('of bits is one of bytes on the wire', async () => {
    const { plane, peer } = world({ bits: 8 * 10_000 });
    const one = peer();
    for (let i = 0; i < 60; i++) one.send(988);
    await one.handled();
    expect(plane.of(ReceiveKind.Rtp).length).toBeGreaterThanOrEqual(10);
    expect(plane.of(ReceiveKind.Rtp).length).toBeLessThan(60);
    expect(plane.of(ReceiveKind.Rtp).length + plane.socket.counters().droppedOverBudget).toBe(60);
  });

  test('counts an RTCP packet as four', async () => {
    const { plane, peer } = world({ packets: 40 });
    const one = peer();
    for (let i = 0; i < 40; i++) one.report();
    await one.handled();
    expect(plane.of(ReceiveKind.Rtcp).length).toBeGreaterThanOrEqual(10);
    expect(plane.of(ReceiveKind.Rtcp).length).toBeLessThan(40);
  });

  test('reports a session once that exceeds it for longer than its patience', async () => {
    const { plane, peer } = world({ packets: 50, patience: 1 });
    const [flooder, neighbour] = [peer(), peer()];
    neighbour.send();
    while (plane.of(ReceiveKind.Flood).length === 0) {
      for (let i = 0; i < 100; i++) flooder.send();
      await flooder.handled();
    }
    for (let i = 0; i < 100; i++) flooder.send();
    await flooder.handled();
    expect(plane.of(ReceiveKind.Flood).map(({ session }) => session)).toEqual([flooder.session]);
    expect(plane.of(ReceiveKind.Rtp, neighbour.session)).toHaveLength(1);
  });

  test('has to be positive', () => {
    for (const value of [0, -1, Number.NaN]) {
      expect(() => new Peer({ incoming: { packets: value } })).toThrow(RangeError);
    }
  });
});

describe('STUN', () => {
  /** Sends so many messages from each of these addresses on loopback; returns how many arrived. */
  async function arrivals(incoming: Partial<IncomingBudget>, ...from: [address: string, count: number][]) {
    const plane = keep(new Peer({ incoming, address: '0.0.0.0' }));
    let sent = 0;
    for (const [address, count] of from) {
      const stranger = keep(await Stranger.open(address));
      for (let i = 0; i < count; i++) stranger.send(plane.socket.port, stun(i));
      sent += count;
      await expect.poll(() => plane.socket.counters().receivedDatagrams, { interval: 1 }).toBe(sent);
    }
    const of = (address: string) => plane.received.filter((r) => r.address.subarray(4, 8).join('.') === address).length;
    return { plane, of };
  }

  test('from one address is limited across its ports, and that of others arrives', async () => {
    const { plane, of } = await arrivals(
      { strangerStun: 20 },
      ['127.0.0.2', 100],
      ['127.0.0.2', 100],
      ['127.0.0.3', 10],
    );
    expect(of('127.0.0.3')).toBe(10);
    expect(of('127.0.0.2')).toBeGreaterThanOrEqual(20);
    expect(of('127.0.0.2') + plane.socket.counters().droppedStun).toBe(200);
    expect(plane.socket.counters().droppedStun).toBeGreaterThan(0);
  });

  test('from all addresses of no session is limited, and that of peers still arrives', async () => {
    const plane = keep(new Peer({ incoming: { strangersStun: 30 } }));
    const peer = keep(await Stranger.open());
    const session = plane.sessionTowards(peer.port);
    const strangers = await Promise.all([2, 3, 4, 5].map(async (n) => keep(await Stranger.open(`127.0.0.${n}`))));
    for (const stranger of strangers) for (let i = 0; i < 50; i++) stranger.send(plane.socket.port, stun(i));
    for (let i = 0; i < 20; i++) peer.send(plane.socket.port, stun(i));
    await expect.poll(() => plane.socket.counters().receivedDatagrams, { interval: 1 }).toBe(220);
    expect(plane.of(ReceiveKind.Stun, session)).toHaveLength(20);
    expect(plane.of(ReceiveKind.Stun, -1).length).toBeGreaterThanOrEqual(30);
    expect(plane.of(ReceiveKind.Stun, -1).length).toBeLessThan(200);
  });

  test('from the address of a session has its own limit, and its media continue', async () => {
    const { plane, peer } = world({ stun: 10 });
    const [flooded, neighbour] = [peer(), peer()];
    const stranger = keep(await Stranger.open());
    plane.socket.addAddress(flooded.session, plane.addressOf(stranger.port));
    for (let i = 0; i < 100; i++) stranger.send(plane.socket.port, stun(i));
    flooded.send();
    neighbour.send();
    await expect.poll(() => plane.socket.counters().receivedDatagrams, { interval: 1 }).toBe(102);
    expect(plane.of(ReceiveKind.Stun).length + plane.socket.counters().droppedStun).toBe(100);
    expect(plane.socket.counters().droppedStun).toBeGreaterThan(0);
    for (const { session } of [flooded, neighbour]) expect(plane.of(ReceiveKind.Rtp, session)).toHaveLength(1);
  });
});

test('DTLS datagrams of one session are limited, and another session completes its handshake', async () => {
  const plane = keep(new Peer({ incoming: { dtls: 20 } }));
  const flooder = keep(await Stranger.open());
  const session = plane.sessionTowards(flooder.port);
  plane.socket.startDtls(session, 'server', plane.socket.fingerprint);
  const client = keep(new Peer());
  const calm = plane.sessionTowards(client.socket.port);
  const own = client.sessionTowards(plane.socket.port);
  plane.socket.startDtls(calm, 'server', client.socket.fingerprint);
  const hello = Buffer.alloc(100, 1);
  hello[0] = 22;
  for (let i = 0; i < 150; i++) flooder.send(plane.socket.port, hello);
  client.socket.startDtls(own, 'client', plane.socket.fingerprint);
  await plane.connected(calm);
  await expect.poll(() => plane.socket.counters().droppedDtls, { interval: 1 }).toBe(150);
});
