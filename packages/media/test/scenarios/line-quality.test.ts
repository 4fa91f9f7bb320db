import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/index.js';
import { FeedbackSender } from '../simulation/feedback-sender.js';
import { NetworkPath } from '../simulation/network-path.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

const RANK = { excellent: 0, good: 1, poor: 2, lost: 3 };

/** The verdicts on one transport in the order of emission. */
function verdicts(events: EngineEvent[], transport: string) {
  return events.flatMap((event) =>
    event.type === 'router.quality' ? event.transports.filter(({ transportId }) => transportId === transport) : [],
  );
}

/**
 * Alice sends sound and a picture, Bob receives both through a line with transport-wide feedback.
 */
function call(seed: number, kinds: ('audio' | 'video')[] = ['audio', 'video']) {
  const world = new World(seed);
  const publishers = kinds.map((kind, index) => {
    const rtx = kind === 'video' ? { rtxSsrc: 22 } : {};
    const publisher = new Publisher(world, kind, { kind, ssrc: 11 + index, ...rtx }, { delay: 20 });
    publisher.produce(`alice ${kind}`);
    return publisher;
  });
  const receiver = new Receiver(world, 'bob', { delay: 20 });
  receiver.feedback = new FeedbackSender(world, receiver.peer);
  const path = new NetworkPath(world, { delay: 20 });
  receiver.peer.path = path;
  for (const kind of kinds) receiver.consume(`alice ${kind}`);
  return { world, publishers, receiver, path };
}

/** The verdict on a transport after each stretch of the walk. */
function walk<T>(world: World, transport: string, values: T[], set: (value: T) => void): string[] {
  let current = 'excellent none';
  return values.map((value) => {
    set(value);
    world.events.length = 0;
    world.run(30_000);
    const last = verdicts(world.events, transport).at(-1);
    if (last) current = `${last.quality} ${last.limitation}`;
    return current;
  });
}

const rankOf = (verdict: string) => RANK[verdict.split(' ')[0] as keyof typeof RANK];
const LOSSES = [0, 0.01, 0.05, 0.13, 0.2, 0.4];

describe('a line that becomes worse', () => {
  it('towards us: the upload’s fault, never better with more loss', () => {
    const { world, publishers } = call(101, ['audio']);
    const [publisher] = publishers;
    const seen = walk(world, 'audio', LOSSES, (loss) => {
      publisher!.peer.uplink.loss = loss;
    });
    expect(seen).toEqual([
      'excellent none',
      'excellent none',
      'good upload',
      'poor upload',
      'poor upload',
      'poor upload',
    ]);
  });

  it('from us: the download’s fault, never better with more loss', () => {
    const { world, path } = call(102);
    const seen = walk(world, 'bob', LOSSES, (loss) => {
      path.options.loss = loss;
    });
    const ranks = seen.map(rankOf);
    expect(ranks).toEqual(ranks.toSorted());
    expect(seen[0]).toBe('excellent none');
    expect(seen.slice(3)).toEqual(['poor download', 'poor download', 'poor download']);
  });

  it('by loss before us: the receiver’s download is not to blame', () => {
    const { world, publishers } = call(103);
    for (const publisher of publishers) publisher.peer.uplink.loss = 0.2;
    world.run(30_000);
    expect(verdicts(world.events, 'bob')).toEqual([]);
  });

  it('by a queue: a rate below the sending rate', () => {
    const { world, path } = call(105);
    const seen = walk(world, 'bob', [Number.POSITIVE_INFINITY, 300_000, 60_000], (rate) => {
      path.options.rate = rate;
    });
    expect(seen.map(rankOf)).toEqual(seen.map(rankOf).toSorted());
    expect(seen.at(-1)).toBe('poor download');
  });
});

describe('a receiver whose answers do not arrive', () => {
  it.each([
    ['sound and a picture', ['audio', 'video'] as const],
    ['a picture alone, which is paused for it', ['video'] as const],
  ])('to %s is lost within five seconds, and found with the first one', (_, kinds) => {
    const { world, receiver } = call(106, [...kinds]);
    world.run(10_000);
    world.silent.add('bob');
    receiver.feedback!.isSending = false;
    for (const consumption of receiver.consumers.values()) consumption.asksForMissing = false;
    world.run(4_500);
    expect(verdicts(world.events, 'bob').map(({ quality }) => quality)).toEqual(['lost']);
    world.run(20_000);
    expect(verdicts(world.events, 'bob').map(({ quality }) => quality)).toEqual(['lost']);
    receiver.feedback!.isSending = true;
    world.run(2_000);
    expect(verdicts(world.events, 'bob').map(({ quality }) => quality)).not.toEqual(['lost']);
  });

  it('is not lost while there is no sender', () => {
    const { world, publishers } = call(107);
    world.run(10_000);
    for (const publisher of publishers) publisher.isSending = false;
    world.run(120_000);
    expect(verdicts(world.events, 'bob')).toEqual([]);
  });
});

describe('a line at the boundary of two qualities', () => {
  it.each([
    [0.02, ['good upload', 'excellent none']],
    [0.08, ['good upload', 'poor upload']],
  ])('of %f loss does not flap', (loss, qualities) => {
    const { world, publishers } = call(7, ['audio']);
    publishers[0]!.peer.uplink.loss = loss;
    world.run(300_000);
    const seen = verdicts(world.events, 'audio').map(({ quality, limitation }) => `${quality} ${limitation}`);
    expect(seen.length).toBeLessThanOrEqual(7);
    expect(qualities).toContain(seen.at(-1));
  });

  it('is excellent again when the line is', () => {
    const { world, publishers } = call(8, ['audio']);
    for (const loss of [0.3, 0, 0.3, 0, 0.3]) {
      publishers[0]!.peer.uplink.loss = loss;
      world.run(12_000);
    }
    publishers[0]!.peer.uplink.loss = 0;
    world.run(60_000);
    expect(verdicts(world.events, 'audio').at(-1)!.quality).toBe('excellent');
  });
});

describe('the sound of a lossy line', () => {
  /** Changes of the sounds that Bob does not understand. */
  const changes = (events: EngineEvent[]) =>
    verdicts(events, 'bob').map(({ quality, unintelligible = [] }) => `${quality} ${unintelligible.join()}`);

  /** Bob requests packets as browsers do: once a round trip, for a tenth of a second. */
  function listening(seed: number, line: Partial<NetworkPath['options']>) {
    const { world, publishers, receiver, path } = call(seed, ['audio']);
    receiver.reports = true;
    const [sound] = receiver.consumers.values();
    sound!.repairable = 5;
    sound!.askAgainAfter = 50;
    world.run(5000);
    Object.assign(path.options, line);
    return { world, publisher: publishers[0]!, path };
  }

  it('is unintelligible while bursts of loss are not repaired, and the download is then to blame', () => {
    const { world, path } = listening(111, { loss: 0.4, burst: 10 });
    world.run(25_000);
    const before = changes(world.events);
    expect(before.at(-1)).toBe('poor alice audio');
    // The quality of the tile says the same, at any moment.
    expect(before.filter((change) => /^(excellent|good) ./.test(change))).toEqual([]);
    expect(before.filter((change) => change.endsWith('alice audio')).length).toBe(1);
    path.options.loss = 0;
    world.run(20_000);
    expect(changes(world.events).at(-1)).toBe('excellent ');
  });

  it('is intelligible with as many losses that repeats and redundancy repair', () => {
    const { world } = listening(112, { loss: 0.4 });
    world.run(25_000);
    expect(changes(world.events).filter((change) => change.endsWith('audio'))).toEqual([]);
  });

  it('is nobody’s fault here that is lost before us', () => {
    const { world, publisher } = listening(113, {});
    publisher.peer.uplink.loss = 0.6;
    world.run(25_000);
    expect(changes(world.events)).toEqual([]);
  });

  it('is not judged in silence', () => {
    const { world, publisher } = listening(114, { loss: 0.5, burst: 40 });
    publisher.isSending = false;
    world.run(25_000);
    expect(changes(world.events).filter((change) => change.endsWith('audio'))).toEqual([]);
  });
});
