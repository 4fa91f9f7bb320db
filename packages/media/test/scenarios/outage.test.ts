import { describe, expect, it } from 'vitest';
import { FeedbackSender } from '../simulation/feedback-sender.js';
import { NetworkPath } from '../simulation/network-path.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { Viewer } from '../simulation/viewer.js';
import { World } from '../simulation/world.js';

/** A receiver of 1.5 Mbit/s whose path from us is cut for some seconds. */
function call() {
  const world = new World(104);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }, { delay: 20 });
  publisher.bitrate = 1_500_000;
  publisher.produce('camera');
  const receiver = new Receiver(world, 'bob', { delay: 20 });
  receiver.feedback = new FeedbackSender(world, receiver.peer);
  const path = new NetworkPath(world, { delay: 20 });
  receiver.peer.path = path;
  receiver.consume('camera');
  const cut = (milliseconds: number) => {
    const send = path.send;
    path.send = () => {};
    world.run(milliseconds);
    path.send = send;
  };
  const target = () => world.transport(receiver.peer).media.estimate.target;
  world.run(20_000);
  return { world, path, cut, target };
}

it('a path that was cut carries the same rate as before when it is back', () => {
  const { world, cut, target } = call();
  cut(7_000);
  const targets: number[] = [];
  for (let second = 0; second < 10; second++) {
    world.run(1_000);
    targets.push(Math.round(target() / 1000));
  }
  expect(Math.min(...targets)).toBeGreaterThan(1_500);
});

it('a path that carries less when it is back is detected', () => {
  const { world, path, cut, target } = call();
  path.options.rate = 400_000;
  cut(7_000);
  world.run(10_000);
  // Less than the video needs: it is paused.
  expect(target()).toBeLessThan(1_500_000);
});

describe('pictures in three sizes, after an outage in both directions', () => {
  /**
   * Cuts their path once for each time; returns the last pictures, and the target before and after.
   */
  function cuts(times: number[], hasSound: boolean) {
    const viewer = new Viewer(1, { rate: 10_000_000, delay: 2 });
    const { world, line, receiver, microphone } = viewer;
    const target = () => world.transport(receiver.peer).media.estimate.target;
    microphone.isSending = hasSound;
    world.run(5_000);
    const before = target();
    const { send } = line;
    for (const lasts of times) {
      line.send = () => {};
      receiver.peer.uplink.loss = 1;
      world.run(lasts);
      line.send = send;
      receiver.peer.uplink.loss = 0;
      world.run(3_000);
    }
    const backAt = world.now - 3_000;
    const shown = viewer.shown(50).filter(({ at }) => at > backAt + 60);
    return { before, after: target(), shown: shown.map(({ at, stream }) => ({ after: at - backAt, stream })) };
  }

  it.each([
    ['2 s', [2_000], true],
    ['35 s, when the estimate has faded to sound', [35_000], true],
    ['20 s, without sound that would show that the path is back', [20_000], false],
    ['7 s four times, three seconds apart', [7_000, 7_000, 7_000, 7_000], true],
  ] as const)('of %s return within three seconds, as large as before', (_, times, hasSound) => {
    const { before, after, shown } = cuts([...times], hasSound);
    expect(after).toBeGreaterThan(0.7 * before);
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.at(-1)!.stream).toBe(2);
  });
});
