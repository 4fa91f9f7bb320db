import { expect, test } from 'vitest';
import { runFloor } from '../src/floor.js';
import { Stranger } from './stranger.js';

test.runIf(process.platform === 'linux')('the floor sends what it says it measures', async () => {
  const destinations = [await Stranger.open(), await Stranger.open()];
  const ports = destinations.map(({ port }) => port);
  const { floorUs, packets } = runFloor({ ports, frames: 3, packetsPerFrame: 9, packetBytes: 1178 });
  expect(packets).toBe(2 * 3 * 9);
  expect(floorUs).toBeGreaterThan(0);
  for (const destination of destinations) {
    await destination.until((all) => all.length === 27);
    expect(new Set(destination.received.map((datagram) => datagram.length))).toEqual(new Set([1178 + 16]));
    destination.close();
  }
});

test('a floor without destinations is refused', () => {
  expect(() => runFloor({ ports: [], frames: 1, packetsPerFrame: 1, packetBytes: 100 })).toThrow();
});
