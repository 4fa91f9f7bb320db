import { describe, expect, it } from 'vitest';
import { ReceiveKind, type RtpParameters } from '../../src/index.js';
import { Receiver } from '../simulation/receiver.js';
import { readRtcp, writeRtp } from '../simulation/wire.js';
import { type PeerEndpoint, World } from '../simulation/world.js';

const text = (value: string) => new TextEncoder().encode(value);

/**
 * Video parameters of a publisher whose packets are identified by header extensions 1 (mid), 2
 * (rid), 3 (repaired rid).
 */
function parameters(change: Partial<RtpParameters> = {}): RtpParameters {
  return {
    mid: 'v',
    codecs: [
      { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000, rtcpFeedback: [{ type: 'ccm', parameter: 'fir' }] },
      { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
    ],
    headerExtensions: [
      { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 },
      { uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', id: 2 },
      { uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', id: 3 },
    ],
    ...change,
  };
}

function call(rtpParameters: RtpParameters, limits = {}) {
  const world = new World(91, { limits });
  const sent: Uint8Array[] = [];
  const alice = world.connect('alice', (packet, isRtp) => !isRtp && sent.push(packet));
  world.control.produce({ transportId: 'alice', producerId: 'camera', kind: 'video', rtpParameters });
  const camera = new Receiver(world, 'bob').consume('camera');
  return { world, alice, camera, sent };
}

/** One packet; the first payload bytes make it a key frame of VP8 unless it is RTX. */
function send(
  world: World,
  peer: PeerEndpoint,
  ssrc: number,
  sequenceNumber: number,
  extensions: Record<number, string>,
  rtx?: number,
): void {
  const packet = {
    payloadType: rtx === undefined ? 96 : 97,
    marker: true,
    sequenceNumber,
    timestamp: sequenceNumber * 3000,
    ssrc,
    extensions: new Map(Object.entries(extensions).map(([id, value]) => [Number(id), text(value)])),
    payload: Uint8Array.of(...(rtx === undefined ? [] : [rtx >> 8, rtx & 0xff]), 0x10, 0, 0, 0, 0, 0, 0, 0),
  };
  world.send(peer, writeRtp(packet), true);
  world.run(1);
}

describe('a packet belongs to a producer', () => {
  it('by mid, remembered with its SSRC', () => {
    const { world, alice, camera } = call(parameters());
    send(world, alice, 5, 1, { 1: 'v' });
    send(world, alice, 5, 2, {});
    send(world, alice, 6, 3, {});
    expect(camera.received).toHaveLength(2);
  });

  it('by rid when there is no mid', () => {
    const { world, alice, camera } = call(parameters({ mid: undefined, encodings: [{ rid: 'a' }] }));
    send(world, alice, 5, 1, { 2: 'a' });
    expect(camera.received).toHaveLength(1);
  });

  it('and to one of its streams by rid; the best one that arrives is forwarded', () => {
    const { world, alice, camera } = call(parameters({ encodings: [{ rid: 'a' }, { rid: 'b' }] }));
    send(world, alice, 5, 1, { 1: 'v', 2: 'a' });
    send(world, alice, 5, 2, {});
    send(world, alice, 6, 500, { 1: 'v', 2: 'b' });
    send(world, alice, 5, 3, {});
    send(world, alice, 6, 501, {});
    // Two of the lower stream, then the higher one from its key frame on.
    expect(camera.received).toHaveLength(4);
    expect(camera.missing()).toEqual([]);
    const streams = world.control.producerStats('camera').streams;
    expect(streams.map(({ ssrc, rid, packetsReceived }) => [ssrc, rid, packetsReceived])).toEqual([
      [5, 'a', 3],
      [6, 'b', 2],
    ]);
  });

  it('and to none of several streams when neither SSRC nor rid names one', () => {
    const { world, alice, camera } = call(parameters({ encodings: [{ rid: 'a' }, { rid: 'b' }] }));
    send(world, alice, 5, 1, { 1: 'v' });
    send(world, alice, 6, 1, { 1: 'v', 2: 'c' });
    expect(camera.received).toHaveLength(0);
  });

  it('RTX by the repaired rid', () => {
    const { world, alice, camera } = call(parameters({ encodings: [{ rid: 'a' }, { rid: 'b' }] }));
    send(world, alice, 5, 1, { 1: 'v', 2: 'a' });
    send(world, alice, 5, 3, {});
    send(world, alice, 7, 900, { 1: 'v', 3: 'a' }, 2);
    send(world, alice, 8, 901, { 1: 'v', 3: 'b' }, 4);
    expect(camera.inOrder().map(({ sequence }) => sequence - camera.inOrder()[0]!.sequence)).toEqual([0, 1, 2]);
  });

  it('and the number of learnt SSRCs is limited', () => {
    const { world, alice, camera } = call(parameters(), { learntSsrcsPerTransport: 3 });
    for (let ssrc = 100; ssrc < 110; ssrc++) send(world, alice, ssrc, ssrc, { 1: 'v' });
    expect(camera.received).toHaveLength(3);
  });

  it('also after more SSRCs than are kept, one at a time', () => {
    const { world, alice, camera } = call(parameters(), { learntSsrcsPerTransport: 3 });
    for (let ssrc = 100; ssrc < 110; ssrc++) {
      send(world, alice, ssrc, ssrc, { 1: 'v' });
      world.run(1000);
    }
    expect(camera.received).toHaveLength(10);
  });

  it('which is requested by FIR when it does not support PLI', () => {
    const { world, alice, sent, camera } = call(parameters({ encodings: [{ ssrc: 5 }] }));
    send(world, alice, 5, 1, {});
    camera.askForKeyFrame();
    world.run(600);
    const parts = sent.flatMap(readRtcp).filter((part) => part.type === 206);
    expect(parts.map((part) => [part.format, part.body.getUint32(8)])).toContainEqual([4, 5]);
    // RFC 5104 section 4.3.1.1: a repetition keeps its number, a new command has the next.
    const numbers = () =>
      sent
        .flatMap(readRtcp)
        .flatMap((part) => (part.type === 206 && part.format === 4 ? [part.body.getUint8(12)] : []));
    world.run(2000);
    const before = numbers();
    expect(before.length).toBeGreaterThan(2);
    expect(new Set(before).size).toBe(1);
    send(world, alice, 5, 2, {});
    camera.askForKeyFrame();
    world.run(600);
    expect(numbers().at(-1)).toBe(before[0]! + 1);
  });
});

it('a payload type that was not negotiated takes a number and leaves no gap', () => {
  const nacked = { ...parameters({ encodings: [{ ssrc: 5 }] }) };
  nacked.codecs = nacked.codecs.map((codec) => ({ ...codec, rtcpFeedback: [{ type: 'nack' }] }));
  const { world, alice, camera, sent } = call(nacked);
  for (let i = 1; i <= 10; i++) {
    const isStrange = i % 3 === 0;
    const packet = { payloadType: isStrange ? 13 : 96, marker: true, timestamp: i * 3000, ssrc: 5 };
    const payload = Uint8Array.of(0x10, 0, 0, 0, 0, 0, 0, 0);
    world.send(alice, writeRtp({ ...packet, sequenceNumber: i, extensions: new Map(), payload }), true);
    world.run(100);
  }
  expect(camera.received).toHaveLength(7);
  expect(camera.missing()).toEqual([]);
  expect(sent.flatMap(readRtcp).filter((part) => part.type === 205 && part.format === 1)).toEqual([]);
});

it('a packet larger than any of a WebRTC peer is dropped', () => {
  const { world, alice, camera } = call(parameters({ encodings: [{ ssrc: 5 }] }));
  const packet = { payloadType: 96, marker: true, timestamp: 1, ssrc: 5, extensions: new Map<number, Uint8Array>() };
  const sizes = [1488, 1489, 9000];
  for (const [i, size] of sizes.entries()) {
    const payload = new Uint8Array(size);
    payload[0] = 0x10;
    world.send(alice, writeRtp({ ...packet, sequenceNumber: i, payload }), true);
    world.run(1);
  }
  expect(camera.received.map((received) => received.packet.payload.length)).toEqual([1488]);
});

describe('the age of a packet', () => {
  it('counts for jitter', () => {
    const { world, alice } = call(parameters({ encodings: [{ ssrc: 5 }] }));
    for (let i = 0; i < 50; i++) {
      world.run(33);
      // Delivered late by a busy host, yet arrived in time.
      const age = (i % 2) * 20_000;
      const bytes = writeRtp({
        ...{ payloadType: 96, marker: true, sequenceNumber: i, ssrc: 5, extensions: new Map() },
        timestamp: Math.round((world.now - age / 1000) * 90),
        payload: new Uint8Array(10),
      });
      world.deliver(() => world.port.put(ReceiveKind.Rtp, alice.session, bytes, age));
    }
    expect(world.control.producerStats('camera').streams[0]!.jitter).toBeLessThan(1);
  });
});
