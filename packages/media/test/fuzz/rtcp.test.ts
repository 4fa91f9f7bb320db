import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransportWideArrivals } from '../../src/congestion/arrivals.js';
import { ReceiveKind } from '../../src/port/packet-port.js';
import { MAX_RTCP_BYTES } from '../../src/port/send-queue.js';
import { RtcpWriter } from '../../src/rtcp/writer.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { type RtcpPart, readRtcp, writeRtp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';
import { arrivalStretches, compoundPackets, decodeFeedback, walk } from './rtcp-packets.js';

describe('transport-wide feedback about arrivals of any order', () => {
  it(
    'fits its room, is consistent, and reports no false arrival time',
    () => {
      fc.assert(
        fc.property(
          fc.nat(0xffff),
          arrivalStretches,
          fc.constantFrom(200, 400, MAX_RTCP_BYTES),
          (first, stretches, room) => {
            const arrivals = new TransportWideArrivals();
            const cameAt = new Map<number, Set<number>>();
            let now = 1000;
            walk(
              stretches,
              first,
              (sequenceNumber, passed) => {
                now += passed;
                arrivals.arrive(sequenceNumber, { arrivedAt: now });
                const times = cameAt.get(sequenceNumber) ?? new Set();
                cameAt.set(sequenceNumber, times.add(Math.round(now * 4)));
              },
              () => {
                for (let packets = 0; ; packets++) {
                  // The bytes after the room are not the writer's.
                  const writer = new RtcpWriter(new Uint8Array(room + 500).fill(0xee));
                  if (!arrivals.write(writer, 1, 2, room)) break;
                  if (writer.at > room) throw new Error(`${writer.at} bytes in a room of ${room}`);
                  if (packets > 5000) throw new Error('feedback without end');
                  const [part] = readRtcp(writer.bytes.slice(0, writer.at));
                  const { base, ticks } = decodeFeedback(part!);
                  for (const [i, time] of ticks.entries()) {
                    if (time === undefined) continue;
                    if (!cameAt.get((base + i) & 0xffff)?.has(time)) throw new Error(`${base + i} did not come then`);
                  }
                }
              },
            );
          },
        ),
        { numRuns: 500 },
      );
    },
    PATIENCE,
  );
});

describe('a hostile member of a call', () => {
  /** A call of others, and an attacker that publishes and receives on one transport. */
  function call() {
    const world = new World(82);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    const mallory = new Publisher(world, 'mallory', { kind: 'video', ssrc: 33, rtxSsrc: 44 });
    mallory.produce('noise');
    new Receiver(world, 'carol').consume('noise');
    const consumed = world.control.consume({
      transportId: 'mallory',
      consumerId: 'mallory/camera',
      producerId: 'camera',
      rtpCapabilities: world.control.openRouter('room'),
    });
    const { ssrc, rtx } = consumed.rtpParameters.encodings![0]!;
    const sent: RtcpPart[] = [];
    const onPacket = world.port.onPacket;
    world.port.onPacket = (session, packet, isRtp) => {
      if (!isRtp) {
        expect(packet.length).toBeLessThanOrEqual(MAX_RTCP_BYTES);
        sent.push(...readRtcp(packet));
      }
      onPacket(session, packet, isRtp);
    };
    world.run(500);
    return { world, camera, mallory, ssrcs: [11, 22, 33, 44, ssrc!, rtx!.ssrc], sent };
  }

  function expectOthersUnharmed({ world, camera }: ReturnType<typeof call>): void {
    expect(world.events.filter((event) => event.type === 'fault')).toEqual([]);
    const before = camera.received.length;
    world.run(500);
    expect(camera.received.length - before).toBeGreaterThan(40);
    expect(camera.missing()).toEqual([]);
    expect(world.control.counts().transports).toBe(4);
  }

  it(
    'sends transport-wide numbers in any order, and harms no other member',
    () => {
      fc.assert(
        fc.property(fc.nat(0xffff), arrivalStretches, (first, stretches) => {
          const situation = call();
          const { world, mallory, sent } = situation;
          mallory.isSending = false;
          let sequenceNumber = mallory.sequenceNumber;
          let waited = 0;
          walk(
            stretches,
            first,
            (number, passed) => {
              waited += Math.min(passed, 200);
              if (waited >= 1) world.run(Math.floor(waited));
              waited %= 1;
              sequenceNumber = (sequenceNumber + 1) & 0xffff;
              const packet = writeRtp({
                payloadType: 96,
                marker: true,
                sequenceNumber,
                timestamp: 0,
                ssrc: 33,
                extensions: new Map([[3, Uint8Array.of(number >> 8, number & 0xff)]]),
                payload: new Uint8Array(20),
              });
              const age = Math.round((1 - waited) * 1000);
              world.deliver(() => world.port.put(ReceiveKind.Rtp, mallory.peer.session, packet, age));
            },
            () => world.run(60),
          );
          for (const part of sent) if (part.type === 205 && part.format === 15) decodeFeedback(part);
          expectOthersUnharmed(situation);
        }),
        { numRuns: 10 },
      );
    },
    PATIENCE,
  );

  it(
    'sends RTCP of every kind, and harms no other member',
    () => {
      const { ssrcs } = call();
      fc.assert(
        fc.property(fc.array(compoundPackets(ssrcs), { minLength: 20, maxLength: 60 }), (packets) => {
          const situation = call();
          const { world, mallory } = situation;
          expect(situation.ssrcs).toEqual(ssrcs);
          for (const packet of packets) {
            world.deliver(() => world.port.put(ReceiveKind.Rtcp, mallory.peer.session, packet));
            world.run(7);
          }
          world.run(1500);
          expectOthersUnharmed(situation);
        }),
        { numRuns: 25 },
      );
    },
    PATIENCE,
  );
});

/** Milliseconds: seconds of work, on a machine that may run twenty other tasks. */
const PATIENCE = 300_000;
