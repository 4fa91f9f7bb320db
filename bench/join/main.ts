import { randomBytes } from 'node:crypto';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { checkOut } from '../revision.js';
import { type Cost, Subject } from './subject.js';

// The cost of a join for Server WS: CPU time of its process alone, and bytes on the clients' sockets.
// The room has so many people with the newcomer, nine of whom publish. The newcomer joins with its
// media, as the SDK does; the cost includes the event to everybody in the room. The media worker is
// a real one.

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '10,100,1000' },
    joins: { type: 'string', default: '40' },
    crowd: { type: 'string', default: '100,1000' },
    crowds: { type: 'string', default: '2' },
    cluster: { type: 'string', default: 'in-process' },
    profile: { type: 'string' },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run bench:join -- [options]

  --against REV      the same on another revision of this repository, in turn with this one
  --people N,N,…     people in the room with the newcomer; newcomers join in turn (10,100,1000)
  --joins J          newcomers of each room (40)
  --crowd N,N,…      people in a room that all but nine join at once, 16 at a time (100,1000)
  --crowds C         crowds (2)
  --cluster FORM     in-process or redis (in-process)
  --profile FOLDER   also writes a CPU profile of Server WS for each join there; the profiler's own
                     work is in the figures`;

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (values.cluster !== 'in-process' && values.cluster !== 'redis') throw new Error(HELP);

const HERE = fileURLToPath(new URL('../..', import.meta.url));
/** The same in every room, so that only the number of people differs: 18 consumers. */
const PUBLISHERS = 9;
/** Joins under way at the same time. */
const AT_ONCE = 16;

const before = values.against === undefined ? undefined : checkOut(values.against);
try {
  before?.node('packages/packet-io/build.mjs');
  const processor = cpus();
  console.error(
    `${processor.length} × ${processor[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, ` +
      `Node ${process.version}; clients and media worker on the same cores`,
  );
  for (const people of numbers(values.people)) {
    await measure({ case: 'newcomer', people }, people - 1, Number(values.joins), (subject, profile) =>
      subject.join(1, 1, profile),
    );
  }
  for (const people of numbers(values.crowd)) {
    const join: Join = (subject, profile) => subject.join(people - PUBLISHERS, AT_ONCE, profile);
    await measure({ case: 'crowd', people }, PUBLISHERS, Number(values.crowds), join);
  }
} finally {
  before?.remove();
}

/** A list without entries leaves the case out. */
function numbers(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number);
}

/** `profile`: the file for a CPU profile. */
type Join = (subject: Subject, profile?: string) => Promise<Cost>;

/** One case: a room with so many people before `join`, which is repeated. */
async function measure(
  title: { case: string; people: number },
  people: number,
  times: number,
  join: Join,
): Promise<void> {
  const subjects: Subject[] = [];
  const databases: RedisServer[] = [];
  try {
    for (const tree of before ? [HERE, before.tree] : [HERE]) {
      if (values.cluster === 'redis') databases.push(await RedisServer.start());
      const subject = await Subject.start(tree, randomBytes(32).toString('hex'), databases.at(-1));
      subjects.push(subject);
      await subject.fill(people, Math.min(people, PUBLISHERS));
    }
    const costs: Cost[][] = subjects.map(() => []);
    for (let time = 0; time < times; time += 1) {
      // The order alternates, because the second subject finds warmer or colder caches and clocks.
      const order = time % 2 === 0 ? subjects : subjects.toReversed();
      for (const subject of order) {
        const at = subjects.indexOf(subject);
        const name = `${title.case}-${title.people}-${at === 0 ? 'this' : 'other'}-${time}.cpuprofile`;
        costs[at]!.push(await join(subject, values.profile && path.join(values.profile, name)));
      }
    }
    const [now, old] = costs.map(summary);
    const against = old && { against: { revision: values.against, ...old, cost: round(now!.cpuMs / old.cpuMs) } };
    console.log(JSON.stringify({ ...title, cluster: values.cluster, joins: times, ...now, ...against }));
  } finally {
    for (const subject of subjects) await subject.close();
    for (const database of databases) await database.close();
  }
}

/** Of one join each: mean CPU, because garbage collection is part of it, and medians of the rest. */
function summary(costs: Cost[]) {
  const cpu = costs.map(({ cpu }) => cpu);
  return {
    cpuMs: round(cpu.reduce((sum, value) => sum + value, 0) / cpu.length),
    cpuMedianMs: round(median(cpu)),
    deductedMs: round(median(costs.map(({ idle }) => idle))),
    sentBytes: Math.round(median(costs.map(({ sent }) => sent))),
    receivedBytes: Math.round(median(costs.map(({ received }) => received))),
    consumers: median(costs.map(({ consumers }) => consumers)),
    answerMs: round(median(costs.map(({ answer }) => answer))),
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
