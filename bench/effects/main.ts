import { cpus, loadavg, setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startWaterbus } from '@waterbus/e2e/testing/waterbus';
import { type MeasuredPage, openBrowser } from './browsers.js';
import { type EffectFigures, type NoiseFigures, PROBE } from './probe.js';

// Backgrounds and noise reduction of the web app in real browsers: pictures a second, time and delay
// of a frame, long tasks of the page, time of a block of sound. docs/benchmarks.md describes it.

const { values } = parseArgs({
  options: {
    browsers: { type: 'string', default: 'chromium,firefox' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run bench:effects -- [options]

  --browsers NAMES  browsers, separated by commas (chromium,firefox)
  --seconds NUMBER  observed seconds of each background (10)`;

/** The lobby shows a picture of the camera. */
const PICTURE = "document.querySelector('.preview video')?.videoWidth > 0";

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
setPriority(process.pid, 10);
const waterbus = await startWaterbus('one-process', { MEDIA_WORKERS: '1', LOG_LEVEL: 'warn' });
// The subject is the browser, above the server; and above other work where the user may.
try {
  setPriority(process.pid, -10);
} catch {
  setPriority(process.pid, 0);
}
try {
  const [cpu] = cpus();
  console.log(`${cpus().length} × ${cpu?.model ?? 'unknown'}, ${load()}, Node ${process.version}`);
  for (const name of values.browsers.split(',')) await measureBrowser(name);
} finally {
  await waterbus.stop();
}

async function measureBrowser(name: string): Promise<void> {
  // tsx names functions by a function that pages do not have.
  const page = await openBrowser(name, `globalThis.__name = (named) => named;\n${PROBE}`);
  try {
    console.log(`\n${page.browser}`);
    await page.goto(waterbus.url);
    const created = await fetch(`${waterbus.url}/v1/meetings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Weekly' }),
    });
    const { meeting } = (await created.json()) as { meeting: { code: string } };
    for (const background of ['none', 'blur', 'dusk'])
      await report(`background ${background}`, () => measureBackground(page, meeting.code, background));
    await report('noise reduction', () => measureNoise(page, meeting.code));
  } finally {
    await page.close();
  }
}

/** A machine that is too slow loses the effect, and the others are measured all the same. */
async function report(what: string, measure: () => Promise<string>): Promise<void> {
  const text = await measure().catch((error) => `not measured, ${error}`);
  console.log(`${what}: ${text}; ${load()}`);
}

async function measureBackground(page: MeasuredPage, code: string, background: string): Promise<string> {
  await enterLobby(page, code, { background });
  await until(page, background === 'none' ? PICTURE : 'probe.reported.frames > 0');
  return described(await page.value<EffectFigures>(`probe.observe(${Number(values.seconds)})`));
}

/** Between two reports, of ten seconds each: the first one contains the start. */
async function measureNoise(page: MeasuredPage, code: string): Promise<string> {
  await enterLobby(page, code, { reducesNoise: true });
  await until(page, 'probe.reported.noise.blocks > 0');
  const first = await page.value<NoiseFigures>('({ ...probe.reported.noise })');
  await until(page, `probe.reported.noise.blocks > ${first.blocks}`);
  const noise = await page.value<NoiseFigures>('({ ...probe.reported.noise })');
  const [blocks, spent] = [noise.blocks - first.blocks, noise.spent - first.spent];
  return `${(spent / blocks).toFixed(3)} ms for each of ${blocks} blocks`;
}

async function enterLobby(page: MeasuredPage, code: string, preferences: object): Promise<void> {
  const text = JSON.stringify(JSON.stringify(preferences));
  await page.value(`localStorage.setItem('waterbus.preferences', ${text})`);
  await page.goto(`${waterbus.url}/m/${code}`);
}

async function until(page: MeasuredPage, condition: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await page.value<boolean>(condition))) {
    if (Date.now() > deadline) throw new Error(`In ${page.browser} it did not come to this: ${condition}`);
    await wait(100);
  }
}

function described({ width, height, pictures, seconds, spent, segmentedEvery, delays, longTasks }: EffectFigures) {
  return [
    `${width}×${height}, ${(pictures / seconds).toFixed(1)} pictures a second`,
    spent.length > 0 && `worker's time ${spread(spent)}, person searched in every ${segmentedEvery}. frame`,
    delays.length > 0 && `delay ${spread(delays)}`,
    longTasks &&
      `${longTasks.length} long tasks${longTasks.length > 0 ? `, longest ${Math.max(...longTasks)} ms` : ''}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** p50 and p95. */
function spread(milliseconds: number[]): string {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
  return `${at(0.5)} and ${at(0.95)} ms`;
}

function load(): string {
  return `load ${loadavg()[0]!.toFixed(1)}`;
}
