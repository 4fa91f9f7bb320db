import type { RtpCapabilities } from '@waterbus/media';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMediaHost, type WorkerHost, type WorkerNode } from '../../src/index.js';
import { libdatachannel } from './libdatachannel.js';
import { libwebrtc } from './libwebrtc.js';
import { readDtls, readOffer, writeAnswer, writeOffer } from './sdp.js';
import type { Receiver, Stack } from './stack.js';
import { werift } from './werift.js';

/** Every stack publishes through a real worker, and every stack receives what every other one published. */
const stacks: Stack[] = [werift, libdatachannel, libwebrtc];
const open: { close(): Promise<void> }[] = [];
let host: WorkerHost;
let node: WorkerNode;

beforeAll(async () => {
  host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'interop' });
  node = host.nodes()[0]!;
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});
afterAll(() => host.close());

describe.each(stacks)('$name publishes', (sending) => {
  test.each(stacks)(
    'and $name receives',
    async (receiving) => {
      const room = `${sending.name}-${receiving.name}`;
      const producers = await publish(room, sending, 'client');
      const receiver = await subscribe(room, receiving, producers);
      await arrived(receiver, 25);
      const { producers: stats } = await node.transportStats(`${room}-send`);
      for (const { streams } of stats) expect(streams[0]!.packetsReceived).toBeGreaterThan(0);
      // Of those who encode, the others decode: SRTP, key frame requests and header rewriting have left a picture whole.
      if (sending === libwebrtc && receiver.frames)
        await expect.poll(receiver.frames, { timeout: 15_000 }).toBeGreaterThan(10);
    },
    40_000,
  );
});

describe.each(stacks)('$name as DTLS server', (sending) => {
  test('is called by the media node', async () => {
    const room = `${sending.name}-as-server`;
    const producers = await publish(room, sending, 'server');
    await arrived(await subscribe(room, werift, producers), 10);
  }, 40_000);
});

async function publish(room: string, stack: Stack, peerRole: 'client' | 'server'): Promise<string[]> {
  await node.openRouter(room);
  open.push({ close: () => node.closeRouter(room) });
  const transport = await node.openTransport({ routerId: room, transportId: `${room}-send` });
  const sender = await stack.sender();
  open.push(sender);
  const offer = await sender.offer();
  const media = readOffer(offer);
  await node.connectTransport(transport.id, readDtls(offer, peerRole));
  for (const { kind, rtpParameters } of media) {
    await node.produce({
      transportId: transport.id,
      producerId: `${room}-${kind}`,
      kind,
      rtpParameters,
      paused: false,
    });
  }
  await sender.answer(writeAnswer(transport, media, peerRole));
  return media.map(({ kind }) => `${room}-${kind}`);
}

async function subscribe(room: string, stack: Stack, producerIds: string[]): Promise<Receiver> {
  const transport = await node.openTransport({ routerId: room, transportId: `${room}-receive` });
  const rtpCapabilities = opusAndVp8(await node.openRouter(room));
  const consumers = await Promise.all(
    producerIds.map((producerId) =>
      node.consume({
        transportId: transport.id,
        consumerId: `${producerId}-c`,
        producerId,
        rtpCapabilities,
        paused: false,
      }),
    ),
  );
  const receiver = await stack.receiver();
  open.push(receiver);
  const media = consumers.map(({ kind, rtpParameters }) => ({ mid: rtpParameters.mid!, kind, rtpParameters }));
  const answer = await receiver.answer(writeOffer(transport, media));
  await node.connectTransport(transport.id, readDtls(answer, 'client'));
  return receiver;
}

async function arrived(receiver: Receiver, packets: number): Promise<void> {
  await expect
    .poll(async () => Math.min(...Object.values(await receiver.packets())), { timeout: 20_000 })
    .toBeGreaterThanOrEqual(packets);
}

function opusAndVp8(capabilities: RtpCapabilities): RtpCapabilities {
  const codecs = capabilities.codecs!.filter(({ mimeType }) => /\/(opus|vp8)$/i.test(mimeType));
  return { ...capabilities, codecs };
}
