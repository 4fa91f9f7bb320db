import { FeedbackSender } from './feedback-sender.js';
import { NetworkPath, type PathOptions } from './network-path.js';
import { Publisher } from './publisher.js';
import { type Consumption, Receiver } from './receiver.js';
import { World } from './world.js';

export interface Leg {
  receiver: Receiver;
  feedback: FeedbackSender;
  camera: Consumption;
  microphone: Consumption;
  path: NetworkPath;
  publisher: Publisher;
  /** Bits per second that the camera sends when the estimate allows it. */
  demand: number;
  /** The target over time. */
  targets: { at: number; target: number }[];
}

/**
 * Receivers behind lines of known rate. Each views a camera of its own, whose encoder sends the
 * estimated rate, as an allocator with layers at every rate would choose; and all hear one
 * microphone.
 */
export class AdaptiveCall {
  readonly world: World;
  readonly legs: Leg[] = [];

  constructor(seed: number) {
    this.world = new World(seed);
    new Publisher(this.world, 'speaker', { kind: 'audio', ssrc: 7 }).produce('microphone');
  }

  add(
    path: NetworkPath | Partial<PathOptions>,
    options: { demand?: number; feedbackInterval?: number; wants?: boolean } = {},
  ): Leg {
    const { world } = this;
    const index = this.legs.length;
    const publisher = new Publisher(world, `sender${index}`, {
      kind: 'video',
      ssrc: 11 + index,
      rtxSsrc: 1011 + index,
    });
    publisher.bitrate = 100_000;
    publisher.produce(`camera${index}`);
    const receiver = new Receiver(world, `receiver${index}`);
    const line = path instanceof NetworkPath ? path : new NetworkPath(world, path);
    receiver.peer.path = line;
    receiver.peer.uplink.delay = line.options.delay;
    receiver.feedback = new FeedbackSender(world, receiver.peer, options.feedbackInterval);
    const leg: Leg = {
      receiver,
      feedback: receiver.feedback,
      camera: receiver.consume(`camera${index}`),
      microphone: receiver.consume('microphone'),
      path: line,
      publisher,
      demand: options.demand ?? 5_000_000,
      targets: [],
    };
    for (const consumption of [leg.camera, leg.microphone]) {
      consumption.maxAsked = 10;
      consumption.repairable = 200;
    }
    const transport = world.transport(receiver.peer);
    // The encoder replaces the allocator.
    for (const consumer of transport.consumers) consumer.setTarget = () => {};
    const { media } = transport;
    const probeWanted = media.probeWanted.bind(media);
    media.probeWanted = () => {};
    let repeated = 0;
    let repeats = 0;
    world.every(20, () => {
      const { target } = media.estimate;
      leg.targets.push({ at: world.now, target });
      const bytes = [...transport.consumers].reduce((sum, consumer) => sum + consumer.retransmissions.bytes, 0);
      repeats += ((bytes - repeated) * 400 - repeats) / 50;
      repeated = bytes;
      publisher.bitrate = Math.max(20_000, Math.min(leg.demand, target - MICROPHONE_BITRATE - repeats));
      if (options.wants ?? true) probeWanted(leg.demand > target ? leg.demand : 0);
    });
    this.legs.push(leg);
    return leg;
  }

  transport(leg: Leg) {
    return this.world.transport(leg.receiver.peer);
  }
}

/** 60 bytes of Opus and their header fifty times a second. */
const MICROPHONE_BITRATE = 36_000;
