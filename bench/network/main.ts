import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium as playwright } from '@playwright/test';
import { writeTone } from '../../e2e/faults/people/tone.js';
import { chromium } from '../../e2e/system/browsers.js';
import { freeUdpPorts } from '../../e2e/system/processes.js';
import { startWaterbus } from '../../e2e/system/waterbus.js';
import { writeCameraFile } from './camera-file.js';
import type { Case } from './cases/case.js';
import { ONE_SENDER } from './cases/one-sender.js';
import { RFC_8867 } from './cases/rfc8867.js';
import { SIX_PEOPLE } from './cases/six-people.js';
import { type JoinResult, measureJoins } from './join.js';
import { figuresOf, printed, verdicts } from './judge.js';
import { pageScript } from './page-script.js';
import { plotCase } from './plot.js';
import { runCase } from './run-case.js';
import { type CaseResult, DOCUMENT, IMAGES, withResults } from './table.js';

// Calls of real Chromium through networks of known rate, delay, queue and loss; docs/benchmarks.md says what is measured.

const { values } = parseArgs({
  options: {
    /** Names of cases, or how they begin, with commas; `join` too. */
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    joins: { type: 'string', default: '20' },
    /** Writes plots and the column of the table in docs/benchmarks.md. */
    write: { type: 'boolean', default: false },
    column: { type: 'string', default: 'now' },
    /** A file to which one line of JSON for each case is added. */
    json: { type: 'string' },
    /** A folder for the recordings, to find causes in. */
    recordings: { type: 'string' },
  },
});

const CASES = [...ONE_SENDER, ...SIX_PEOPLE, ...RFC_8867];
const wanted = values.only === '' ? ['join', ...CASES.map(({ name }) => name)] : values.only.split(',');
const seed = Number(values.seed);
const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-bench-'));
const mediaPort = await freeUdpPorts(2);
// One worker: its port is where the network leads.
const waterbus = await startWaterbus('one-process', {
  MEDIA_WORKERS: '1',
  MEDIA_PORT: String(mediaPort),
  LOG_LEVEL: 'warn',
});
try {
  const script = await pageScript();
  const surroundings = { script, seed, mediaPort, httpPort: waterbus.httpPort };
  if (wanted.includes('join')) await joinTimes(surroundings);
  const cases = CASES.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
  if (cases.length > 0) await measureCases(cases, surroundings);
} finally {
  await waterbus.stop();
  await rm(folder, { recursive: true, force: true });
}

type Common = Omit<Parameters<typeof runCase>[1], 'browser'>;

async function measureCases(cases: Case[], surroundings: Common): Promise<void> {
  const launch = chromium();
  const [camera, tone] = await Promise.all([writeCameraFile(folder), writeTone(folder)]);
  launch.args.push(`--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${tone}`);
  const results: CaseResult[] = [];
  for (const test of cases) {
    // Afresh for each: what one case left behind must not be in the next.
    const recording = await withBrowser(launch, (browser) => runCase(test, { ...surroundings, browser }));
    const figures = figuresOf(test, recording);
    const result = { test, figures, verdicts: verdicts(test, figures) };
    results.push(result);
    report(result, { load: recording.load, lateness: recording.lateness });
    const plot = plotCase(test, recording);
    if (values.write) {
      await mkdir(IMAGES, { recursive: true });
      await writeFile(path.join(IMAGES, `${test.name}.svg`), plot);
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

async function joinTimes(surroundings: Common): Promise<void> {
  const results: JoinResult[] = [];
  for (const roundTripTime of [0, 100]) {
    const result = await withBrowser(chromium({ fps: 15 }), (browser) =>
      measureJoins(browser, { ...surroundings, roundTripTime, joins: Number(values.joins) }),
    );
    results.push(result);
    console.log(JSON.stringify({ case: 'join', ...result, steps: undefined }));
    for (const { after, what } of result.steps) console.log(`${String(after).padStart(8)} ms  ${what}`);
  }
  const [near, far] = results;
  const roundTrips = (far!.sees.p50 - near!.sees.p50) / far!.roundTripTime;
  console.log(`round trips until the newcomer sees everybody: ${roundTrips.toFixed(1)}`);
}

async function withBrowser<T>(
  launch: { executablePath: string; args: string[] },
  work: (browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await playwright.launch(launch);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}
