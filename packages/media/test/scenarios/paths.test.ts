import { expect, test } from 'vitest';
import type { PathFigures } from '../../src/index.js';
import { AdaptiveCall } from '../simulation/adaptive-call.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

const share = ({ arrived, lost }: PathFigures['sent']) => lost / (arrived + lost);

test('a reading has the path of each connected transport since the reading before', () => {
  const world = new World(7);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }, { loss: 0.1 });
  publisher.produce('camera');
  const receiver = new Receiver(world, 'bob');
  receiver.consume('camera');
  const read = () => {
    const paths = world.engine.perform(world.now, (control) => control.paths());
    return Object.fromEntries(paths.map((path) => [path.transportId, path]));
  };
  world.run(10_000);
  const { alice, bob } = read();
  expect(alice).toMatchObject({ protocol: 'udp', sent: { arrived: 0, lost: 0 } });
  expect(alice!.received.arrived).toBeGreaterThan(100);
  expect(share(alice!.received)).toBeGreaterThan(0.04);
  expect(bob!.received).toEqual({ arrived: 0, lost: 0 });
  publisher.peer.uplink.loss = 0;
  world.run(5000);
  read();
  world.run(5000);
  expect(read().alice!.received.lost).toBe(0);
  // Readings without time between them contain no packets.
  expect(read().alice!.received).toEqual({ arrived: 0, lost: 0 });
});

test('a reading has the round trip and the estimate of a receiver with feedback', () => {
  const adaptive = new AdaptiveCall(3);
  const { world } = adaptive;
  adaptive.add({ rate: 600_000, delay: 40 });
  world.run(10_000);
  const limited = world.control.paths().filter(({ availableBitrate }) => availableBitrate !== undefined);
  expect(limited).toHaveLength(1);
  const [{ roundTripTime, availableBitrate, sent }] = limited as [PathFigures];
  expect(roundTripTime).toBeGreaterThanOrEqual(80);
  expect(availableBitrate).toBeLessThan(1_200_000);
  expect(sent.arrived).toBeGreaterThan(100);
});

test('totals include those of producers that ended, for every reader', () => {
  const world = new World(7);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }, { loss: 0.1 });
  publisher.produce('camera');
  const receiver = new Receiver(world, 'bob');
  receiver.consume('camera');
  const read = () => world.engine.perform(world.now, (control) => control.pathTotals(['alice', 'nobody', 'bob']));
  world.run(10_000);
  const [alice, bob] = read();
  expect([alice!.transportId, bob!.transportId]).toEqual(['alice', 'bob']);
  expect(read()).toEqual([alice, bob]);
  expect(share(alice!.received)).toBeGreaterThan(0.04);
  expect(alice).toMatchObject({ protocol: 'udp', sent: { arrived: 0, lost: 0 }, serverPacketLoss: 0 });
  expect(alice!.bytesReceived).toBeGreaterThan(alice!.received.arrived * 100);
  expect(bob!.bytesSent).toBeGreaterThan(alice!.received.arrived * 100);
  world.engine.perform(world.now, (control) => control.closeProducer('camera'));
  expect(read()[0]!.received).toEqual(alice!.received);
});
