import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium as playwright } from '@playwright/test';
import { chromium } from '../../system/browsers.js';
import type { Run } from '../scenario.js';
import { OtherNetwork } from './other-network.js';
import { SuspendableBrowser } from './suspendable-browser.js';
import { writeTone } from './tone.js';

export type Alone = 'in its own browser' | 'in another network';

export interface Browsers {
  others: Place;
  last: Place;
  /** The browser of the last person, when separate. */
  own?: SuspendableBrowser | undefined;
  network?: OtherNetwork | undefined;
}

/**
 * The browser of a person. `url`: the page's address from there, when it differs from the common
 * one.
 */
interface Place {
  browser: Browser;
  url?: string | undefined;
}

/** Opens one browser for all, or another one for the last person. They end with the run. */
export async function openBrowsers(run: Run, alone: Alone | undefined): Promise<Browsers> {
  const { cluster } = run;
  const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-people-'));
  run.after(() => rm(folder, { recursive: true, force: true }));
  const launch = chromium({ fps: PICTURES_PER_SECOND });
  launch.args.push(`--use-file-for-fake-audio-capture=${await writeTone(folder)}`);
  const browser = await playwright.launch(launch);
  run.after(() => browser.close());
  const network = alone === 'in another network' ? await OtherNetwork.create() : undefined;
  run.after(async () => network?.close());
  const elsewhere = network && `http://${network.host}:${cluster.httpPort}`;
  if (network) {
    launch.executablePath = await network.wrap(launch.executablePath, folder);
    // Browsers allow the camera on pages of other machines only over https.
    launch.args.push(`--unsafely-treat-insecure-origin-as-secure=${elsewhere}`);
  }
  const own = alone && (await SuspendableBrowser.launch(launch));
  run.after(async () => own?.close());
  return { others: { browser }, last: { browser: own?.browser ?? browser, url: elsewhere }, own, network };
}

/**
 * A rate that a browser with little processor time can keep; a gap of 200 ms is three lost
 * pictures.
 */
const PICTURES_PER_SECOND = 20;
