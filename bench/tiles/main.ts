import { appendFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, setPriority } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Page, chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { startCrowd } from '@waterbus/e2e/testing/crowd';
import { startWaterbus } from '@waterbus/e2e/testing/waterbus';
import { MainThread } from './main-thread.js';
import { measure } from './page-measures.js';
import { phases } from './phases.js';
import { type Row, rowsOf, verdictOf } from './rows.js';

// A real Chromium in calls with 25 and 49 other people: how long its main thread is blocked, and how
// long clicks wait. docs/benchmarks.md describes the measurement.

const { values } = parseArgs({
  options: {
    others: { type: 'string', default: '25,49' },
    /** Parts of the names of phases. */
    only: { type: 'string' },
    /** A file to which each phase appends one line of JSON. */
    json: { type: 'string' },
    /** A folder for a picture of the page in each call. */
    pictures: { type: 'string' },
    /** A folder for a CPU profile of the page in each call. */
    profiles: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const HELP = `npm run bench:tiles -- [options]

  --others NUMBERS   other people in the call, separated by commas (25,49)
  --only NAMES       these phases, by parts of their names, separated by commas
  --json FILE        append one line of JSON for each phase
  --pictures FOLDER  a picture of the page in each call
  --profiles FOLDER  a CPU profile of the page in each call, for Chromium's developer tools`;

/** The window that shows these people on one page, as those that peers offer. */
const WINDOWS = { small: { width: 1280, height: 800 }, large: { width: 1920, height: 1080 } };

if (values.help) {
  console.log(HELP);
  process.exit(0);
}
// Server and people at low priority: the subject is the browser.
setPriority(process.pid, 10);
const waterbus = await startWaterbus('one-process', { MEDIA_WORKERS: '1', LOG_LEVEL: 'warn' });
// Above the other work of the machine, where the user may: else a wait for a core is a long task.
try {
  setPriority(process.pid, -10);
} catch {
  setPriority(process.pid, 0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void waterbus.stop().then(() => process.exit(1)));
let isKept = true;
try {
  const [cpu] = cpus();
  console.log(
    `${cpus().length} × ${cpu?.model ?? 'unknown'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`,
  );
  for (const others of values.others.split(',').map(Number)) isKept = (await measureCall(others)) && isKept;
} finally {
  await waterbus.stop();
}
process.exitCode = isKept ? 0 : 1;

async function measureCall(others: number): Promise<boolean> {
  const browser = await playwright.launch(chromium());
  const rows: Row[] = [];
  try {
    const viewport = others > 25 ? WINDOWS.large : WINDOWS.small;
    const page = await browser.newPage({ viewport, permissions: ['camera', 'microphone'] });
    await measure(page);
    await page.addInitScript(() => localStorage.setItem('waterbus.preferences', JSON.stringify({ view: 'grid' })));
    await page.goto(waterbus.url);
    await page.getByRole('button', { name: 'Create meeting' }).click();
    await page.waitForURL(/\/m\//);
    const code = page.url().split('/').at(-1)!;
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Join now' }).click();
    await page.getByRole('button', { name: 'Leave' }).waitFor();
    const crowd = await startCrowd(page, waterbus.url, code);
    const profile = values.profiles ? await startProfile(page) : undefined;
    console.log(`\n${others} other people, ${viewport.width}×${viewport.height}`);
    const thread = await MainThread.of(page);
    for await (const { name, measured, tasks, shown } of phases(page, thread, crowd, others, values.only?.split(','))) {
      const row = rowsOf(name, measured, tasks);
      rows.push(row);
      console.log(`${row.text}; ${shown} tiles; load ${loadavg()[0]!.toFixed(1)}`);
      if (values.json) await appendFile(values.json, `${JSON.stringify({ others, ...row, measured })}\n`);
    }
    if (values.pictures) await page.screenshot({ path: path.join(values.pictures, `${others}.png`) });
    await profile?.(path.join(values.profiles!, `${others}.cpuprofile`));
    crowd.end();
  } finally {
    await browser.close();
  }
  const verdict = verdictOf(rows);
  console.log(verdict.text);
  return verdict.kept;
}

/** Returns the function that ends the profile and writes it. */
async function startProfile(page: Page): Promise<(file: string) => Promise<void>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.start');
  return async (file) => {
    const { profile } = await devtools.send('Profiler.stop');
    await writeFile(file, JSON.stringify(profile));
  };
}
