import { describe, expect, it } from 'vitest';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

function call() {
  const world = new World(31);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  publisher.produce('camera');
  const camera = new Receiver(world, 'bob').consume('camera');
  world.run(2000);
  publisher.keyFrameRequests = [];
  return { world, publisher, camera };
}

describe('key frame requests', () => {
  it('of many receivers at once become one', () => {
    const { world, publisher } = call();
    for (let i = 0; i < 20; i++) new Receiver(world, `late${i}`).consume('camera');
    world.run(400);
    expect(publisher.keyFrameRequests.length).toBe(1);
  });

  it('come at most every half second, however often receivers ask', () => {
    const { world, publisher, camera } = call();
    world.every(20, () => camera.askForKeyFrame(), world.now + 3000);
    world.run(3000);
    const gaps = publisher.keyFrameRequests.slice(1).map((at, i) => at - publisher.keyFrameRequests[i]!);
    expect(gaps.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(499);
  });

  it('are repeated until the key frame comes', () => {
    const { world, publisher, camera } = call();
    publisher.respondToKeyFrameRequests = false;
    camera.askForKeyFrame();
    world.run(2100);
    expect(publisher.keyFrameRequests.length).toBe(3);
    publisher.respondToKeyFrameRequests = true;
    world.run(2000);
    expect(publisher.keyFrameRequests.length).toBe(4);
  });

  it('survive loss of the requests themselves', () => {
    const { world, publisher } = call();
    publisher.peer.downlink.loss = 0.5;
    const joinedAt = world.now;
    const late = new Receiver(world, 'late').consume('camera');
    world.run(5000);
    expect(late.received[0]!.at - joinedAt).toBeLessThan(4000);
  });

  it('are not made for sound', () => {
    const world = new World(32);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    const microphone = new Receiver(world, 'bob').consume('microphone');
    world.run(500);
    microphone.askForKeyFrame();
    world.run(1000);
    expect(publisher.keyFrameRequests).toEqual([]);
  });

  it('go out when the receiver connects after consuming', () => {
    const { world, publisher } = call();
    world.open('slow');
    world.engine.control.consume({
      transportId: 'slow',
      consumerId: 'slow/camera',
      producerId: 'camera',
      rtpCapabilities: world.engine.control.openRouter('room'),
    });
    world.run(2000);
    expect(publisher.keyFrameRequests).toEqual([]);
    world.finishConnecting('slow');
    world.run(100);
    expect(publisher.keyFrameRequests.length).toBe(1);
  });
});
