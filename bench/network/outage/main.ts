import { parseArgs } from 'node:util';
import { chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { startWaterbus } from '@waterbus/e2e/testing/waterbus';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { measureOutage, type OutageTimes } from './measure.js';
import { type Direction, openOutageCall } from './outage-call.js';

// Measures how soon the web app reports lost media, and how soon it recovers: Ben's UDP is cut, in
// one direction or both, while his socket works.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    /** Seconds of each outage. */
    lasts: { type: 'string', default: '8' },
    browsers: { type: 'string', default: 'chromium,firefox' },
    directions: { type: 'string', default: 'down,up,both' },
  },
});

const mediaPort = await freePorts(2);
const waterbus = await startWaterbus('one-process', {
  MEDIA_WORKERS: '1',
  MEDIA_PORT: String(mediaPort),
  // The lines carry UDP.
  MEDIA_TCP: '0',
  LOG_LEVEL: 'warn',
});
const browser = await playwright.launch(chromium({ fps: 15 }));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void waterbus.stop().then(() => process.exit(1)));
try {
  for (const name of values.browsers.split(',') as ('chromium' | 'firefox')[]) {
    for (const direction of values.directions.split(',') as Direction[]) await measure(name, direction);
  }
} finally {
  await browser.close();
  await waterbus.stop();
}

/** Uses a separate call, so that outages of another direction do not affect it. */
async function measure(name: 'chromium' | 'firefox', direction: Direction): Promise<void> {
  const call = await openOutageCall({ waterbus, mediaPort, chromium: browser, browser: name });
  try {
    const times: OutageTimes[] = [];
    for (let run = 0; run < Number(values.runs); run += 1) {
      times.push(await measureOutage(call, direction, Number(values.lasts) * 1000));
    }
    const row = (of: 'shown' | 'gone' | 'sees' | 'seen') =>
      times.map((one) => one[of]?.toFixed(1) ?? 'never').join(' ');
    console.log(`${name}, ${direction}: ${times.length} outages of ${values.lasts} s`);
    console.log(`  seconds until shown: ${row('shown')}`);
    console.log(`  shown first: ${[...new Set(times.map(({ text }) => text))].join(' | ')}`);
    console.log(`  seconds until gone again: ${row('gone')}`);
    console.log(`  seconds until the other is seen again: ${row('sees')}`);
    console.log(`  seconds until the other sees again: ${row('seen')}`);
  } finally {
    await call.close();
  }
}
