import { describe, expect, it } from 'vitest';
import { createClassifier } from '../../src/codecs/classifier.js';
import { FrameInfo } from '../../src/codecs/frame-info.js';
import type { Directory, NumberedRouter } from '../../src/router/directory.js';
import { extensionUris } from '../../src/rtp/extensions.js';
import { RtpHeader } from '../../src/rtp/header.js';
import { type Capture, captureNames, readCapture } from '../simulation/capture.js';
import { type CapturedFrame, descriptorId, framesOf, pictureNumbers } from '../simulation/captured-frames.js';
import { DescriptorReader } from '../simulation/descriptor-reader.js';
import { type Received, Receiver } from '../simulation/receiver.js';
import { readRtp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';

// The packets of browsers, as recorded by `bench/captures`: the test compares the engine's reading
// with another reading of the same bytes, and the forwarded frames with their references.

it('has captures of each codec', () => {
  expect(captureNames.length).toBeGreaterThanOrEqual(9);
});

describe.each(captureNames)('%s', (name) => {
  const capture = readCapture(name);
  const frames = framesOf(capture);
  const all = [...new Set(frames.values())];
  const isSimulcast = capture.rtpParameters.encodings!.length > 1;

  it('has whole frames with references inside the capture, in all layers, with key frames', () => {
    expect(all.filter(({ unresolved }) => unresolved > 0).map(labelOf)).toEqual([]);
    for (const [stream] of capture.rtpParameters.encodings!.entries()) {
      const own = all.filter((frame) => frame.stream === stream);
      expect(own[0]!.isKey).toBe(true);
      expect(own.filter(({ isKey }) => isKey).length).toBeGreaterThanOrEqual(3);
    }
    const layers = new Set(all.map(({ stream, spatial, temporal }) => `${stream + spatial}/${temporal}`));
    expect([...layers].sort()).toEqual(expectedLayers(capture));
  });

  it('is classified as by an independent reader', () => {
    const kinds = new Uint8Array(256);
    for (const { uri, id } of capture.rtpParameters.headerExtensions!) kinds[id] = extensionUris[uri] ?? 0;
    const mimeType = capture.rtpParameters.codecs[0]!.mimeType;
    const classifiers = capture.rtpParameters.encodings!.map(() => createClassifier(mimeType, isSimulcast));
    const [header, info] = [new RtpHeader(), new FrameInfo()];
    const needed = new Set(all.flatMap(({ references }) => references));
    for (const [index, frame] of frames) {
      const { bytes } = capture.packets[index]!;
      expect(header.parse(bytes, 0, bytes.length, kinds)).toBe(0);
      classifiers[frame.stream]!.classify(header, bytes, info);
      const [first, last] = [frame.packets[0] === index, frame.packets.at(-1) === index];
      // H264's payload shows neither the beginning of an access unit nor temporal layers.
      const shown = capture.codec === 'h264' ? { beginsFrame: info.beginsFrame, temporal: 0 } : {};
      expect({ index, ...picked(info) }).toEqual({
        ...{ index, isKeyFrame: frame.isKey && first, beginsFrame: first, endsFrame: last },
        ...{ spatial: frame.spatial, temporal: frame.temporal, ...shown },
      });
      // VP8's receiver waits for frames that its decoder does not need.
      if (info.isDiscardable && capture.codec !== 'vp8') expect(needed.has(frame)).toBe(false);
      const { width, height } = frame.sizes.at(-1) ?? {};
      if (!first || width === undefined) continue;
      expect([info.widths[info.spatialLayers - 1], info.heights[info.spatialLayers - 1]]).toEqual([width, height]);
    }
  });

  it.each(SEEDS)('is forwarded without a break over changes of layers (seed %i)', (seed) => {
    const { received, world } = forward(capture, seed);
    expect(world.port.refused).toBe(0);
    expect(world.engine.faults).toBe(0);
    const forwarded = framesIn(received, frames);
    expectDecodable(forwarded);
    expectOneTimeline(forwarded, capture);
    if (capture.codec === 'vp8') expectClosedPictures(forwarded);
    if (capture.codec === 'vp9') expectRisingPictures(forwarded);
    if (capture.codec === 'av1') {
      expectDescriptors(forwarded, capture);
      expectRisingFrames(forwarded);
    }
    // At the end all layers are wanted again.
    const highest = Math.max(...all.map(({ stream, spatial }) => stream + spatial));
    const end = forwarded.slice(-12);
    expect(Math.max(...end.map(({ frame }) => frame.stream + frame.spatial))).toBe(highest);
    expect(new Set(end.map(({ frame }) => frame.temporal)).size).toBeGreaterThanOrEqual(2);
  });

  it.each([5, 6])('is decodable when packets overtake each other at changes of layers (seed %i)', (seed) => {
    const { received, world } = forward(capture, seed, { jitter: 8 });
    expect(world.port.refused).toBe(0);
    // When upper layers overtake their key frame, they follow its second copy.
    const last = new Map(received.filter(hasIndex).map((one) => [indexOf(one), one]));
    const came = new Map<CapturedFrame, Received[]>();
    for (const one of [...last.values()].sort((one, other) => one.sequence - other.sequence)) {
      const frame = frames.get(indexOf(one));
      if (frame) came.set(frame, [...(came.get(frame) ?? []), one]);
    }
    const whole = [...came].filter(([frame, packets]) => packets.length === frame.packets.length);
    expect(whole.length).toBeGreaterThan(40);
    // Frames of abandoned layers may be incomplete.
    expect(came.size - whole.length).toBeLessThan(15);
    const forwarded = whole.map(([frame, packets]) => ({ frame, packets }));
    expectDecodable(forwarded);
    if (capture.codec === 'av1') expectRisingFrames(forwarded);
  });
});

interface Link {
  jitter: number;
}

interface Forwarded {
  frame: CapturedFrame;
  packets: Received[];
}

/**
 * Sends the capture with its timing to a receiver whose target changes; returns the received
 * packets by sequence number.
 */
function forward(capture: Capture, seed: number, link: Partial<Link> = {}): { received: Received[]; world: World } {
  const world = new World(seed);
  const publisher = world.connect('publisher', () => {}, link);
  const retransmission = link.jitter ? capture.rtpParameters.codecs[1]!.payloadType : -1;
  const request = { transportId: 'publisher', producerId: 'picture', kind: 'video' as const };
  world.control.produce({ ...request, rtpParameters: { ...capture.rtpParameters, rtcp: { cname: 'browser' } } });
  const receiver = new Receiver(world, 'receiver');
  const picture = receiver.consume('picture');
  const { directory } = world.engine as unknown as { directory: Directory<NumberedRouter> };
  const { consumer } = directory.consumers.get('receiver/picture')!;
  const from = world.now;
  const sendFrom = (index: number) => {
    const { isRtp, bytes } = capture.packets[index]!;
    // A probe that overtakes the packet it repeats would replace it, under another index.
    const isLeftOut = isRtp && (bytes[1]! & 0x7f) === retransmission;
    if (!isLeftOut) world.send(publisher, isRtp ? numbered(bytes, index) : bytes, isRtp);
    const next = capture.packets[index + 1];
    if (next) world.at(from + next.at, () => sendFrom(index + 1));
  };
  world.at(from, () => sendFrom(0));
  const length = capture.packets.at(-1)!.at;
  const random = (below: number) => Math.floor(world.random.next() * below);
  for (let at = 600; at < length - LAST_PART; at += 150 + random(1200)) {
    const [spatial, temporal] = [random(8) === 0 ? -1 : random(3), random(3)];
    world.at(from + at, () => consumer.setTarget(spatial, temporal));
  }
  world.at(from + length - LAST_PART, () => consumer.setTarget(2, 2));
  world.run(length + 100);
  expect(picture.missing()).toEqual([]);
  return { received: picture.inOrder(), world };
}

/** Appends its index to the payload, to identify it on arrival. */
function numbered(bytes: Uint8Array, index: number): Uint8Array {
  const padding = bytes[0]! & 0x20 ? bytes.at(-1)! : 0;
  const longer = new Uint8Array(bytes.length + 4);
  longer.set(bytes.subarray(0, bytes.length - padding));
  new DataView(longer.buffer).setUint32(bytes.length - padding, index);
  longer.set(bytes.subarray(bytes.length - padding), bytes.length - padding + 4);
  return longer;
}

/** Padding packets that fill a number have none. */
function hasIndex({ packet }: Received): boolean {
  return packet.payload.length > 0;
}

function indexOf({ packet: { payload } }: Received): number {
  return new DataView(payload.buffer, payload.byteOffset + payload.length - 4, 4).getUint32(0);
}

/** The received frames, each one whole. */
function framesIn(received: Received[], frames: Map<number, CapturedFrame>): Forwarded[] {
  const forwarded: Forwarded[] = [];
  for (const one of received) {
    const index = indexOf(one);
    const frame = frames.get(index);
    // The capture ends within this frame.
    if (!frame) continue;
    if (forwarded.at(-1)?.frame !== frame) forwarded.push({ frame, packets: [] });
    forwarded.at(-1)!.packets.push(one);
    expect(index).toBe(frame.packets[forwarded.at(-1)!.packets.length - 1]);
  }
  // A pause takes effect at once, also within a frame: a key frame follows.
  const whole = forwarded.filter(({ frame, packets }, i) => {
    const isWhole = packets.length === frame.packets.length;
    if (!isWhole) expect(forwarded[i + 1]?.frame.isKey ?? true).toBe(true);
    return isWhole;
  });
  expect(whole.length).toBeGreaterThan(40);
  expect(forwarded.length - whole.length).toBeLessThan(5);
  return whole;
}

function expectDecodable(forwarded: Forwarded[]): void {
  const decoded = new Set<CapturedFrame>();
  let stream = -1;
  for (const { frame } of forwarded) {
    if (frame.stream !== stream) expect(frame.isKey).toBe(true);
    stream = frame.stream;
    const lacking = frame.references.filter((reference) => !decoded.has(reference));
    expect(lacking.map((reference) => `${labelOf(frame)} refers to ${labelOf(reference)}`)).toEqual([]);
    decoded.add(frame);
  }
}

/** Timestamps are those of pictures in their order, and pictures end with a marker. */
function expectOneTimeline(forwarded: Forwarded[], { packets }: Capture): void {
  for (const [i, { frame, packets: own }] of forwarded.entries()) {
    const timestamp = own[0]!.packet.timestamp;
    expect(new Set(own.map(({ packet }) => packet.timestamp)).size).toBe(1);
    const next = forwarded[i + 1];
    const step = next ? (next.packets[0]!.packet.timestamp - timestamp) | 0 : 1;
    expect(own.map(({ packet }) => packet.marker)).toEqual(own.map((_, k) => k === own.length - 1 && step > 0));
    if (!next) continue;
    const isSamePicture = next.frame.stream === frame.stream && next.frame.timestamp === frame.timestamp;
    if (isSamePicture) expect(step).toBe(0);
    else expect(step).toBeGreaterThan(0);
    const sent = packets[next.frame.packets[0]!]!.at - packets[frame.packets[0]!]!.at;
    expect(Math.abs(step / 90 - sent)).toBeLessThan(LATENESS);
  }
}

/** VP8: picture ids without a gap, TL0PICIDX one higher with each picture of the base layer. */
function expectClosedPictures(forwarded: Forwarded[]): void {
  let before: { pictureId: number; baseIndex: number } | undefined;
  for (const { frame, packets } of forwarded) {
    const numbers = packets.map(({ packet }) => pictureNumbers('vp8', packet.payload));
    const [{ pictureId, baseIndex }] = numbers as [(typeof numbers)[0]];
    for (const one of numbers) expect(one).toMatchObject({ pictureId, baseIndex });
    if (before) {
      // After a pause they continue from the position of the stream: a receiver waits for nothing
      // older than a key frame.
      const [ids, bases] = [(pictureId - before.pictureId) & 0x7fff, (baseIndex - before.baseIndex) & 0xff];
      if (frame.isKey) expect([ids > 0 && ids < 0x4000, bases > 0 && bases < 0x80]).toEqual([true, true]);
      else expect([ids, bases]).toEqual([1, frame.temporal === 0 ? 1 : 0]);
    }
    before = { pictureId, baseIndex };
  }
}

/**
 * VP9: picture ids rise; within a stream by the same steps as sent, because references are
 * differences.
 */
function expectRisingPictures(forwarded: Forwarded[]): void {
  const ids = forwarded.map(({ packets }) => pictureNumbers('vp9', packets[0]!.packet.payload).pictureId);
  for (const [i, { frame }] of forwarded.entries()) {
    const before = forwarded[i - 1];
    if (!before) continue;
    const isSamePicture = before.frame.stream === frame.stream && before.frame.timestamp === frame.timestamp;
    const step = (ids[i]! - ids[i - 1]!) & 0x7fff;
    if (isSamePicture) expect(step).toBe(0);
    else expect(step > 0 && step < 0x4000).toBe(true);
  }
}

/** AV1: descriptors are unchanged; active targets are targets that arrive. */
function expectDescriptors(forwarded: Forwarded[], capture: Capture): void {
  const reader = new DescriptorReader();
  const originals = capture.rtpParameters.encodings!.map(() => new DescriptorReader());
  const sent = new Map<number, ReturnType<DescriptorReader['read']>>();
  const id = descriptorId(capture);
  for (const frame of new Set(framesOf(capture).values())) {
    for (const index of frame.packets) {
      const { extensions } = readRtp(capture.packets[index]!.bytes);
      sent.set(index, originals[frame.stream]!.read(extensions.get(id)!));
    }
  }
  for (const { frame, packets } of forwarded) {
    for (const [i, { packet }] of packets.entries()) {
      const { mask, ...read } = reader.read(packet.extensions.get(8)!);
      const { mask: _, ...original } = sent.get(frame.packets[i]!)!;
      expect(read).toEqual(original);
      const active = read.targets.filter((_, target) => mask === undefined || (mask >> target) & 1);
      expect(active.some((target) => target.spatial >= read.spatial && target.temporal >= read.temporal)).toBe(true);
    }
  }
}

/** AV1: receivers drop key frames with lower numbers than earlier frames. */
function expectRisingFrames(forwarded: Forwarded[]): void {
  let last = -1;
  for (const { packets } of forwarded) {
    const [, high, low] = packets[0]!.packet.extensions.get(8)!;
    const frameNumber = (high! << 8) | low!;
    expect(last < 0 || (frameNumber !== last && ((frameNumber - last) & 0xffff) < 0x8000)).toBe(true);
    last = frameNumber;
  }
}

function expectedLayers({ name, rtpParameters }: Capture): string[] {
  const { encodings } = rtpParameters;
  const spatial = encodings!.length > 1 || encodings![0]!.scalabilityMode!.startsWith('L3') ? [0, 1, 2] : [0];
  // Firefox sends two temporal layers when three are requested.
  const temporal = name.startsWith('firefox') ? [0, 1] : [0, 1, 2];
  return spatial.flatMap((layer) => temporal.map((one) => `${layer}/${one}`));
}

function labelOf({ stream, spatial, temporal, isKey, packets }: CapturedFrame): string {
  return `${isKey ? 'key ' : ''}frame ${stream}/${spatial}/${temporal} of packet ${packets[0]}`;
}

function picked({ isKeyFrame, beginsFrame, endsFrame, spatial, temporal }: FrameInfo) {
  return { isKeyFrame, beginsFrame, endsFrame, spatial, temporal };
}

const SEEDS = [1, 2, 3, 4];
/** Milliseconds at the end in which all layers are wanted: longer than between two key frames. */
const LAST_PART = 3500;
/**
 * Milliseconds between the sending times of pictures and their timestamps: a busy machine sends
 * late.
 */
const LATENESS = 500;
