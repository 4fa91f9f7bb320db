import { describe, expect, it } from 'vitest';
import type { RtpParameters } from '../../src/index.js';
import { decode, pictureOf } from '../simulation/layered-decoder.js';
import { LayeredPublisher } from '../simulation/layered-publisher.js';
import { Publisher } from '../simulation/publisher.js';
import { Consumption, Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

// A receiver that made the offer: its payload types, its ids, and one media section for whatever is
// forwarded in it.

const TRANSPORT_WIDE = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

const VIDEO: RtpParameters = {
  mid: '1',
  codecs: [
    {
      ...{ mimeType: 'video/VP8', payloadType: 45, clockRate: 90_000 },
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'goog-remb' }],
    },
    { mimeType: 'video/rtx', payloadType: 46, clockRate: 90_000, parameters: { apt: 45 } },
  ],
  headerExtensions: [],
  encodings: [{ ssrc: 700, rtx: { ssrc: 701 } }],
  rtcp: { cname: 'meeting' },
};

const AUDIO: RtpParameters = {
  mid: '0',
  codecs: [
    { mimeType: 'audio/opus', payloadType: 9, clockRate: 48_000, channels: 2, rtcpFeedback: [{ type: 'nack' }] },
  ],
  headerExtensions: [],
  encodings: [{ ssrc: 800 }],
  rtcp: { cname: 'meeting' },
};

function call(seed = 5) {
  const world = new World(seed);
  const [ada, bob] = ['ada', 'bob'].map((name, i) => {
    const publisher = new LayeredPublisher(world, name, 'VP8', true);
    // Else the decoder would take the frames of both for those of one.
    publisher.frames = i * 100_000;
    publisher.produce(`${name}/camera`);
    return publisher;
  });
  const player = new Receiver(world, 'player');
  let fills = 0;
  const fill = (producerId: string, section = VIDEO) => {
    const consumerId = `fill-${++fills}`;
    const parameters = world.control.fillSection({ transportId: 'player', consumerId, producerId, section });
    const known = [...player.consumers.values()].find(({ ssrc }) => ssrc === section.encodings![0]!.ssrc);
    const consumption = known ?? new Consumption(world, player.peer, parameters);
    player.consumers.set(section.mid!, consumption);
    world.tick();
    return { parameters, consumption, consumerId };
  };
  const closed = () => world.events.filter(({ type }) => type === 'consumer.closed');
  return { world, ada: ada!, bob: bob!, player, fill, closed };
}

describe('a media section that the receiver negotiated', () => {
  it('has the payload types, SSRCs and name of the receiver', () => {
    const { world, fill } = call();
    const { parameters, consumption } = fill('ada/camera');
    expect(parameters.rtpParameters).toMatchObject({
      mid: '1',
      codecs: [{ mimeType: 'video/VP8', payloadType: 45, rtcpFeedback: [{ type: 'nack' }, { parameter: 'pli' }] }, {}],
      encodings: [{ ssrc: 700, rtx: { ssrc: 701 } }],
      rtcp: { cname: 'meeting' },
    });
    world.run(1500);
    expect(new Set(consumption.received.map(({ packet }) => packet.payloadType))).toEqual(new Set([45]));
    consumption.nack(consumption.received.at(-1)!.sequence);
    expect(consumption.senderReports.length).toBeGreaterThan(0);
  });

  it('shows one publisher after the other as one stream, which continues until the next key frame', () => {
    const { world, fill, closed } = call();
    const { consumption, consumerId } = fill('ada/camera');
    world.run(2000);
    fill('bob/camera');
    expect(closed()).toEqual([]);
    world.run(2000);
    expect(closed()).toEqual([{ type: 'consumer.closed', consumerId, reason: 'replaced' }]);
    fill('ada/camera');
    world.run(2000);
    expect(consumption.missing()).toEqual([]);
    const { frames } = decode(consumption);
    expect(frames.filter(({ isDecodable }) => !isDecodable)).toEqual([]);
    for (const [i, frame] of frames.slice(1).entries()) {
      expect((frame.timestamp - frames[i]!.timestamp) | 0).toBeGreaterThan(0);
      expect((pictureOf(frame).pictureId - pictureOf(frames[i]!).pictureId) & 0x7fff).toBeLessThanOrEqual(2);
      expect(frame.at - frames[i]!.at).toBeLessThan(150);
    }
    // Time runs as on the wall.
    const [first, last] = [frames[0]!, frames.at(-1)!];
    expect(Math.abs(((last.timestamp - first.timestamp) | 0) / 90 - (last.at - first.at))).toBeLessThan(100);
    expect(world.port.refused).toBe(0);
  });

  it('continues after a publisher that has left, also long afterwards, and on the same retransmission stream', () => {
    const { world, fill, closed, player } = call();
    const { consumption, consumerId } = fill('ada/camera');
    world.run(1000);
    for (const { sequence } of consumption.received.slice(-20)) consumption.nack(sequence);
    world.run(100);
    world.control.closeProducer('ada/camera');
    world.run(5000);
    expect(closed()).toEqual([{ type: 'consumer.closed', consumerId, reason: 'producer-closed' }]);
    fill('bob/camera');
    world.run(1000);
    for (const { sequence } of consumption.received.slice(-20)) consumption.nack(sequence);
    world.run(100);
    expect(consumption.missing()).toEqual([]);
    expect(consumption.duplicates).toBeGreaterThan(20);
    expect(world.port.refused).toBe(0);
    // SRTP continues too.
    expect(world.port.forgotten.filter(({ session }) => session === player.peer.session)).toEqual([]);
  });

  it('follows the last request when several come before a key frame', () => {
    const { world, fill, closed, bob } = call();
    const { consumption } = fill('ada/camera');
    world.run(1000);
    for (const stream of bob.streams) stream.isSending = false;
    const { consumerId } = fill('bob/camera');
    world.control.closeConsumer(consumerId);
    expect(() => fill('ada/camera')).toThrow(/filled/);
    world.run(1000);
    expect(closed()).toEqual([]);
    expect(consumption.received.at(-1)!.at).toBeGreaterThan(world.now - 100);
  });

  it('carries sound of one microphone after the other', () => {
    const { world, fill, player } = call();
    for (const [i, name] of ['carl', 'dora'].entries()) {
      new Publisher(world, name, { kind: 'audio', ssrc: 70 + i, sequenceNumber: 60_000 * i }).produce(`${name}/sound`);
    }
    const { consumption } = fill('carl/sound', AUDIO);
    fill('ada/camera');
    world.run(1000);
    fill('dora/sound', AUDIO);
    world.run(1000);
    expect(consumption.missing()).toEqual([]);
    expect(consumption.received.length).toBeGreaterThan(90);
    const times = consumption.inOrder().map(({ packet }) => packet.timestamp);
    expect(times.slice(1).every((time, i) => ((time - times[i]!) | 0) > 0)).toBe(true);
    expect([...player.consumers.keys()]).toEqual(['0', '1']);
  });
});

it('a player that only reports loss gets fewer layers while much is lost', () => {
  const { world, fill, player } = call();
  player.reports = true;
  const { consumption } = fill('ada/camera');
  const streams = () =>
    new Set(decode(consumption).frames.flatMap(({ at, stream }) => (at > world.now - 1000 ? [stream] : [])));
  world.run(5000);
  expect(streams()).toEqual(new Set([2]));
  player.peer.downlink.loss = 0.3;
  world.run(10_000);
  expect(world.control.transportStats('player').availableOutgoingBitrate).toBeLessThan(300_000);
  player.peer.downlink.loss = 0;
  consumption.askForKeyFrame();
  world.run(5000);
  expect(streams().has(2)).toBe(false);
  world.run(40_000);
  expect(streams()).toEqual(new Set([2]));
});

describe('the ids of header extensions', () => {
  it('are those of the receiver, and of one meaning in all sections', () => {
    const { world, fill, player } = call();
    fill('ada/camera', { ...VIDEO, headerExtensions: [{ uri: TRANSPORT_WIDE, id: 2 }] });
    const ids = world.port.extensionIds.get(world.transport(player.peer).session)!;
    expect([...ids.entries()].filter(([, id]) => id > 0)).toEqual([[5, 2]]);
    const other = (id: number) => ({
      ...VIDEO,
      ...{ mid: '7', encodings: [{ ssrc: 900 }], headerExtensions: [{ uri: TRANSPORT_WIDE, id }] },
    });
    expect(() => fill('ada/camera', other(3))).toThrow(/cannot be used/);
    expect(() => fill('ada/camera', other(15))).toThrow(/cannot be used/);
    expect(() => fill('ada/camera', other(2))).not.toThrow();
  });

  it('are not mixed with those of the router on one transport', () => {
    const { fill, player } = call();
    player.consume('bob/camera');
    expect(() => fill('ada/camera')).toThrow(/ids of the router/);
    const { fill: fillFirst, player: offering } = call();
    fillFirst('ada/camera');
    expect(() => offering.consume('bob/camera')).toThrow(/negotiated sections/);
  });
});

it('a section without the codec of the producer is not filled', () => {
  const { fill } = call();
  expect(() => fill('ada/camera', { ...VIDEO, codecs: AUDIO.codecs })).toThrow(/does not take/);
});
