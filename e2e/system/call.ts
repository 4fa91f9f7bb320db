import { type Browser, type BrowserContext, type BrowserContextOptions, expect, type Page } from '@playwright/test';
import type { Waterbus } from './waterbus.js';

/** A person with a browser. */
export interface Person {
  name: string;
  page: Page;
  context: BrowserContext;
  /** Console errors and uncaught exceptions so far. */
  pageErrors: string[];
}

export async function person(browser: Browser, name: string, options?: BrowserContextOptions): Promise<Person> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const pageErrors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => pageErrors.push(String(error)));
  return { name, page, context, pageErrors };
}

/**
 * Creates a meeting on the home page and returns the link to share; the person is then in the
 * lobby.
 */
export async function createMeeting(
  host: Person,
  waterbus: Pick<Waterbus, 'url'>,
  options: { title?: string; password?: string } = {},
): Promise<string> {
  const { page } = host;
  await page.goto(waterbus.url);
  await page.getByLabel('Meeting title').fill(options.title ?? 'Weekly');
  if (options.password) await page.getByLabel('Password', { exact: false }).fill(options.password);
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await page.waitForURL(/\/m\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  return page.url();
}

/** Goes from the lobby into the call. */
export async function enter(who: Person, options: { password?: string } = {}): Promise<void> {
  const { page } = who;
  await page.getByLabel('Your name').fill(who.name);
  if (options.password) await page.getByLabel('Password').fill(options.password);
  await page.getByRole('button', { name: 'Join now' }).click();
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
}

/** The first person creates a meeting, and all enter it in sequence. Returns the link. */
export async function meet(waterbus: Pick<Waterbus, 'url'>, people: [Person, ...Person[]]): Promise<string> {
  const [host, ...guests] = people;
  const link = await createMeeting(host, waterbus);
  await enter(host);
  for (const guest of guests) {
    await guest.page.goto(link);
    await enter(guest);
  }
  return link;
}

export function tileOf(viewer: Person, shown: Person | string) {
  const name = typeof shown === 'string' ? shown : shown.name;
  return viewer.page.locator('[data-participant-id]').filter({ hasText: name });
}

/** Frames of a person that the viewer's tile has shown so far; 0 without a video. */
export function framesOf(viewer: Person, shown: Person): Promise<number> {
  return tileOf(viewer, shown)
    .locator('video')
    .evaluateAll((videos) => {
      const video = videos[0] as HTMLVideoElement | undefined;
      return video && video.videoWidth > 0 ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
    });
}

/** Waits until the viewer's tile has shown `count` more frames of a person. */
export async function seesMoving(viewer: Person, shown: Person, count = 20): Promise<void> {
  let before = Number.NaN;
  await expect
    .poll(
      async () => {
        const frames = await framesOf(viewer, shown);
        if (Number.isNaN(before) || frames < before) before = frames;
        return frames - before;
      },
      { message: `${viewer.name} sees ${shown.name} move` },
    )
    .toBeGreaterThanOrEqual(count);
}

/**
 * Sound energy received so far, one figure for each remote audio stream (W3C webrtc-stats
 * `totalAudioEnergy`).
 */
export function soundEnergies(viewer: Person): Promise<number[]> {
  return viewer.page.evaluate(async () => {
    const call = (
      window as unknown as {
        waterbus: { call?: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> } };
      }
    ).waterbus.call;
    const energies: number[] = [];
    for (const { direction, report } of (await call?.stats()) ?? []) {
      if (direction !== 'receive') continue;
      for (const entry of report.values()) {
        if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energies.push(entry.totalAudioEnergy ?? 0);
      }
    }
    return energies;
  });
}

/** Waits until each of `count` remote audio streams has received new energy. */
export async function hears(viewer: Person, count: number): Promise<void> {
  const before = await soundEnergies(viewer);
  await expect
    .poll(
      async () => {
        const now = await soundEnergies(viewer);
        return now.filter((energy, index) => energy > (before[index] ?? 0) + 1e-6).length;
      },
      { message: `${viewer.name} hears ${count} others` },
    )
    .toBe(count);
}

export function expectNoPageErrors(people: Person[]): void {
  for (const { name, pageErrors } of people) expect(pageErrors, `console errors of ${name}`).toEqual([]);
}
