import { describe, expect, it } from 'vitest';
import { Publisher } from '../simulation/publisher.js';
import { type Consumption, Receiver } from '../simulation/receiver.js';
import { writeRtcp } from '../simulation/wire.js';
import { type Link, World } from '../simulation/world.js';

/** Runs ten seconds of video over these links, with time at the end to repair the last losses. */
function call(seed: number, publisherLink: Partial<Link>, receiverLink: Partial<Link>, rtx = true) {
  const world = new World(seed);
  const publisher = new Publisher(
    world,
    'alice',
    { kind: 'video', ssrc: 11, ...(rtx ? { rtxSsrc: 22 } : {}) },
    { delay: 20, ...publisherLink },
  );
  publisher.produce('camera');
  const cameras = ['bob', 'carol'].map((name) =>
    new Receiver(world, name, { delay: 20, ...receiverLink }).consume('camera'),
  );
  world.run(10_000);
  publisher.peer.uplink.loss = 0;
  for (let i = 0; i < 3; i++) publisher.sendFrame();
  publisher.isSending = false;
  world.run(3000);
  expect(world.port.refused).toBe(0);
  return { world, publisher, cameras };
}

function expectComplete(camera: Consumption): void {
  expect(camera.missing()).toEqual([]);
  const numbers = camera.inOrder().map(({ number }) => number);
  expect(numbers.length).toBeGreaterThan(850);
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
}

describe('loss', () => {
  it.each([1, 2, 3])('of 10 percent from the publisher is repaired completely through its RTX (seed %i)', (seed) => {
    const { publisher, cameras, world } = call(seed, { loss: 0.1 }, {});
    for (const camera of cameras) expectComplete(camera);
    const stats = world.control.producerStats('camera').streams[0]!;
    expect(stats.packetsRepaired).toBeGreaterThan(50);
    expect(publisher.nacks).toBeGreaterThan(20);
  });

  it('of 10 percent from the publisher is repaired without RTX too', () => {
    for (const camera of call(4, { loss: 0.1 }, {}, false).cameras) expectComplete(camera);
  });

  // Seeds that lose no packet four times: after its third repeat a key frame is requested, which
  // this receiver does not do.
  it.each([5, 14, 20])('of 10 percent towards receivers is repaired completely from the store (seed %i)', (seed) => {
    const { cameras, world } = call(seed, {}, { loss: 0.1 });
    for (const camera of cameras) {
      expectComplete(camera);
      expect(camera.received.some(({ repaired }) => repaired)).toBe(true);
    }
    expect(world.control.consumerStats('bob/camera').packetsRetransmitted).toBeGreaterThan(50);
  });

  it.each([8, 9])('on both sides with reordering and duplicates leaves a complete picture (seed %i)', (seed) => {
    const link = { loss: 0.05, jitter: 8, duplicates: 0.05 };
    for (const camera of call(seed, link, link).cameras) expectComplete(camera);
  });

  it('absent: reordered and duplicate packets of the publisher are forwarded once', () => {
    const { cameras } = call(10, { jitter: 4, duplicates: 0.5 }, {});
    for (const camera of cameras) {
      expectComplete(camera);
      expect(camera.duplicates).toBe(0);
    }
  });

  it.each([16, 17])('of 10 percent of sound, which has no RTX, is repaired by the same packets (seed %i)', (seed) => {
    const world = new World(seed);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    const bob = new Receiver(world, 'bob', { delay: 20 });
    const microphone = bob.consume('microphone');
    bob.peer.uplink.loss = 0;
    bob.peer.downlink.loss = 0.1;
    const wire = new Map<number, string>();
    let repeats = 0;
    const onPacket = world.port.onPacket;
    world.port.onPacket = (session, packet, isRtp) => {
      if (isRtp && session === bob.peer.session) {
        const number = (packet[2]! << 8) | packet[3]!;
        const bytes = Buffer.from(packet).toString('hex');
        if (wire.has(number)) repeats++;
        expect(wire.get(number) ?? bytes).toBe(bytes);
        wire.set(number, bytes);
      }
      onPacket(session, packet, isRtp);
    };
    world.run(20_000);
    bob.peer.downlink.loss = 0;
    world.run(300);
    expect(microphone.missing()).toEqual([]);
    expect(world.port.refused).toBe(0);
    expect(repeats).toBeGreaterThan(70);
    expect(world.control.consumerStats('bob/microphone').packetsRetransmitted).toBe(repeats);
  });

  it('causes one retransmission of a packet within a round trip, for any number of requests', () => {
    const world = new World(11);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    world.run(1000);
    const { sequence } = camera.inOrder()[5]!;
    for (let i = 0; i < 20; i++) camera.nack(sequence);
    world.run(5);
    expect(camera.duplicates).toBe(1);
  });

  it('never causes more retransmissions than the budget, for any requests', () => {
    const world = new World(13);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22, packetsPerFrame: 9 });
    publisher.produce('camera');
    const bob = new Receiver(world, 'bob');
    const camera = bob.consume('camera');
    camera.asksForMissing = false;
    world.run(5000);
    // A round-trip time of zero, by its own report.
    const { part } = camera.senderReports.at(-1)!;
    const lastReport = ((part.body.getUint32(4) & 0xffff) << 16) | (part.body.getUint32(8) >>> 16);
    world.send(bob.peer, writeRtcp(201, 1, [1, camera.ssrc, 0, 0, 0, lastReport, 65_536]), false);
    const start = camera.inOrder().at(-1)!.sequence;
    for (let i = 0; i < 400; i++) {
      const items = Array.from({ length: 61 }, (_, j) => (((start - j * 17) & 0xffff) << 16) | 0xffff);
      world.send(bob.peer, writeRtcp(205, 1, [1, camera.ssrc, ...items]), false);
      world.run(5);
    }
    const stats = world.control.consumerStats('bob/camera');
    expect(camera.duplicates).toBeGreaterThan(100);
    expect(stats.packetsRetransmitted).toBe(camera.duplicates);
    expect(stats.retransmissionsRefused).toBeGreaterThan(1000);
    // A full bucket, the increase at the lowest rate in two seconds, and a quarter of the media in
    // that time.
    expect(stats.bytesRetransmitted).toBeLessThan(64 * 1024 + 2000 * 12.5 + 0.25 * 2 * 30 * 9 * 150);
  });

  it('is not assumed of packets that others overtake by a few milliseconds, also when requests are due', () => {
    const world = new World(18);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const bob = new Receiver(world, 'bob').consume('camera');
    world.run(500);
    // Each new receiver causes an immediate request, and packets overtake each other all the time.
    publisher.peer.uplink.jitter = 4;
    for (let i = 0; i < 100; i++) {
      new Receiver(world, `late${i}`).consume('camera');
      world.run(67);
    }
    expect(bob.received.length).toBeGreaterThan(500);
    expect(publisher.nacks).toBe(0);
  });

  it('beyond repair is answered with a key frame', () => {
    const world = new World(12);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22, packetsPerFrame: 20 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    world.run(3000);
    const before = publisher.keyFrameRequests.length;
    publisher.peer.uplink.loss = 1;
    world.run(700);
    publisher.peer.uplink.loss = 0;
    world.run(1000);
    expect(publisher.keyFrameRequests.length).toBe(before + 1);
    expect(camera.received.at(-1)!.at).toBeGreaterThan(world.now - 50);
  });
});
