// What deciding costs: microseconds of engine time per forwarded packet, with a port that sends nothing.
// Run with `npx tsx packages/media/bench/forward-decide.ts [subscribers]`; prints one JSON line.
import { ReceiveKind } from '../src/transport/packet-port.js';
import { Publisher } from '../test/simulation/publisher.js';
import { Receiver } from '../test/simulation/receiver.js';
import { writeRtp } from '../test/simulation/wire.js';
import { World } from '../test/simulation/world.js';

const subscribers = Number(process.argv[2] ?? 200);
const world = new World(1, { callerBytes: 64 * 1024 * 1024, sendCapacity: 32_768 });
const publisher = new Publisher(world, 'publisher', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
publisher.produce('camera');
for (let i = 0; i < subscribers; i++) new Receiver(world, `subscriber ${i}`).consume('camera');
// A key frame goes to everybody; from then on packets are made here.
world.run(1000);
publisher.isSending = false;
world.run(100);

const ids = ['publisher', ...Array.from({ length: subscribers }, (_, i) => `subscriber ${i}`)];

let forwarded = 0;
world.port.flush = (count) => {
  forwarded += count;
};

/** 2.5 Mbps at 30 fps: frames of 9 packets of some 1,178 bytes. */
const PACKETS_PER_FRAME = 9;
const payload = new Uint8Array(1150);
let sequenceNumber = publisher.sequenceNumber;
let timestamp = publisher.timestamp;
let transportWide = 0;

/** Sends frames, and answers microseconds of processor time spent in the engine alone. */
function run(frames: number): number {
  let spent = 0;
  for (let frame = 0; frame < frames; frame++) {
    timestamp = (timestamp + 3000) >>> 0;
    world.now += 1000 / 30;
    for (let i = 0; i < PACKETS_PER_FRAME; i++) {
      payload[0] = i === 0 ? 0x10 : 0;
      payload[1] = 1;
      transportWide = (transportWide + 1) & 0xffff;
      const bytes = writeRtp({
        payloadType: 96,
        marker: i === PACKETS_PER_FRAME - 1,
        sequenceNumber,
        timestamp,
        ssrc: 11,
        extensions: new Map([[3, Uint8Array.of(transportWide >> 8, transportWide & 0xff)]]),
        payload,
      });
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      world.port.put(ReceiveKind.Rtp, publisher.peer.session, bytes);
    }
    const count = world.port.take();
    const before = process.cpuUsage();
    world.engine.receive(count, world.now);
    world.engine.flush();
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
    // Consent would run out: the checks of the simulated peers stand still here.
    if (frame % 300 === 0) for (const id of ids) world.check(id);
  }
  return spent;
}

run(600);
const rounds: number[] = [];
for (let i = 0; i < 9; i++) {
  forwarded = 0;
  rounds.push(run(200) / forwarded);
}
rounds.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    subscribers,
    decideUs: Number(rounds[4]!.toFixed(4)),
    best: Number(rounds[0]!.toFixed(4)),
    node: process.version,
  }),
);
