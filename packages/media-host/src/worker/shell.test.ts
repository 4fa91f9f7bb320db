import type { EngineEvent } from '@waterbus/media';
import { ReceiveKind } from '@waterbus/packet-io';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rtp } from '../../../packet-io/test/packets.js';
import { PacketClient, videoParameters } from '../../test/flood/packet-client.js';
import { engineCalls } from './engine-calls.js';
import { Shell } from './shell.js';

/** The engine in this process, over real sockets. */
let shell: Shell;
let clients: PacketClient[];
const events: EngineEvent[] = [];
const faults: unknown[] = [];
beforeEach(() => {
  events.length = 0;
  faults.length = 0;
  clients = [];
  shell = new Shell({
    port: 0,
    announcedAddresses: ['127.0.0.1'],
    onEvent: (event) => events.push(event),
    onFault: (fault) => faults.push(fault),
  });
});
afterEach(() => {
  for (const client of clients) client.close();
  shell.close();
});

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

/** One frame of so many packets. */
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

test('what one client sends the other receives; events and counters tell of it', async () => {
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
});

test('a busy shell holds a frame together, and nothing back for long', async () => {
  const { sender, receiver } = await call();
  shell.utilization(1);
  sendFrame(sender, 1, 5);
  await receiver.peer.until(() => packetsAt(receiver) === 5);
  // Without its end a frame leaves as well, by the clock.
  const payload = Buffer.concat([VP8_KEY_FRAME, Buffer.alloc(500)]);
  sender.sendProtected(rtp({ payload, ssrc: SSRC, sequenceNumber: 6, timestamp: 9000, marker: false }), false);
  await receiver.peer.until(() => packetsAt(receiver) === 6);
});

test('due work is done without any packet coming in', async () => {
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
