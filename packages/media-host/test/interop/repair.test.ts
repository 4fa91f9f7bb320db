import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RtpPacket } from 'werift';
import { createMediaHost, type MediaHost } from '../../src/index.js';
import { atLast, expectMediaOf, expectSame, expectUnbroken } from './arrivals.js';
import { LossyPath, OPUS_PAYLOAD_TYPES } from './lossy-path.js';
import { Room, type Stack } from './room.js';
import type { PacketReception, Participant } from './stacks/participant.js';

/** Too many to be chance. */
const LOSSES = 10;

let host: MediaHost;
let room: Room;
let path: LossyPath;
beforeAll(async () => {
  host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'interop' });
});
beforeEach(async () => {
  room = await Room.open(host.nodes()[0]!);
});
afterEach(async () => {
  await room.close();
  path.close();
});
afterAll(() => host.close());

describe('packets lost towards the node', () => {
  it.each<Stack>(['werift', 'libdatachannel', 'libwebrtc'])('are requested and retransmitted by %s', async (stack) => {
    path = new LossyPath('to the node');
    const publication = await room.join(stack, 'sender', { detour: path.detour }).publish();
    const [reception] = (await room.join('werift', 'receiver').subscribe([publication])) as PacketReception[];
    await atLast(() => expect(path.lost).toBeGreaterThan(LOSSES));
    await atLast(() => expectUnbroken(inOrder(reception!.packets.video)));
    const packets = inOrder(reception!.packets.video);
    if (publication.sent) expectSame('video', publication.sent.video, packets);
    const stream = await atLast(async () => {
      const [stream] = (await room.node.producerStats(publication.producerIds.video)).streams;
      // libdatachannel resends under its own SSRC, where repair and delay look alike.
      if (stack !== 'libdatachannel') expect(stream!.packetsRepaired).toBeGreaterThan(LOSSES);
      return stream!;
    });
    expect(stream.nackCount).toBeGreaterThan(0);
    // A request or two when the receiver joined, none for the losses.
    expect(stream.pliCount).toBeLessThan(LOSSES / 2);
  });
});

describe('packets lost on the way from the node', () => {
  it('are retransmitted by RTX when werift requests them', async () => {
    path = new LossyPath('from the node');
    const publication = await room.join('libdatachannel', 'sender').publish();
    const receiver = room.join('werift', 'receiver', { detour: path.detour });
    const [reception] = (await receiver.subscribe([publication])) as PacketReception[];
    await atLast(() => expect(path.lost).toBeGreaterThan(LOSSES));
    await atLast(() => expectUnbroken(inOrder(reception!.packets.video)));
    expectSame('video', publication.sent!.video, inOrder(reception!.packets.video));
    await expectRetransmissions(receiver);
  });

  it('are retransmitted by RTX when libwebrtc requests them, without a new key frame', async () => {
    path = new LossyPath('from the node');
    const publication = await room.join('libdatachannel', 'sender').publish();
    const receiver = room.join('libwebrtc', 'receiver', { detour: path.detour });
    const [reception] = await receiver.subscribe([publication]);
    await atLast(() => expect(path.lost).toBeGreaterThan(LOSSES));
    await expectMediaOf(publication, reception!);
    await expectRetransmissions(receiver);
  });
});

describe('sound lost on the way from the node', () => {
  // werift does not request sound.
  it('is retransmitted without RTX, through SRTP, when libwebrtc requests it', async () => {
    path = new LossyPath('from the node', OPUS_PAYLOAD_TYPES);
    const publication = await room.join('libdatachannel', 'sender').publish();
    const receiver = room.join('libwebrtc', 'receiver', { detour: path.detour });
    await receiver.subscribe([publication]);
    await atLast(() => expect(path.repeated).toBeGreaterThan(LOSSES));
    const [sound] = (await room.node.transportStats(receiver.transportIds.receiving)).consumers;
    expect(sound!.packetsRetransmitted).toBeGreaterThanOrEqual(path.repeated);
  });
});

/**
 * Waits for more than `LOSSES` repairs in a row without a request for a key frame. A busy machine
 * may pause the video for a moment, which needs one.
 */
async function expectRetransmissions(receiver: Participant): Promise<void> {
  let before = { repairs: 0, requests: 0 };
  await atLast(async () => {
    const [, video] = (await room.node.transportStats(receiver.transportIds.receiving)).consumers;
    const { packetsRetransmitted: repairs, pliCount: requests } = video!;
    if (requests !== before.requests) before = { repairs, requests };
    expect(repairs - before.repairs).toBeGreaterThan(LOSSES);
  });
}

/** By sequence number, each once, without the newest, which may be under repair. */
function inOrder(received: RtpPacket[]): RtpPacket[] {
  const first = received[0]!.header.sequenceNumber;
  const place = ({ header }: RtpPacket) => (header.sequenceNumber - first) & 0xffff;
  const once = [...new Map(received.map((packet) => [place(packet), packet])).values()];
  return once.sort((a, b) => place(a) - place(b)).slice(0, -UNDER_REPAIR);
}

/** Packets; they pass in half a second. */
const UNDER_REPAIR = 15;
