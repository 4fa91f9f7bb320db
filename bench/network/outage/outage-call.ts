import { networkInterfaces } from 'node:os';
import type { Browser } from '@playwright/test';
import { createMeeting, enter, type Person, person } from '@waterbus/e2e/testing/call';
import { enterWithFirefox, launchFirefox } from '@waterbus/e2e/testing/firefox';
import type { Waterbus } from '@waterbus/e2e/testing/waterbus';
import { outageScript } from '../page-script.js';
import { type ChangeablePath, startPath } from '../path/start-path.js';
import type { Said } from './page.js';

export type Direction = 'down' | 'up' | 'both';

/** Ada and Ben in the web app, with cameras and microphones. Only Ben's media can be cut off. */
export interface OutageCall {
  ada: Person;
  /** The texts of Ben's page about lost media, since the newest outage. */
  said(): Promise<Said[]>;
  /** Pictures of Ada that Ben's page has shown so far, and of Ben on Ada's page. */
  shown(): Promise<{ ada: number; ben: number }>;
  /** Switches Ben's sending off; he only listens and watches. */
  mute(): Promise<void>;
  /** Blocks all datagrams in this direction; returns the time of the cut. */
  cut(direction: Direction): Promise<number>;
  restore(): Promise<number>;
  /** Clicks the button beside the text about lost media. */
  tryAgain(): Promise<void>;
  close(): Promise<void>;
}

/** The common functions of Ben's page in both libraries. */
interface BensPage {
  evaluate<T>(ask: () => T): Promise<T>;
  close(): Promise<void>;
}

export async function openOutageCall(options: {
  waterbus: Waterbus;
  mediaPort: number;
  chromium: Browser;
  /** Ben's browser. */
  browser: 'chromium' | 'firefox';
  /** Ben's media are cut off before he joins. */
  blocked?: boolean;
}): Promise<OutageCall> {
  const { waterbus, mediaPort, chromium, browser, blocked = false } = options;
  const network = { seed: 1, links: { up: {}, down: {} }, people: { Ben: { up: ['up'], down: ['down'] } } };
  const address = browser === 'firefox' ? ownAddress() : '127.0.0.1';
  const path = await startPath({ network, mediaPort, httpPort: waterbus.httpPort, address });
  if (blocked) await cutOff(path, 'both');
  const script = await outageScript(address, path.ways.Ben!.mediaPort!);
  const ada = await person(chromium, 'Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const ben = await (browser === 'firefox' ? inFirefox(script, link) : inChromium(chromium, script, link));
  return {
    ada,
    said: () => ben.evaluate(() => window.said),
    shown: async () => ({ ada: await ben.evaluate(shownPictures), ben: await ada.page.evaluate(shownPictures) }),
    mute: () => ben.evaluate(turnOff),
    cut: async (direction) => {
      await ben.evaluate(() => {
        window.said.length = 0;
      });
      return cutOff(path, direction);
    },
    tryAgain: () => ben.evaluate(clickTryAgain),
    restore: () => path.change({ up: { loss: { share: 0 } }, down: { loss: { share: 0 } } }),
    close: async () => {
      await ben.close();
      await ada.context.close();
      await path.close();
    },
  };
}

function cutOff(path: ChangeablePath, direction: Direction): Promise<number> {
  const loss = { share: 1 };
  return path.change({
    ...(direction !== 'down' && { up: { loss } }),
    ...(direction !== 'up' && { down: { loss } }),
  });
}

async function inChromium(chromium: Browser, script: string, link: string): Promise<BensPage> {
  const ben = await person(chromium, 'Ben', { permissions: ['camera', 'microphone'] });
  await ben.page.addInitScript({ content: script });
  await ben.page.goto(link);
  await enter(ben);
  return { evaluate: (ask) => ben.page.evaluate(ask), close: () => ben.context.close() };
}

async function inFirefox(script: string, link: string): Promise<BensPage> {
  const firefox = await launchFirefox();
  const page = await firefox.newPage();
  await page.evaluateOnNewDocument(script);
  await enterWithFirefox(page, link, 'Ben');
  return { evaluate: (ask) => page.evaluate(ask) as never, close: () => firefox.close() };
}

/** An address of this machine, because Firefox sends no media to the loopback address. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('Firefox needs an address besides the loopback one');
  return own.address;
}

function clickTryAgain(): void {
  document.querySelector<HTMLElement>('.media-banner button')!.click();
}

function turnOff(): void {
  for (const name of ['Mute microphone', 'Stop camera']) {
    document.querySelector<HTMLElement>(`.toolbar [aria-label="${name}"]`)!.click();
  }
}

/** Firefox counts painted frames under a name of its own. */
function shownPictures(): number {
  const video = document.querySelector<HTMLVideoElement & { mozPaintedFrames?: number }>(
    '[data-participant-id]:not([data-self]) video',
  );
  return video?.mozPaintedFrames ?? video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
}
