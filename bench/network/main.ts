import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { writeTone } from '@waterbus/e2e/testing/tone';
import { startWaterbus } from '@waterbus/e2e/testing/waterbus';
import { videoCodecSettingSchema } from '@waterbus/protocol';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { measureWays } from './blocked-ways.js';
import { writeCameraFile } from './camera-file.js';
import type { Case } from './cases/case.js';
import { ONE_SENDER } from './cases/one-sender.js';
import { RFC_8867 } from './cases/rfc8867.js';
import { SIX_PEOPLE } from './cases/six-people.js';
import { type JoinResult, measureJoins } from './join.js';
import { figuresOf, printed, verdicts } from './judge.js';
import { MOVES, measureMoves } from './moves/measure-moves.js';
import { fitsNamespaces, startNamespaces } from './namespaces/start-namespaces.js';
import type { Surroundings } from './open-call.js';
import { pageScript } from './page-script.js';
import { startPath } from './path/start-path.js';
import { plotCase } from './plot.js';
import { runCase } from './run-case.js';
import { type CaseResult, DOCUMENT, IMAGES, withResults } from './table.js';

// Calls of real Chromium through networks of known rate, delay, queue and loss; docs/benchmarks.md
// describes the measurements.

const { values } = parseArgs({
  options: {
    /** Names of cases or their beginnings, separated by commas; `join` and `ways` too. */
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    codec: { type: 'string', default: 'auto' },
    joins: { type: 'string', default: '20' },
    moves: { type: 'string', default: '20' },
    /** Writes plots and the column of the table in docs/benchmarks.md. */
    write: { type: 'boolean', default: false },
    column: { type: 'string', default: 'now' },
    /** A file to which each case appends one line of JSON. */
    json: { type: 'string' },
    /** Uses links of the kernel (root), for the cases that need only rates. */
    namespaces: { type: 'boolean', default: false },
    /** A folder for the recordings, for the search for causes. */
    recordings: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const CASES = [...ONE_SENDER, ...SIX_PEOPLE, ...RFC_8867];
const HELP = `npm run bench:network -- [options]

  --only NAMES         cases, or how their names begin, separated by commas. Default: all, about 20 minutes
  --joins N            joins measured at each round-trip time in the case join, and on each way in the case ways (20)
  --moves N            changes of the network in each case of moves (20)
  --codec NAME         of the cameras: auto, vp8, vp9, av1 or h264 (auto)
  --seed N             of the losses and the jitter (1)
  --namespaces         links by the kernel (tbf; needs root), for the cases that need nothing but rates
  --json FILE          append one line of JSON for each case
  --recordings FOLDER  write each case's recording and plot
  --write              write plots and results into docs/benchmarks.md
  --column NAME        the column of --write, now or before (now)

  cases: ${['join', 'ways', ...Object.keys(MOVES), ...CASES.map(({ name }) => name)].join(', ')}`;

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const wanted =
  values.only === ''
    ? ['join', 'ways', ...Object.keys(MOVES), ...CASES.map(({ name }) => name)]
    : values.only.split(',');
const seed = Number(values.seed);
const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-bench-'));
const mediaPort = await freePorts(2);
// One worker, because the network leads to its port.
const probeFile = path.join(folder, 'transports.jsonl');
const waterbus = await startWaterbus('one-process', {
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${new URL(`./worker-probe.mjs?file=${probeFile}`, import.meta.url)}`,
  MEDIA_WORKERS: '1',
  MEDIA_PORT: String(mediaPort),
  // The lines carry UDP.
  MEDIA_TCP: '0',
  LOG_LEVEL: 'warn',
});
// Servers and browsers end with the command.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void waterbus.stop().then(() => process.exit(1)));
try {
  const script = await pageScript();
  if (wanted.includes('join')) await joinTimes(script);
  if (wanted.includes('ways')) await timesOfWays(script);
  const moves = Object.keys(MOVES).filter((name) => wanted.some((start) => name.startsWith(start)));
  if (moves.length > 0) await timesOfMoves(moves, script);
  const cases = CASES.filter(
    ({ name, network }) =>
      wanted.some((start) => name.startsWith(start)) && (!values.namespaces || fitsNamespaces(network)),
  );
  if (cases.length > 0) await measureCases(cases, script);
} finally {
  await waterbus.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measureCases(cases: Case[], script: string): Promise<void> {
  const { executablePath, args } = chromium();
  const [camera, tone] = await Promise.all([writeCameraFile(folder), writeTone(folder)]);
  args.push(`--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${tone}`);
  const { httpPort } = waterbus;
  const surroundings: Surroundings & { probeFile: string } = {
    probeFile,
    script,
    seed,
    videoCodec: videoCodecSettingSchema.parse(values.codec),
    launch: (own) =>
      playwright.launch({
        executablePath: own?.executablePath ?? executablePath,
        args: [...args, ...(own?.args ?? [])],
      }),
    openPath: (network) =>
      values.namespaces
        ? startNamespaces({ network, httpPort, folder, executablePath })
        : startPath({ network, mediaPort, httpPort }),
  };
  const results: CaseResult[] = [];
  for (const test of cases) {
    const recording = await runCase(test, surroundings);
    const figures = figuresOf(test, recording);
    const result = { test, figures, verdicts: verdicts(test, figures) };
    results.push(result);
    report(result, { load: recording.load, lateness: recording.lateness });
    const plot = plotCase(test, recording);
    if (values.write) {
      const images = path.join(IMAGES, values.column);
      await mkdir(images, { recursive: true });
      await writeFile(path.join(images, `${test.name}.svg`), plot);
      await writeFile(DOCUMENT, withResults(await readFile(DOCUMENT, 'utf8'), [result], values.column));
    }
    if (values.recordings) {
      await mkdir(values.recordings, { recursive: true });
      await writeFile(path.join(values.recordings, `${test.name}.json`), JSON.stringify(recording));
      await writeFile(path.join(values.recordings, `${test.name}.svg`), plot);
    }
  }
  const missed = results.flatMap(({ verdicts }) => verdicts).filter(({ kept }) => !kept).length;
  console.log(`${results.length} cases, ${missed} aims missed`);
}

function report({ test, figures, verdicts }: CaseResult, machine: object): void {
  const line = {
    case: test.name,
    ...figures,
    missed: verdicts.filter(({ kept }) => !kept).map(({ aim }) => aim.text),
    ...machine,
  };
  console.log(JSON.stringify(line, (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value)));
  for (const { aim, reached, kept } of verdicts) {
    console.log(`  ${kept ? 'kept  ' : 'MISSED'} ${aim.text}: ${printed(aim.figure, reached)}`);
  }
  if (values.json) void appendFile(values.json, `${JSON.stringify(line)}\n`);
}

/** Joins from networks that block UDP, or everything but the page. */
async function timesOfWays(script: string): Promise<void> {
  for await (const { steps, ...result } of measureWays({ joins: Number(values.joins), script, folder })) {
    console.log(JSON.stringify({ case: 'ways', ...result }));
    for (const { after, what } of steps) console.log(`${String(after).padStart(8)} ms  ${what}`);
  }
}

/** Changes of a participant's network in mid-call. */
async function timesOfMoves(cases: string[], script: string): Promise<void> {
  for await (const result of measureMoves({ cases, moves: Number(values.moves), script, folder })) {
    console.log(JSON.stringify({ case: 'moves', ...result }));
  }
}

async function joinTimes(script: string): Promise<void> {
  const results: JoinResult[] = [];
  for (const roundTripTime of [0, 100]) {
    const browser = await playwright.launch(chromium({ fps: 15 }));
    const path = { script, seed, mediaPort, httpPort: waterbus.httpPort };
    const result = await measureJoins(browser, { ...path, roundTripTime, joins: Number(values.joins) });
    await browser.close();
    results.push(result);
    console.log(JSON.stringify({ case: 'join', ...result, steps: undefined }));
    for (const { after, what } of result.steps) console.log(`${String(after).padStart(8)} ms  ${what}`);
  }
  const [near, far] = results;
  const roundTrips = (far!.sees.p50 - near!.sees.p50) / far!.roundTripTime;
  console.log(`round trips until the newcomer sees everybody: ${roundTrips.toFixed(1)}`);
}
