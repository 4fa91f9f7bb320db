// `npm run dashboard-queries`: draws the answers of a real Prometheus to the queries of the Grafana
// dashboard, as a page and its picture.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { main } from '../apps/waterbus/test/observability/dashboard-queries.ts';
import { chromium as installedChromium } from '../e2e/system/browsers.ts';
import { build } from './build.mjs';
import * as tools from './tools.mjs';

const needed = [...tools.redis, ...tools.archives, ...tools.monitors, ...tools.chromium];
if (!tools.ensureTools(needed) || (process.env.SKIP_BUILD !== '1' && !build())) process.exit(2);
const page = path.resolve(await main(process.argv.slice(2)));
const browser = await chromium.launch(installedChromium());
const tab = await browser.newPage({ viewport: { width: 1760, height: 1000 } });
await tab.goto(pathToFileURL(page).href);
const picture = page.replace(/(\.html)?$/, '.png');
await tab.screenshot({ path: picture, fullPage: true });
await browser.close();
console.log(`${page}\n${picture}`);
