import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createMediaHost } from '@waterbus/media-host';
import type { FloorOptions } from '@waterbus/packet-io/floor';
import {
  type Case,
  forwardedPerSecond,
  layeredRooms,
  oneToMany,
  packetSizes,
  roomsOfFour,
  soundRoom,
} from './cases.js';
import { ask, child } from './children.js';
import type { FloorReply } from './floor.js';
import { mediaHostOf, type Revision } from './revision.js';
import { findLimit, findLoad } from './search.js';
import { NOMINAL_ROOMS, nominalRate, Subject, type Window } from './subject.js';

// CPU per forwarded packet of a whole media worker (receive, decide, protect, send, read feedback),
// beside a floor of only AES-128-GCM and GSO. All are measured in turn, in windows of equal length;
// each case prints one JSON line.

/**
 * Seconds in which the engine's code is optimised and the sockets' buffers are touched; a call
 * lasts longer.
 */
const WARM_UP = 4;
/** A run that starts with an incomplete delivery shows it in `deliveredShare`. */
const MOST_WARM_UPS = 10;
const NOTHING_LOST = 0.001;

/** Receivers of the one publisher in the short form. */
const SHORT_RECEIVERS = 50;

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string' },
    receivers: { type: 'string' },
    listeners: { type: 'string', default: '1000' },
    full: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run bench:forward -- [options]

  --case NAME       many, rooms, layers or sound; can be given several times. Default: many and rooms
  --full            all four cases, and for each: packets a second of one core at less than 0.1 % loss,
                    added delay at 50 % and 80 % of a core, heap bytes for a million packets
                    (about 10 minutes, 18 at most; with --against almost twice; --seconds 2 --rounds 1 a half)
  --short           shows only that each part runs and forwards: one window of a second, ${SHORT_RECEIVERS} receivers in
                    "many", warm until something arrives. Its figures compare with no others
  --against REV     the same on another revision of this repository, in turn with this one
  --seconds S       length of a window (5)
  --rounds R        windows of each subject (5; 2 when a window is shorter than 5 s)
  --receivers N     of the one publisher in "many" (200)
  --listeners N     of ten speakers in "sound" (1000)

  many: one publisher of 2.5 Mbit/s video to 200 receivers. rooms: 25 rooms of four, sound and 600 kbit/s video each.
  layers: the same rooms with cameras in three sizes, each receiver showing one person in each; for revisions with simulcast.
  sound: ten speakers, 1,000 listeners. Packets arrive as from a real uplink, 0.1 to 0.6 ms apart.`;

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const { short } = values;
const seconds = short ? 1 : Number(values.seconds);
const rounds = short ? 1 : Number(values.rounds ?? (seconds < 5 ? 2 : 5));
const names = values.case ?? (values.full ? ['many', 'rooms', 'layers', 'sound'] : ['many', 'rooms']);
const before = values.against === undefined ? undefined : await mediaHostOf(values.against);
try {
  for (const name of names) await measure(planOf(name), before);
} finally {
  before?.remove();
}
process.exit(0);

function planOf(name: string): Case {
  switch (name) {
    case 'many':
      return oneToMany(Number(values.receivers ?? (short ? SHORT_RECEIVERS : 200)));
    case 'rooms':
      // A search for the limit needs more rooms than the nominal number.
      return roomsOfFour(values.full ? 4 * NOMINAL_ROOMS : NOMINAL_ROOMS);
    case 'layers':
      return layeredRooms(values.full ? 4 * NOMINAL_ROOMS : NOMINAL_ROOMS);
    case 'sound':
      return soundRoom(10, Number(values.listeners));
    default:
      throw new Error(`there is no case ${name}; ${HELP}`);
  }
}

async function measure(plan: Case, revision: Revision | undefined): Promise<void> {
  const subjects = [await Subject.start(plan, createMediaHost, 'bench')];
  if (revision) subjects.push(await Subject.start(plan, revision.createMediaHost, 'before'));
  const floor = child('./floor.ts');
  try {
    for (const subject of subjects) await warmUp(subject);
    const windows: Window[][] = [];
    const floors: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const row = [];
      // The second subject finds warmer or colder caches and clocks, so the subjects take turns as
      // the first.
      const order = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const subject of order) row[subjects.indexOf(subject)] = await subject.window(seconds);
      windows.push(row as Window[]);
      floors.push(await floorWindow(plan, subjects[0]!, row[0]!, floor));
    }
    const [now, old] = subjects.map((_, index) => windows.map((row) => row[index]!));
    const ratios = now!.map((window, round) => window.us / floors[round]!);
    const costs = old?.map((window, round) => now![round]!.us / window.us);
    const [first, second] = subjects;
    console.log(
      JSON.stringify({
        case: plan.name,
        engineUs: rounded(median(now!.map(({ us }) => us))),
        floorUs: rounded(median(floors)),
        ratio: rounded(median(ratios)),
        ratios: ratios.map(rounded),
        ...summary(now!),
        ...(values.full && (await limits(first!, now!))),
        ...(costs && {
          against: {
            revision: values.against,
            engineUs: rounded(median(old!.map(({ us }) => us))),
            ...summary(old!),
            ...(values.full && (await limits(second!, old!))),
          },
          cost: rounded(median(costs)),
          costs: costs.map(rounded),
        }),
        nominalPacketsPerSecond: nominalRate(plan),
        seconds,
        profile: 'AEAD_AES_128_GCM',
        cpu: cpus()[0]?.model.trim(),
        node: process.version,
      }),
    );
  } finally {
    floor.kill();
    for (const subject of subjects) await subject.close();
  }
}

/**
 * Runs windows until all packets are delivered, in the short form until any is: a video begins when
 * the estimate of its receiver's path allows it.
 */
async function warmUp(subject: Subject): Promise<void> {
  for (let left = MOST_WARM_UPS; left > 0; left -= 1) {
    const { lost } = await subject.window(short ? seconds : WARM_UP);
    if (lost < (short ? 1 : NOTHING_LOST)) return;
  }
}

function summary(windows: Window[]) {
  return {
    packetsPerSecond: Math.round(median(windows.map((window) => window.packetsPerSecond))),
    coreShare: rounded(median(windows.map((window) => window.cpu))),
    runLength: rounded(median(windows.map(({ packets, runs }) => packets / runs))),
    deliveredShare: rounded(Math.min(...windows.map(({ lost }) => 1 - lost))),
    delay: delayOf(windows),
  };
}

/** Medians over the windows, milliseconds. */
function delayOf(windows: Window[]) {
  const of = (key: 'p50' | 'p99' | 'p999') => rounded(median(windows.map((window) => window[key])));
  return { p50: of('p50'), p99: of('p99'), p999: of('p999') };
}

async function limits(subject: Subject, windows: Window[]) {
  const cpu = median(windows.map((window) => window.cpu));
  const limit = await findLimit(subject, cpu, seconds);
  const half = await findLoad(subject, 0.5, cpu, seconds);
  const most = await findLoad(subject, 0.8, cpu, seconds);
  const heap = await subject.heapBytes(2 * seconds);
  return {
    packetsPerSecondOfACore: limit ? Math.round(limit.packetsPerSecond) : null,
    atHalfACore: { coreShare: rounded(half.cpu), ...delayOf([half]) },
    atMostOfACore: { coreShare: rounded(most.cpu), ...delayOf([most]) },
    heapBytesPerMillionPackets: Math.round(heap * 1e6),
  };
}

/**
 * Measures the floor with the run length of the engine's last window, at the rate of each receiver.
 */
async function floorWindow(plan: Case, subject: Subject, window: Window, floor: ReturnType<typeof child>) {
  if (window.packets === 0) throw new Error(`${plan.name}: nothing was forwarded in a window`);
  const port = await freePort();
  const rate = (forwardedPerSecond(plan) * plan.publishers) / plan.receivers;
  const inRooms = plan.grows === 'rooms';
  const ports = inRooms ? subject.ports.slice(0, NOMINAL_ROOMS * plan.receivers) : subject.ports;
  const options: FloorOptions = {
    ports,
    packets: Math.round(seconds * rate),
    packetsPerSecond: rate,
    runLength: window.packets / window.runs,
    packetBytes: packetSizes(plan),
    port,
  };
  const { floorUs } = await subject.forFloor(port, () => ask<FloorReply, 'done'>(floor, options, 'done'));
  return floorUs;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}

function rounded(figure: number): number {
  return Math.round(figure * 1000) / 1000;
}
