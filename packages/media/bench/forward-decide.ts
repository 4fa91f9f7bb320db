// What deciding costs: microseconds of processor time and bytes of heap per forwarded packet, with a port that sends
// nothing. Run with `npx tsx packages/media/bench/forward-decide.ts [subscribers]`; prints one JSON line.
import { getHeapStatistics } from 'node:v8';
import { ReceiveKind } from '../src/port/packet-port.js';
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

/** Sends frames, and answers what was spent in the engine alone, by this measure. */
function run(frames: number, measure: () => number): number {
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
    const before = measure();
    world.engine.receive(count, world.now);
    world.engine.flush();
    // A garbage collection in between makes a heap smaller; that frame is not counted.
    spent += Math.max(0, measure() - before);
    // Consent would run out: the checks of the simulated peers stand still here.
    if (frame % 300 === 0) for (const id of ids) world.check(id);
  }
  return spent;
}

const microseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const heapBytes = () => getHeapStatistics().used_heap_size;

run(600, microseconds);
const rounds: number[] = [];
for (let i = 0; i < 9; i++) {
  forwarded = 0;
  rounds.push(run(200, microseconds) / forwarded);
}
rounds.sort((a, b) => a - b);
forwarded = 0;
const bytes = run(200, heapBytes) / forwarded;
console.log(
  JSON.stringify({
    subscribers,
    decideUs: Number(rounds[4]!.toFixed(4)),
    best: Number(rounds[0]!.toFixed(4)),
    heapBytesPerPacket: Number(bytes.toFixed(2)),
    node: process.version,
  }),
);
