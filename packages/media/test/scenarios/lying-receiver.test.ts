import { describe, expect, it } from 'vitest';
import { FeedbackSender, writeFeedback } from '../simulation/feedback-sender.js';
import { decode } from '../simulation/layered-decoder.js';
import { LayeredPublisher } from '../simulation/layered-publisher.js';
import { NetworkPath } from '../simulation/network-path.js';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { writeRtcp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';

// One camera in three streams of simulcast and a microphone, received by two honest neighbours and by a third peer.

interface Third {
  world: World;
  receiver: Receiver;
  camera: Consumption;
  feedback: FeedbackSender;
}

type Lie = (third: Third) => void;

const LIES: Record<string, Lie> = {
  'acknowledges what was never sent': ({ feedback }) => {
    feedback.forge = (honest) => [writeFeedback(baseOf(honest) + 1000, [1, 1, 1], 40, 0, [1, 1, 1]), honest];
  },
  'claims that everything arrived, and at one instant': ({ feedback }) => {
    feedback.forge = (honest) => {
      const count = countOf(honest);
      const statuses = new Array(count).fill(1);
      return [writeFeedback(baseOf(honest), statuses, referenceOf(honest), honest[19]!, new Array(count).fill(0))];
    };
  },
  'reports times backwards': ({ feedback }) => {
    let reports = 0;
    feedback.forge = (honest) => {
      const count = countOf(honest);
      const deltas = Array.from({ length: count }, () => [0xff, 0xf0]).flat();
      const reference = Math.max(1, 100_000 - reports++);
      return [writeFeedback(baseOf(honest), new Array(count).fill(2), reference, honest[19]!, deltas)];
    };
  },
  'has a REMB of 10 Gbit/s': ({ world, receiver, feedback }) => {
    feedback.isSending = false;
    world.every(20, () => world.send(receiver.peer, remb(10e9), false));
  },
  'switches its preferences 1,000 times a second': ({ world, camera }) => {
    let times = 0;
    world.every(1, () => prefer(world, camera, times++));
  },
  'asks for packets and key frames without end': ({ world, receiver, camera }) => {
    world.every(5, () => {
      const last = camera.received.at(-1)?.sequence ?? 0;
      const items = Array.from({ length: 20 }, (_, i) => (((last - i * 17) & 0xffff) << 16) | 0xffff);
      world.send(receiver.peer, writeRtcp(205, 1, [1, camera.ssrc, ...items]), false);
      camera.askForKeyFrame();
    });
  },
};

const EVERYTHING: Lie = (third) => {
  const { feedback } = third;
  const forges = Object.values(LIES).flatMap((lie) => {
    feedback.forge = (honest) => [honest];
    lie(third);
    return [feedback.forge];
  });
  feedback.isSending = true;
  let reports = 0;
  feedback.forge = (honest) => forges[reports++ % forges.length]!(honest);
};

/** The room; the third peer joins after two seconds. */
function room(third: 'absent' | 'honest' | Lie) {
  const world = new World(77);
  const publisher = new LayeredPublisher(world, 'alice', 'VP8', true, { delay: 10 });
  publisher.produce('camera');
  new Publisher(world, 'alan', { kind: 'audio', ssrc: 7 }, { delay: 10 }).produce('microphone');
  const neighbours = ['bob', 'carol'].map((name) => {
    const receiver = new Receiver(world, name, { delay: 20 });
    receiver.peer.path = new NetworkPath(world);
    receiver.feedback = new FeedbackSender(world, receiver.peer);
    return { camera: receiver.consume('camera'), sound: receiver.consume('microphone') };
  });
  world.run(2000);
  const bytes: number[] = [];
  if (third !== 'absent') {
    const receiver = new Receiver(world, 'mallory', { delay: 20 });
    receiver.peer.path = new NetworkPath(world, { rate: 400_000 });
    receiver.feedback = new FeedbackSender(world, receiver.peer);
    const camera = receiver.consume('camera');
    receiver.consume('microphone');
    if (third !== 'honest') third({ world, receiver, camera, feedback: receiver.feedback });
    const transport = world.transport(receiver.peer);
    let before = 0;
    world.every(1000, () => {
      const { bytesSent } = transport.stats();
      bytes.push(bytesSent - before);
      before = bytesSent;
    });
  }
  const requestsBefore = publisher.keyFrameRequests.map(({ length }) => length);
  world.run(SECONDS * 1000);
  expect(world.engine.faults).toBe(0);
  expect(world.port.refused).toBe(0);
  return {
    neighbours: neighbours.map(({ camera, sound }) => ({
      // The pictures and sounds, with their times. A key frame has more packets, which arrive at
      // the same time.
      pictures: decode(camera).frames.map(({ stream, frame, at, isDecodable }) => ({ stream, frame, at, isDecodable })),
      sounds: sound.received.map(({ number, at }) => ({ number, at })),
      missing: [...camera.missing(), ...sound.missing()],
    })),
    keyFrameRequests: publisher.keyFrameRequests.map(({ length }, i) => length - requestsBefore[i]!),
    wanted: world.events.filter(({ type }) => type === 'producer.wanted'),
    /** Bytes sent to the third peer, in each second. */
    bytes,
  };
}

describe('a receiver with false reports', () => {
  const alone = room('absent');
  const besideHonest = room('honest');

  it('would be harmless if it were honest', () => {
    expect(besideHonest.neighbours).toEqual(alone.neighbours);
    for (const { pictures, missing } of alone.neighbours) {
      expect(pictures.length).toBeGreaterThan(350);
      expect(pictures.every(({ isDecodable }) => isDecodable)).toBe(true);
      expect(missing).toEqual([]);
    }
  });

  it.each(Object.entries({ ...LIES, 'does all of that': EVERYTHING }))('and %s harms itself', (_what, lie) => {
    const lied = room(lie);
    // Pictures, their layers, sounds, and the time of each, equal those without it.
    expect(lied.neighbours).toEqual(alone.neighbours);
    expect(lied.wanted).toEqual(alone.wanted);
    // It can get at most the best stream, its sound, and repeats: a full budget once, then a
    // quarter.
    const most = Math.max(...besideHonest.bytes);
    for (const bytes of lied.bytes) expect(bytes).toBeLessThan(1.5 * most + 64 * 1024);
    expect(sum(lied.bytes)).toBeLessThan(1.25 * SECONDS * most + 64 * 1024);
    // For each stream four key frames at once and one each four seconds, including the one for
    // joining.
    for (const requests of lied.keyFrameRequests) expect(requests).toBeLessThanOrEqual(4 + Math.ceil(SECONDS / 4));
  });
});

function prefer(world: World, { parameters }: Consumption, times: number): void {
  const preferences = {
    width: [0, 1e9, 320, 1280][times % 4]!,
    height: [1e9, 0, 180, 720][times % 4]!,
    visible: times % 7 > 0,
    priority: times % 2 === 0 ? ('high' as const) : ('low' as const),
  };
  world.engine.perform(world.now, (control) => control.setConsumerPreferences(parameters.id, preferences));
}

/** draft-alvestrand-rmcat-remb-03 section 2.2. */
function remb(bitsPerSecond: number): Uint8Array {
  const exponent = Math.max(0, Math.ceil(Math.log2(bitsPerSecond / 0x3ffff)));
  const mantissa = Math.floor(bitsPerSecond / 2 ** exponent);
  return writeRtcp(206, 15, [1, 0, 0x52454d42, (1 << 24) | (exponent << 18) | mantissa, 1]);
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const baseOf = (feedback: Uint8Array) => (feedback[12]! << 8) | feedback[13]!;
const countOf = (feedback: Uint8Array) => (feedback[14]! << 8) | feedback[15]!;
const referenceOf = (feedback: Uint8Array) => (feedback[16]! << 16) | (feedback[17]! << 8) | feedback[18]!;

/** From the time at which the third peer joins. */
const SECONDS = 12;
