import { defineConfig } from '@playwright/test';
import { chromium } from './system/browsers.js';
import type { SystemFixtures } from './system/test.js';

/**
 * Tests of joining, media, moderation, faults and redirects, which involve several servers, unless
 * their tag is `@page`, or `@faults`: the short faults play these on a cluster, as redirects, updates
 * and the tests of Server WS play `@redirected`. And those that need several.
 */
const ACROSS_SERVERS = [
  ...['meeting', 'moderation', 'faults', 'redirect'].map((name) => `**/${name}.spec.ts`),
  '**/cluster/*.spec.ts',
];

/** Tests of pages: whatever they show of a call has no need of fast pictures. */
const PAGES = [
  ...['accounts', 'admin', 'second-factors', 'place', 'accessibility', 'documentation', 'first-load', 'tabs'],
  ...['plain-http', 'permission', 'chat', 'hosting', 'attention', 'in-call', 'install', 'system-effects'],
].map((name) => `**/${name}.spec.ts`);

/** `pages` or `calls`: the part of the suite that `npm test` runs now. Otherwise all of it. */
const part = process.env.BROWSER_TESTS;
const pages = part === 'pages';
const release = process.env.RELEASE === '1';
const others = part === 'calls' ? PAGES : [];
/**
 * A change plays redirects on the cluster, which has the same media nodes on several servers, and
 * Firefox with codecs, tiles, relays and TCP alone.
 */
const forReleases =
  part === 'calls' && !release ? ['redirect', 'nat', 'firefox'].map((name) => `**/${name}.spec.ts`) : [];

/**
 * One worker, because two cores carry one call of three or four contexts. No retries: a flaky test
 * is a bug.
 */
export default defineConfig<object, SystemFixtures>({
  testMatch: '**/*.spec.ts',
  outputDir: `../.test-output/${part ?? 'playwright'}`,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  // Limits for hanging tests: a busy machine may be slow.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: `../.test-output/${part ?? 'playwright'}.json` }]],
  use: {
    launchOptions: chromium({ fps: pages ? 10 : 30 }),
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    // Requests that a worker makes for a page pass by the routes of tests.
    serviceWorkers: 'block',
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  // One process and a cluster behind a load balancer must behave alike: a release runs the same
  // suite on both, a change runs only the tests that the number of servers can affect.
  projects: [
    {
      name: 'one process',
      testDir: './tests',
      use: { kind: 'one-process' },
      ...(pages && { testMatch: PAGES }),
      testIgnore: ['**/cluster/**', ...others, ...forReleases],
    },
    {
      name: 'cluster',
      testDir: './tests',
      use: { kind: 'cluster' },
      ...(pages && { testMatch: release ? PAGES : [] }),
      ...(!pages && !release && { testMatch: ACROSS_SERVERS, grepInvert: /@page|@faults|@redirected/ }),
      testIgnore: others,
    },
    // Short forms of benchmarks stand beside them, because benchmarks use this suite's system.
    {
      name: 'impaired network',
      testDir: '../bench/network',
      use: { kind: 'one-process' },
      ...(pages && { testMatch: [] }),
    },
  ],
});
