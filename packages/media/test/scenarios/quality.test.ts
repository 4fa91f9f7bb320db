import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/index.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';

/** `transport quality limitation` in the order of emission. */
function qualities(events: EngineEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'router.quality'
      ? event.transports.map(({ transportId, quality, limitation }) => `${transportId} ${quality} ${limitation}`)
      : [],
  );
}

function call(uplink: ConstructorParameters<typeof Publisher>[3] = {}) {
  const world = new World(91);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 }, uplink);
  publisher.produce('camera');
  const receiver = new Receiver(world, 'bob');
  receiver.consume('camera');
  return { world, publisher, receiver };
}

describe('the connection quality', () => {
  it('is not emitted while all is well', () => {
    const { world } = call();
    world.run(20_000);
    expect(qualities(world.events)).toEqual([]);
  });

  it('names the upload of a publisher that loses packets, and recovers with it', () => {
    const { world, publisher } = call({ loss: 0.15 });
    world.run(10_000);
    expect(qualities(world.events)).toEqual(['alice poor upload']);
    publisher.peer.uplink.loss = 0;
    world.run(15_000);
    expect(qualities(world.events).at(-1)).toBe('alice excellent none');
  });

  it('is lost within five seconds when nothing of a publisher arrives, and back with the first packets', () => {
    const { world, publisher } = call();
    world.run(4000);
    publisher.isSending = publisher.isReporting = false;
    world.run(5000);
    expect(qualities(world.events)).toEqual(['alice lost upload']);
    publisher.isSending = publisher.isReporting = true;
    world.run(4000);
    expect(qualities(world.events)).toEqual(['alice lost upload', 'alice excellent none']);
  });

  it('is lost when nothing at all arrives from a receiver', () => {
    const { world } = call();
    world.run(4000);
    world.silent.add('bob');
    world.run(12_000);
    expect(qualities(world.events)).toEqual(['bob lost download']);
  });

  it('is limited by the server for all when it does not keep up: one event for all', () => {
    const { world } = call();
    world.run(4000);
    world.engine.server.loss = 0.05;
    world.run(6000);
    const events = world.events.filter(({ type }) => type === 'router.quality');
    expect(events).toHaveLength(1);
    expect(qualities(events)).toEqual(['alice poor server', 'bob poor server']);
  });

  it('is limited by the receiver’s processor while its client reports it', () => {
    const { world } = call();
    const report = (share: number) =>
      world.engine.perform(world.now, (control) => control.reportFramesDropped('bob', share));
    world.every(3000, () => world.now < 15_000 && report(0.5));
    world.run(14_000);
    expect(qualities(world.events)).toEqual(['bob poor processor']);
    world.run(26_000);
    expect(qualities(world.events)).toEqual(['bob poor processor', 'bob excellent none']);
    for (const share of [-1, 2, Number.NaN, '1' as unknown as number]) {
      expect(() => report(share)).toThrow(expect.objectContaining({ code: 'invalid-parameters' }));
    }
  });
});
