import { expect, it } from 'vitest';
import { SEND_WORDS, SendFlag, SendWord } from '../../src/port/packet-port.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

/** A transport on which a client subscribes and unsubscribes for days. */
it('a transport takes 20,000 consumers one after the other: no SSRC is used twice, each is forgotten', () => {
  const world = new World(61);
  new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }).produce('camera');
  const bob = world.connect('bob');
  const { control } = world;
  const rtpCapabilities = control.openRouter('room');
  const used: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const { rtpParameters } = control.consume({
      ...{ transportId: 'bob', consumerId: `c${i}`, producerId: 'camera', rtpCapabilities, paused: false },
    });
    const [encoding] = rtpParameters.encodings!;
    used.push(encoding!.ssrc!, encoding!.rtx!.ssrc);
    control.closeConsumer(`c${i}`);
  }
  expect(new Set(used).size).toBe(40_000);
  const forgotten = world.port.forgotten.filter(({ session }) => session === bob.session);
  expect(forgotten.map(({ ssrc }) => ssrc >>> 0)).toEqual(used);
});

it('waiting packets of a consumer leave before its SSRCs are forgotten', () => {
  const world = new World(62);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  publisher.produce('camera');
  const camera = new Receiver(world, 'bob').consume('camera');
  world.run(1000);
  const order: string[] = [];
  const { port } = world;
  const { flush, forgetStream } = port;
  port.flush = (count) => {
    for (let i = 0; i < count; i++) {
      const word = (at: number) => port.sends[i * SEND_WORDS + at]!;
      if (word(SendWord.Flags) & SendFlag.Rtp) order.push(`sent ${word(SendWord.Ssrc) >>> 0}`);
    }
    flush.call(port, count);
  };
  port.forgetStream = (session, ssrc) => {
    order.push(`forgotten ${ssrc >>> 0}`);
    forgetStream.call(port, session, ssrc);
  };
  const before = camera.received.length;
  // One more packet is pending for the consumer when it is closed: the world has not flushed.
  const { deliver } = world;
  world.deliver = (put) => {
    put();
    world.engine.receive(port.take(), world.now);
    world.control.closeConsumer('bob/camera');
    world.deliver = deliver;
  };
  world.run(200);
  const { ssrc } = camera.parameters.rtpParameters.encodings![0]!;
  const first = order.indexOf(`forgotten ${ssrc}`);
  expect(camera.received.length).toBe(before + 1);
  expect(order.slice(0, first)).toContain(`sent ${ssrc}`);
  expect(order.slice(first)).not.toContain(`sent ${ssrc}`);
});
