import { defineConfig } from '@playwright/test';
import { chromium } from './system/browsers.js';
import type { SystemFixtures } from './system/test.js';

/** Tests of joining, media, moderation, faults and redirects, in which several servers take part. */
const ACROSS_SERVERS = ['meeting', 'moderation', 'faults', 'redirect'].map((name) => `**/${name}.spec.ts`);

/** One worker: a call of three or four contexts is what two cores carry. No retries: a flaky test is a bug. */
export default defineConfig<object, SystemFixtures>({
  testDir: './tests',
  outputDir: '../.test-output/playwright',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  // Bounds for what hangs: a busy machine may take its time.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: '../.test-output/playwright.json' }]],
  use: {
    launchOptions: chromium(),
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  // What holds for one process holds for a cluster behind a load balancer: a release runs the same suite twice, a change the
  // tests in which the number of servers can matter.
  projects: [
    { name: 'one process', use: { kind: 'one-process' }, testIgnore: '**/cluster/**' },
    { name: 'cluster', use: { kind: 'cluster' }, ...(process.env.RELEASE !== '1' && { testMatch: ACROSS_SERVERS }) },
  ],
});
