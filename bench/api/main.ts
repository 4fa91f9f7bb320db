import { randomBytes } from 'node:crypto';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgres } from '@waterbus/server-api/testing/postgres';
import autocannon from 'autocannon';
import { checkOut } from '../revision.js';
import { exitOnSignals } from './exit-on-signals.js';
import { type Load, prepare } from './loads.js';
import { type Reading, type Subject, startApi, startBare } from './subject.js';

// CPU of a Server API's process for each request, its statements, requests a second and latencies,
// with a PostgreSQL of its own; beside a bare Fastify that sends answers of the same size without a
// database, and on request beside another revision. All are measured in turn and share the
// machine's cores with the load generator and PostgreSQL (without fsync). Rate limits are raised.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '20' },
    case: { type: 'string', multiple: true },
    against: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run bench:api -- [options]

  --against REV     the same on another revision of this repository, in turn with this one
  --case NAME       create, join, read, list or messages; can be given several times. Default: all
  --seconds S       length of a window (5)
  --rounds R        windows of each subject (2)
  --connections N   requests at once (20)`;

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const connections = Number(values.connections);

/**
 * Seconds in which the code is compiled and the connections to PostgreSQL are opened. A shortened run
 * shows only that all requests are answered.
 */
const WARM_UP = Math.min(3, seconds);

/**
 * Sequential requests, of which the cheapest counts, because background work affects the others.
 */
const COUNTED = 5;

interface Measured {
  /** Each subject has users and meetings of its own. */
  loads: Load[];
  subject: Subject;
}

/** The figures of one window. */
interface Window {
  /** Milliseconds of CPU for each request. */
  cpu: number;
  rate: number;
  p50: number;
  p99: number;
  errors: number;
}

exitOnSignals();
const database = await startPostgres();
const before = values.against === undefined ? undefined : checkOut(values.against);
const measured: Measured[] = [];
try {
  for (const tree of before ? [undefined, before.tree] : [undefined]) measured.push(await started(tree));
  const processor = cpus();
  console.log(
    `${processor.length} × ${processor[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}; ` +
      `${connections} connections, ${rounds} windows of ${seconds} s; load generator, server and PostgreSQL on the same cores`,
  );
  const columns = ['', 'CPU ms', 'statements', 'requests/s', 'p50 ms', 'p99 ms', 'errors', 'bare CPU ms'];
  if (before) columns.push(`CPU ms at ${values.against}`, 'statements', 'CPU to it');
  console.log(row(columns));
  console.log(row(columns.map(() => '---')));
  const names = values.case ?? measured[0]!.loads.map(({ name }) => name);
  for (const name of names) await measure(name);
} finally {
  for (const { subject } of measured) await subject.stop();
  before?.remove();
  await database.close();
}

async function started(tree: string | undefined): Promise<Measured> {
  const databaseUrl = await database.newDatabase();
  const subject = await startApi(databaseUrl, randomBytes(32).toString('hex'), tree);
  return { subject, loads: await prepare(subject.origin, databaseUrl) };
}

async function measure(name: string): Promise<void> {
  const subjects = measured.map(({ loads, subject }) => {
    const load = loads.find((load) => load.name === name);
    if (!load) throw new Error(`there is no case ${name}; ${HELP}`);
    return { load, subject };
  });
  const [now] = subjects;
  const bare = await startBare(await answerBytes(now!.subject, now!.load));
  const bareLoad: Load = { name, title: name, path: '/', method: 'GET' };
  const all = [...subjects, { subject: bare, load: bareLoad }];
  for (const { subject, load } of all) await run(subject, load, WARM_UP);
  // Every connection has prepared its statements by now.
  const counts = [];
  for (const { subject, load } of subjects) counts.push(await counted(subject, load));
  const windows: Window[][] = all.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    // The order alternates, because the second subject finds warmer or colder caches and clocks.
    const order = round % 2 === 0 ? all : all.toReversed();
    for (const one of order) windows[all.indexOf(one)]!.push(await window(one.subject, one.load));
  }
  await bare.stop();
  const [mine, old] = [windows[0]!, before ? windows[1]! : undefined];
  const cells = [
    now!.load.title,
    median(mine.map(({ cpu }) => cpu)).toFixed(2),
    counts[0]!,
    Math.round(median(mine.map(({ rate }) => rate))),
    median(mine.map(({ p50 }) => p50)),
    median(mine.map(({ p99 }) => p99)),
    mine.reduce((sum, { errors }) => sum + errors, 0),
    median(windows.at(-1)!.map(({ cpu }) => cpu)).toFixed(2),
  ];
  if (old) {
    const ratios = mine.map(({ cpu }, round) => cpu / old[round]!.cpu);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    cells.push(
      median(old.map(({ cpu }) => cpu)).toFixed(2),
      counts[1]!,
      `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`,
    );
  }
  console.log(row(cells));
}

async function answerBytes({ origin }: Subject, { name, path, ...request }: Load): Promise<number> {
  const sample = await fetch(origin + path, request);
  const text = await sample.text();
  if (!sample.ok) throw new Error(`${name}: ${sample.status} ${text}`);
  return Buffer.byteLength(text);
}

async function counted(subject: Subject, load: Load): Promise<number> {
  const each: Reading[] = [await subject.reading()];
  for (let n = 0; n < COUNTED; n += 1) {
    await answerBytes(subject, load);
    each.push(await subject.reading());
  }
  return Math.min(...each.slice(1).map(({ statements }, n) => statements - each[n]!.statements));
}

async function window(subject: Subject, load: Load): Promise<Window> {
  const begun = await subject.reading();
  const { latency, requests, errors, timeouts, non2xx } = await run(subject, load, seconds);
  const ended = await subject.reading();
  return {
    cpu: (ended.cpu - begun.cpu) / 1000 / requests.total,
    rate: requests.average,
    p50: latency.p50,
    p99: latency.p99,
    errors: errors + timeouts + non2xx,
  };
}

function run({ origin }: Subject, { path, method, body, headers }: Load, duration: number) {
  return autocannon({ url: origin + path, connections, duration, method, body, headers });
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function row(cells: unknown[]): string {
  return `| ${cells.join(' | ')} |`;
}
