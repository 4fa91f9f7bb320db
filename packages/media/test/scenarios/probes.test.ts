import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProbeController } from '../../src/congestion/probe-controller.js';
import { AdaptiveCall } from '../simulation/adaptive-call.js';
import type { PathOptions } from '../simulation/network-path.js';
import { readRtp } from '../simulation/wire.js';

// Probes of a whole engine as they appear on the wire of one receiver.

/**
 * The traffic of a call over this path to its receiver, with the properties that only a probe could
 * break.
 */
function watch(seed: number, path: Partial<PathOptions>, demand: number) {
  const call = new AdaptiveCall(seed);
  const leg = call.add(path, { demand });
  const { world } = call;
  const transport = call.transport(leg);
  const [video, sound] = ['video', 'audio'].map(
    (kind) => [...transport.consumers].find((consumer) => consumer.kind === kind)!,
  );
  const { estimate } = transport.media;
  const seen = {
    clusters: 0,
    inOveruse: 0,
    /** Samples of the estimate that detected overuse. */
    overuses: 0,
    /** Retransmissions, repeats and probes. */
    rtxBytes: 0,
    bytes: 0,
    /** Packets of the media streams that arrived under a number for the second time. */
    twice: 0,
    /** Retransmissions of packets that were never sent. */
    unfounded: 0,
  };
  const begin = ProbeController.prototype.begin;
  vi.spyOn(ProbeController.prototype, 'begin').mockImplementation(function (this: ProbeController, now) {
    begin.call(this, now);
    // For one transport alone: traffic to publishers is not estimated.
    if (estimate.usage === 'overuse') seen.inOveruse++;
    seen.clusters++;
  });
  world.every(20, () => {
    if (estimate.usage === 'overuse') seen.overuses++;
  });
  const sentAt = new Map<string, number>();
  const { onPacket } = world.port;
  world.port.onPacket = (session, bytes, isRtp) => {
    if (isRtp && session === leg.receiver.peer.session) {
      const packet = readRtp(bytes);
      seen.bytes += bytes.length;
      if (packet.ssrc === video!.rtxSsrc >>> 0) {
        seen.rtxBytes += bytes.length;
        const original = `${video!.ssrc >>> 0}/${(packet.payload[0]! << 8) | packet.payload[1]!}`;
        if (packet.payload.length > 2 && !sentAt.has(original)) seen.unfounded++;
      } else {
        const name = `${packet.ssrc}/${packet.sequenceNumber}`;
        // Numbers repeat after 65,536 packets: long after this.
        if (world.now - (sentAt.get(name) ?? Number.NEGATIVE_INFINITY) < 20_000) seen.twice++;
        sentAt.set(name, world.now);
      }
    }
    onPacket(session, bytes, isRtp);
  };
  const probeBytes = () => seen.rtxBytes - video!.retransmissions.bytes;
  return { call, world, leg, seen, probeBytes, soundRepeats: () => sound!.stats().packetsRetransmitted };
}

afterEach(() => vi.restoreAllMocks());

describe('probes in ten minutes', () => {
  it('on a path that carries all wanted layers are the first ones', () => {
    const { world, seen, probeBytes, soundRepeats } = watch(1, { rate: 10_000_000 }, 200_000);
    world.run(600_000);
    expect(seen.clusters).toBe(2);
    expect(probeBytes()).toBeLessThan(20_000);
    expect(seen).toMatchObject({ inOveruse: 0, unfounded: 0, twice: soundRepeats() });
  });

  it('on a path that carries half are one each ten seconds, and a hundredth of the traffic', () => {
    const { world, leg, seen, probeBytes, soundRepeats } = watch(2, { rate: 250_000 }, 500_000);
    world.run(600_000);
    expect(seen.clusters).toBeGreaterThan(30);
    expect(seen.clusters).toBeLessThan(70);
    expect(probeBytes()).toBeGreaterThan(0);
    expect(probeBytes()).toBeLessThan(0.012 * seen.bytes);
    expect(seen).toMatchObject({ inOveruse: 0, unfounded: 0, twice: soundRepeats() });
    expect(leg.path.queueingDelay(10_000, 600_000)).toBeLessThan(100);
  });

  it('on a path that loses 10 percent are few, because losses are no reason for one', () => {
    const { world, seen, probeBytes, soundRepeats } = watch(3, { rate: 10_000_000, loss: 0.1 }, 200_000);
    world.run(600_000);
    expect(seen.clusters).toBeLessThan(10);
    expect(probeBytes()).toBeLessThan(50_000);
    expect(seen).toMatchObject({ inOveruse: 0, unfounded: 0, twice: soundRepeats() });
  });
});

it('no probe begins in overuse while a path becomes narrow and wide again', () => {
  const { world, leg, seen, soundRepeats } = watch(4, { rate: 1_500_000 }, 1_500_000);
  for (let i = 0; i < 8; i++) {
    leg.path.options.rate = i % 2 === 0 ? 1_500_000 : 300_000;
    world.run(20_000);
  }
  expect(seen.clusters).toBeGreaterThan(8);
  expect(seen.overuses).toBeGreaterThan(8);
  expect(seen).toMatchObject({ inOveruse: 0, unfounded: 0, twice: soundRepeats() });
});
