import { parseArgs } from 'node:util';
import { chromium as playwright } from '@playwright/test';
import { chromium } from '../../e2e/system/browsers.js';
import { freeUdpPorts } from '../../e2e/system/processes.js';
import { startWaterbus } from '../../e2e/system/waterbus.js';
import { type JoinResult, measureJoins } from './join.js';
import { pageScript } from './page-script.js';

// Calls of real Chromium through networks of known rate, delay, queue and loss; see docs/benchmarks.md.

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    joins: { type: 'string', default: '20' },
  },
});

if (values.only.split(',').includes('join')) await joinTimes();

async function joinTimes(): Promise<void> {
  const mediaPort = await freeUdpPorts(2);
  const waterbus = await startWaterbus('one-process', {
    MEDIA_WORKERS: '1',
    MEDIA_PORT: String(mediaPort),
    LOG_LEVEL: 'warn',
  });
  const browser = await playwright.launch({ ...chromium({ fps: 15 }), headless: true });
  try {
    const script = await pageScript();
    const results: JoinResult[] = [];
    for (const roundTripTime of [0, 100]) {
      const result = await measureJoins(browser, {
        roundTripTime,
        joins: Number(values.joins),
        seed: Number(values.seed),
        script,
        mediaPort,
        httpPort: waterbus.httpPort,
      });
      results.push(result);
      console.log(JSON.stringify({ case: 'join', ...result, steps: undefined }));
      for (const { after, what } of result.steps) console.log(`${String(after).padStart(8)} ms  ${what}`);
    }
    const [near, far] = results;
    const roundTrips = (far!.sees.p50 - near!.sees.p50) / far!.roundTripTime;
    console.log(`round trips until the newcomer sees everybody: ${roundTrips.toFixed(1)}`);
  } finally {
    await browser.close();
    await waterbus.stop();
  }
}
