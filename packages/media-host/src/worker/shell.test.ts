import type { EngineEvent } from '@waterbus/media';
import { ReceiveKind } from '@waterbus/packet-io';
import { rtp } from '@waterbus/packet-io/testing/packets';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PacketClient, videoParameters } from '../../test/flood/packet-client.js';
import { engineCalls } from './engine-calls.js';
import { Shell, type ShellOptions } from './shell.js';

/** The engine in this process, over real sockets. */
let shell: Shell;
let clients: PacketClient[];
const events: EngineEvent[] = [];
const faults: unknown[] = [];
beforeEach(() => {
  events.length = 0;
  faults.length = 0;
  clients = [];
  shell = open();
});
afterEach(() => {
  for (const client of clients) client.close();
  shell.close();
});

function open(options: Pick<ShellOptions, 'incoming' | 'moderateAbove'> = {}): Shell {
  return new Shell({
    port: 0,
    announcedAddresses: ['127.0.0.1'],
    tcp: true,
    ...options,
    onEvent: (event) => events.push(event),
    onFault: (fault) => faults.push(fault),
  });
}

async function call(): Promise<{ sender: PacketClient; receiver: PacketClient }> {
  const calls = engineCalls(shell);
  const node = { ...calls, port: shell.socket.port };
  const rtpCapabilities = await calls.openRouter('room');
  const [sender, receiver] = [
    await PacketClient.open(node, 'room', 'sender'),
    await PacketClient.open(node, 'room', 'receiver'),
  ];
  clients.push(sender, receiver);
  await Promise.all([sender.secure(), receiver.secure()]);
  const rtpParameters = videoParameters(SSRC);
  await calls.produce({ transportId: 'sender', producerId: 'p', kind: 'video', rtpParameters, paused: false });
  await calls.consume({ transportId: 'receiver', consumerId: 'c', producerId: 'p', rtpCapabilities, paused: false });
  return { sender, receiver };
}

/** Sends one frame of `packets` packets. */
function sendFrame(sender: PacketClient, first: number, packets: number): void {
  for (let i = 0; i < packets; i += 1) {
    const payload = Buffer.concat([i === 0 ? VP8_KEY_FRAME : VP8_CONTINUATION, Buffer.alloc(500)]);
    sender.sendProtected(
      rtp({ payload, ssrc: SSRC, sequenceNumber: first + i, timestamp: first * 100, marker: i === packets - 1 }),
      false,
    );
  }
}

const packetsAt = (client: PacketClient) => client.peer.of(ReceiveKind.Rtp).length;

test('one client receives the packets of the other; events and counters show it', async () => {
  const { sender, receiver } = await call();
  sendFrame(sender, 1, 5);
  await receiver.peer.until(() => packetsAt(receiver) === 5);
  expect(events.filter((event) => event.type === 'transport.state')).toEqual(
    expect.arrayContaining([
      { type: 'transport.state', transportId: 'sender', state: 'connected' },
      { type: 'transport.state', transportId: 'receiver', state: 'connected' },
    ]),
  );
  expect(shell.socket.counters()).toMatchObject({ sessions: 2, dtlsHandshakes: 2 });
  for (let frame = 2; shell.forwardingDelay.read().sum === 0; frame++) {
    sendFrame(sender, frame * 5, 5);
    await receiver.peer.until(() => packetsAt(receiver) === frame * 5);
  }
});

test('a check from the address of another peer, with one’s own credentials, takes nothing over', async () => {
  const { sender, receiver } = await call();
  const calls = engineCalls(shell);
  await calls.openRouter('elsewhere');
  const mallory = await PacketClient.open({ ...calls, port: shell.socket.port }, 'elsewhere', 'mallory');
  clients.push(mallory);
  await mallory.secure();
  for (const useCandidate of [true, false, true]) receiver.sendRaw(mallory.checkWith({ useCandidate }));
  await expect.poll(() => shell.socket.counters().refusedAddresses).toBe(3);
  sendFrame(sender, 1, 5);
  await receiver.peer.until(() => packetsAt(receiver) === 5);
  // The same after an ICE restart of the victim.
  await calls.restartIce('receiver');
  receiver.sendRaw(mallory.checkWith({ useCandidate: true }));
  await expect.poll(() => shell.socket.counters().refusedAddresses).toBe(4);
  sendFrame(sender, 6, 5);
  await receiver.peer.until(() => packetsAt(receiver) === 10);
  expect(packetsAt(mallory)).toBe(0);
  expect(events).not.toContainEqual(expect.objectContaining({ state: 'disconnected' }));
});

test('a client that floods is ended, and a call beside it loses nothing', async () => {
  shell.close();
  shell = open({ incoming: { packets: 300, patience: 1 } });
  const { sender, receiver } = await call();
  const mallory = await PacketClient.open({ ...engineCalls(shell), port: shell.socket.port }, 'room', 'mallory');
  clients.push(mallory);
  await mallory.secure();
  const isEnded = () => events.some(({ type }) => type === 'transport.closed');
  let frames = 0;
  for (let sequenceNumber = 0; !isEnded(); ) {
    for (let i = 0; i < 100; i++) {
      const payload = Buffer.alloc(200);
      mallory.sendProtected(rtp({ payload, ssrc: 0xbad, sequenceNumber: sequenceNumber++ & 0xffff }), false);
    }
    sendFrame(sender, 1 + 3 * frames++, 3);
    await receiver.peer.until(() => packetsAt(receiver) === 3 * frames);
  }
  sendFrame(sender, 1 + 3 * frames++, 3);
  await receiver.peer.until(() => packetsAt(receiver) === 3 * frames);
  expect(events.filter(({ type }) => type === 'transport.closed')).toEqual([
    { type: 'transport.closed', transportId: 'mallory', reason: 'flooding' },
  ]);
  expect(shell.socket.counters()).toMatchObject({ sessions: 2, kernelDrops: 0 });
  expect(shell.socket.counters().droppedOverBudget).toBeGreaterThan(0);
});

test('a shell whose socket is read at intervals forwards packets and does its due work', async () => {
  shell.close();
  shell = open({ moderateAbove: 1 });
  const { sender, receiver } = await call();
  let frames = 0;
  while (shell.socket.counters().moderated === 0) {
    sendFrame(sender, 1 + 2 * frames++, 2);
    await receiver.peer.until(() => packetsAt(receiver) === 2 * frames);
  }
  sendFrame(sender, 1 + 2 * frames, 5);
  await receiver.peer.until(() => packetsAt(receiver) === 2 * frames + 5);
  await expect.poll(() => shell.socket.counters().moderated, { timeout: 60_000 }).toBe(0);
  await sender.peer.until(() => sender.peer.of(ReceiveKind.Rtcp).some(({ bytes }) => bytes[1] === 201));
});

test('audio that a receiver requests is retransmitted through AES-GCM, once in a round trip', async () => {
  const { sender, receiver } = await call();
  const calls = engineCalls(shell);
  const rtpCapabilities = await calls.openRouter('room');
  const rtpParameters = {
    mid: '1',
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc: SSRC + 1 }],
  };
  await calls.produce({ transportId: 'sender', producerId: 's', kind: 'audio', rtpParameters, paused: false });
  const consumed = await calls.consume({
    ...{ transportId: 'receiver', consumerId: 'cs', producerId: 's' },
    ...{ rtpCapabilities, paused: false },
  });
  const payload = Buffer.from('sound');
  sender.sendProtected(rtp({ payload, ssrc: SSRC + 1, payloadType: 111, sequenceNumber: 9 }), false);
  await receiver.peer.until(() => packetsAt(receiver) === 1);
  expect(receiver.peer.socket.profile(receiver.session)).toBe('AEAD_AES_128_GCM');
  const nack = Buffer.alloc(16);
  nack.set([0x81, 205, 0, 3]);
  nack.writeUInt32BE(consumed.rtpParameters.encodings![0]!.ssrc!, 8);
  nack.writeUInt16BE(receiver.peer.of(ReceiveKind.Rtp)[0]!.bytes.readUInt16BE(2), 12);
  receiver.sendProtected(nack, true);
  receiver.sendProtected(nack, true);
  // This receiver lost nothing, so its replay window counts the retransmissions.
  await vi.waitFor(() => expect(receiver.peer.socket.counters().droppedReplay).toBe(1));
  expect(shell.socket.counters().sendErrors).toBe(0);
  const { consumers } = await calls.transportStats('receiver');
  expect(consumers.find(({ id }) => id === 'cs')).toMatchObject({ packetsRetransmitted: 1, retransmissionsRefused: 0 });
});

test('due work is done without any incoming packet', async () => {
  const { sender, receiver } = await call();
  sendFrame(sender, 1, 1);
  await receiver.peer.until(() => packetsAt(receiver) === 1);
  // The sender gets a receiver report every second (RFC 3550 section 6.4.2).
  await sender.peer.until(() => sender.peer.of(ReceiveKind.Rtcp).some(({ bytes }) => bytes[1] === 201));
});

const SSRC = 0xbeef;
/** RFC 7741: descriptor of a frame's first packet, then the header of a key frame of 320x180; and of a later packet. */
const VP8_KEY_FRAME = Buffer.from([0x10, 0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
const VP8_CONTINUATION = Buffer.from([0x00]);
