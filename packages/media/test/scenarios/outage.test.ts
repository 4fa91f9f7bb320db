import { expect, it } from 'vitest';
import { FeedbackSender } from '../simulation/feedback-sender.js';
import { NetworkPath } from '../simulation/network-path.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
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

it('a path that was cut carries as much as before when it is back', () => {
  const { world, cut, target } = call();
  cut(7_000);
  const targets: number[] = [];
  for (let second = 0; second < 10; second++) {
    world.run(1_000);
    targets.push(Math.round(target() / 1000));
  }
  expect(Math.min(...targets)).toBeGreaterThan(1_500);
});

it('a path that carries less when it is back is found out', () => {
  const { world, path, cut, target } = call();
  path.options.rate = 400_000;
  cut(7_000);
  world.run(10_000);
  // Less than the video needs: it is paused.
  expect(target()).toBeLessThan(1_500_000);
});
