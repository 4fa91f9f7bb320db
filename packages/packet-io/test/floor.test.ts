import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runFloor } from '../src/floor.js';
import { Stranger } from './stranger.js';

test.runIf(process.platform === 'linux')('the floor sends the packets and the sizes that it measures', async () => {
  const destinations = [await Stranger.open(), await Stranger.open()];
  const ports = destinations.map(({ port }) => port);
  const { floorUs, packets } = runFloor({ ports, packets: 27, runLength: 2.5, packetBytes: [1178, 120] });
  expect(packets).toBe(2 * 27);
  expect(floorUs).toBeGreaterThan(0);
  for (const destination of destinations) {
    await destination.until((all) => all.length === 27);
    // Runs of 2 and 3 in turn, every other one of sound.
    const sizes = destination.received.map((datagram) => datagram.length - 16);
    expect(sizes.slice(0, 7)).toEqual([1178, 1178, 120, 120, 120, 1178, 1178]);
    destination.close();
  }
});

test.runIf(process.platform === 'linux')('the floor reads the feedback that waits for it', async () => {
  const [destination, free] = [await Stranger.open(), createSocket('udp4')];
  free.bind(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  // The floor blocks the loop of this thread, so it has to send the feedback that arrives meanwhile
  // itself.
  const options = { packets: 10, runLength: 1, packetBytes: [200] };
  expect(runFloor({ ports: [destination.port, port], port, ...options }).feedback).toBeGreaterThanOrEqual(9);
  destination.close();
});

test('a floor without destinations is refused', () => {
  expect(() => runFloor({ ports: [], packets: 1, runLength: 1, packetBytes: [100] })).toThrow();
});
