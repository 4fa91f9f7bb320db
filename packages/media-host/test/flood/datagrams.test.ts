import { execFileSync } from 'node:child_process';
import { bindingRequest } from '@waterbus/media/testing/stun-client';
import { ReceiveKind } from '@waterbus/packet-io';
import { rtp } from '@waterbus/packet-io/testing/packets';
import { Peer, UNLIMITED } from '@waterbus/packet-io/testing/peer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMediaHost, type WorkerHost, type WorkerNode } from '../../src/index.js';
import { dtlsDatagrams, HostileBytes } from './hostile-bytes.js';
import { PacketClient, videoParameters } from './packet-client.js';

let host: WorkerHost;
let node: WorkerNode;
const lost: string[] = [];
beforeAll(async () => {
  // Datagrams that the budget drops before the engine would test nothing here.
  host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'flood', incoming: UNLIMITED });
  node = host.nodes()[0]!;
  host.onChange(({ type }) => lost.push(type));
});
afterAll(() => host.close());

test('a million hostile datagrams: no crash, bounded memory, no packet lost in a call beside them', async () => {
  const call = await openCall();
  const stranger = new Flood(SEED);
  let memory = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const attacker = await Attacker.open(round, call.producerId);
    const check = attacker.client.checkWith({ useCandidate: true });
    await stranger.run(DATAGRAMS_PER_ROUND, (bytes) => {
      switch (bytes.integer(8)) {
        case 0:
          return stranger.send(bytes.noise(1500));
        case 1:
          // Many of the checks for an existing transport would cost a signature check each.
          return stranger.send(bytes.mutate(bytes.pick([check, bindingRequest({ username: 'a:b', password: 'c' })])));
        case 2:
          return stranger.send(bytes.mutate(bytes.pick(dtlsDatagrams)));
        case 3:
          return stranger.send(bytes.pick([bytes.rtp(attacker.ssrc), bytes.rtcp([attacker.ssrc])]));
        default:
          return attacker.attack(bytes, check);
      }
    });
    await attacker.close();
    if (round === WARM_ROUNDS) memory = residentBytes(node.pid);
  }
  const growth = residentBytes(node.pid) - memory;
  const { longestGap } = await call.close();
  stranger.close();
  console.log(
    `${stranger.sent} datagrams, worker grew by ${Math.round(growth / 2 ** 20)} MiB, longest gap ${longestGap} ms`,
  );
  expect(stranger.sent).toBe(1_000_000);
  expect(lost).toEqual([]);
  expect(growth).toBeLessThan(64 * 2 ** 20);
}, 600_000);

/**
 * Sends in small bursts and waits for an answer of the worker after each, so that the kernel drops
 * no datagram.
 */
class Flood {
  sent = 0;
  private readonly bytes: HostileBytes;
  private readonly peer = new Peer();
  private readonly pinger = new Peer();

  constructor(seed: number) {
    this.bytes = new HostileBytes(seed);
  }

  async run(count: number, sendOne: (bytes: HostileBytes) => void): Promise<void> {
    for (let left = count; left > 0; left -= BURST) {
      const burst = Math.min(BURST, left);
      for (let i = 0; i < burst; i += 1) sendOne(this.bytes);
      this.sent += burst;
      await this.answered();
    }
  }

  send(datagram: Uint8Array): void {
    sendFrom(this.peer, datagram);
  }

  close(): void {
    this.peer.close();
    this.pinger.close();
  }

  /**
   * A binding request without credentials is answered with an error (RFC 8489 section 9.1.3): all
   * datagrams before it are handled.
   */
  private async answered(): Promise<void> {
    this.peer.received.length = 0;
    this.pinger.received.length = 0;
    sendFrom(this.pinger, bindingRequest({}));
    await this.pinger.until((received) => received.length > 0);
  }
}

/** A peer with the right to be in the room: its garbage gets as far as garbage can. */
class Attacker {
  private constructor(
    readonly client: PacketClient,
    readonly ssrc: number,
    private readonly ssrcs: number[],
    private readonly isSecure: boolean,
  ) {}

  static async open(round: number, callProducer: string): Promise<Attacker> {
    const client = await PacketClient.open(node, 'room', `attacker-${round}`);
    const ssrc = 0x1000 + round;
    const producerId = `attacker-${round}-video`;
    await node.produce({
      transportId: client.transportId,
      producerId,
      kind: 'video',
      rtpParameters: videoParameters(ssrc),
      paused: false,
    });
    const rtpCapabilities = await node.openRouter('room');
    const consumers = await Promise.all(
      [producerId, callProducer].map((id) =>
        node.consume({
          transportId: client.transportId,
          consumerId: `${client.transportId}-${id}`,
          producerId: id,
          rtpCapabilities,
          paused: false,
        }),
      ),
    );
    // Every other attacker stays before SRTP and attacks the handshake itself.
    const isSecure = round % 2 === 0;
    if (isSecure) await client.secure();
    return new Attacker(client, ssrc, [ssrc, ...consumers.map((c) => c.rtpParameters.encodings![0]!.ssrc!)], isSecure);
  }

  attack(bytes: HostileBytes, check: Uint8Array): void {
    const { client } = this;
    client.peer.received.length = 0;
    const choice = bytes.integer(16);
    if (choice === 0) {
      const type = bytes.pick([0x0001, 0x0006, 0x0008, 0x0009, 0x0020, 0x0025, 0x8022, 0x8029, bytes.integer(0x10000)]);
      client.sendRaw(client.checkWith({ extra: [{ type, value: bytes.noise(300) }] }));
    } else if (choice === 1) client.sendRaw(bytes.mutate(check));
    else if (!this.isSecure) client.sendRaw(bytes.mutate(bytes.pick(dtlsDatagrams)));
    else if (choice === 2) client.sendRaw(bytes.rtp(this.ssrc));
    else if (choice < 9) client.sendProtected(bytes.rtp(this.ssrc), false);
    else client.sendProtected(bytes.rtcp(this.ssrcs), true);
  }

  async close(): Promise<void> {
    await node.closeTransport(this.client.transportId);
    this.client.close();
  }
}

/** Two participants in the same room: one sends, the other must receive every packet in order. */
async function openCall() {
  await node.openRouter('room');
  const sender = await PacketClient.open(node, 'room', 'sender');
  const receiver = await PacketClient.open(node, 'room', 'receiver');
  await Promise.all([sender.secure(), receiver.secure()]);
  const producerId = 'call-video';
  await node.produce({
    transportId: 'sender',
    producerId,
    kind: 'video',
    rtpParameters: videoParameters(SENDER_SSRC),
    paused: false,
  });
  const rtpCapabilities = await node.openRouter('room');
  await node.consume({ transportId: 'receiver', consumerId: 'call', producerId, rtpCapabilities, paused: false });
  let sent = 0;
  let received = 0;
  let longestGap = 0;
  let lastAt = performance.now();
  receiver.peer.onRecord = ({ kind }) => {
    if (kind !== ReceiveKind.Rtp) return;
    received += 1;
    longestGap = Math.max(longestGap, Math.round(performance.now() - lastAt));
    lastAt = performance.now();
  };
  const media = setInterval(() => {
    const payload = Buffer.concat([sent === 0 ? VP8_KEY_FRAME : VP8_DELTA_FRAME, Buffer.alloc(200)]);
    sender.sendProtected(
      rtp({ payload, ssrc: SENDER_SSRC, sequenceNumber: sent & 0xffff, timestamp: (sent * 450) >>> 0, marker: true }),
      false,
    );
    sent += 1;
  }, 5);
  const consent = setInterval(() => {
    for (const client of [sender, receiver]) {
      client.check();
      client.peer.received.length = 0;
    }
  }, 2000);
  await receiver.peer.until(() => received > 0);
  return {
    producerId,
    /** Fails if a packet was lost. */
    async close() {
      clearInterval(media);
      clearInterval(consent);
      await expect.poll(() => received, { timeout: 10_000 }).toBe(sent);
      for (const client of [sender, receiver]) client.close();
      return { longestGap };
    },
  };
}

function sendFrom(peer: Peer, datagram: Uint8Array): void {
  peer.clear();
  peer.socket.sendTo(peer.addressOf(node.port), peer.place(datagram), datagram.length);
}

/** As counted by the operating system. */
function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

const SEED = 20_261_122;
const ROUNDS = 20;
const DATAGRAMS_PER_ROUND = 50_000;
/** Rounds after which every code path is warm and every pool is full. */
const WARM_ROUNDS = 3;
/**
 * Fits the kernel's default receive buffer of 208 KiB, at up to 2.3 kB of bookkeeping per datagram.
 */
const BURST = 64;

const SENDER_SSRC = 0xcafe;
/**
 * RFC 7741: first packet of a frame; the lowest bit of the frame's first byte marks a key frame.
 */
const VP8_KEY_FRAME = Buffer.from([0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
const VP8_DELTA_FRAME = Buffer.from([0x10, 0x51, 0x01, 0x00]);
