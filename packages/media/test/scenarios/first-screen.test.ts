import { expect, it } from 'vitest';
import { FeedbackSender } from '../simulation/feedback-sender.js';
import { NetworkPath } from '../simulation/network-path.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

/**
 * A receiver that has received sound for three seconds gets a screen share of a page of text: a
 * picture of 120 kB, then 400 kbit/s.
 */
function show(rate: number) {
  const world = new World(1);
  new Publisher(world, 'speaker', { kind: 'audio', ssrc: 7 }).produce('microphone');
  const receiver = new Receiver(world, 'receiver');
  receiver.peer.path = new NetworkPath(world, { rate, delay: 20 });
  receiver.peer.uplink.delay = 20;
  receiver.feedback = new FeedbackSender(world, receiver.peer);
  receiver.consume('microphone');
  world.run(3000);
  const presenter = new Publisher(world, 'presenter', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  presenter.isSending = false;
  presenter.produce('screen');
  const view = receiver.consume('screen');
  world.run(100);
  world.events.length = 0;
  const shownAt = world.now;
  presenter.bitrate = (PICTURE_BYTES * 8 * 30) / 3;
  presenter.sendFrame();
  const packets = presenter.sent;
  presenter.bitrate = 400_000;
  presenter.isSending = true;
  world.run(5000);
  const first = view.received.filter(({ number }) => number < packets);
  const takenAway = world.events.flatMap((event) =>
    event.type === 'consumer.layers' ? event.consumers.filter(({ spatial }) => spatial < 0) : [],
  );
  return { packets, first, presenter, takenAway, dropped: world.transport(receiver.peer).stats(), shownAt };
}

// The estimate of the path is 600 kbit/s: a second of it is less than the picture.
it.each([10_000_000, 2_000_000])(
  'the first picture of a screen shows that a path carries %i, and is neither dropped nor paused half sent',
  (rate) => {
    const { packets, first, presenter, takenAway, dropped, shownAt } = show(rate);
    expect(first.length).toBe(packets);
    expect(Math.max(...first.map(({ at }) => at)) - shownAt).toBeLessThan(900);
    expect(presenter.keyFrameRequests).toEqual([]);
    expect(dropped.packetsDiscardedOnSend).toBe(0);
    expect(takenAway).toEqual([]);
  },
);

it('the first picture of a screen arrives on a path that needs longer for it than other packets may wait', () => {
  const { packets, first, presenter, takenAway, dropped, shownAt } = show(800_000);
  expect(first.length).toBe(packets);
  expect(Math.max(...first.map(({ at }) => at)) - shownAt).toBeLessThan(2500);
  expect(presenter.keyFrameRequests).toEqual([]);
  expect(dropped.packetsDiscardedOnSend).toBe(0);
  expect(takenAway).toEqual([]);
});

/** 720 lines of text. */
const PICTURE_BYTES = 120_000;
