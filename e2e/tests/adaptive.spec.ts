import type { Page as FirefoxPage } from 'puppeteer-core';
import { createMeeting, enter, meet, type Person, seesMoving, tileOf } from '../system/call.js';
import { sentStreams } from '../system/codec-stats.js';
import { enterWithFirefox, launchFirefox } from '../system/firefox.js';
import { expect, test } from '../system/test.js';

test('a small tile receives a smaller picture, a hidden page none, a pinned tile is large, and no unused picture is encoded', async ({
  waterbus,
  people,
}) => {
  const [ada, ben, cleo] = [await people('Ada'), await people('Ben'), await people('Cleo')];
  await cleo.page.setViewportSize({ width: 320, height: 480 });
  await meet(waterbus, [ada, ben, cleo]);
  for (const viewer of [ben, cleo]) await seesMoving(viewer, ada);
  const sizes = await sentStreams(ada);
  expect(sizes.length).toBeGreaterThan(1);

  // Ben's tiles have room for Ada's full camera picture, Cleo's do not.
  await expect.poll(() => heightOf(ben, ada)).toBeGreaterThan(300);
  await expect.poll(() => heightOf(cleo, ada)).toBeLessThan(300);

  await tileOf(ben, ada).hover();
  await tileOf(ben, ada).getByRole('button', { name: 'Pin Ada' }).click();
  await expect.poll(async () => (await widthOf(ben, ada)) > 2 * (await widthOf(ben, cleo))).toBe(true);
  await seesMoving(ben, ada);
  await tileOf(ben, ada).getByRole('button', { name: 'Pin Ada', pressed: true }).click();
  await expect.poll(async () => (await widthOf(ben, ada)) === (await widthOf(ben, cleo))).toBe(true);
  await seesMoving(ben, ada);

  await setVisible(ben, false);
  await standsStill(ben, ada);
  // Cleo receives only the small picture.
  await expect
    .poll(async () => (await sentStreams(ada)).map(({ active }) => active))
    .toEqual(sizes.map((_, layer) => layer === 0));
  await seesMoving(cleo, ada);

  await setVisible(cleo, false);
  await expect.poll(async () => (await sentStreams(ada)).some(({ active }) => active)).toBe(false);
  await standsStill(cleo, ada);
  const { frames } = (await sentStreams(ada))[0]!;
  expect((await sentStreams(ada))[0]!.frames).toBe(frames);

  await setVisible(ben, true);
  await setVisible(cleo, true);
  for (const viewer of [ben, cleo]) await seesMoving(viewer, ada);
  await expect.poll(() => heightOf(ben, ada)).toBeGreaterThan(300);
  await expect.poll(async () => (await sentStreams(ada)).every(({ active }) => active)).toBe(true);
});

test('a Firefox sends several sizes, and receives the size of its tile', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const firefox = await launchFirefox();
  try {
    const page = await firefox.newPage();
    await page.setViewport({ width: 320, height: 480 });
    await enterWithFirefox(page, link, 'Fox');
    const fox = { ...ada, name: 'Fox' };
    await expect(tileOf(ada, fox)).toBeVisible();
    await seesMoving(ada, fox);
    expect((await inFirefox(page)).sent).toBeGreaterThan(1);
    await expect.poll(async () => (await inFirefox(page)).height).toBeGreaterThan(0);
    await expect.poll(async () => (await inFirefox(page)).height).toBeLessThan(300);
  } finally {
    await firefox.close();
  }
});

interface Stats {
  call: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> };
}

/** Height in lines of the received picture of `shown`. */
function heightOf(viewer: Person, shown: Person): Promise<number> {
  return tileOf(viewer, shown)
    .locator('video')
    .evaluateAll((videos) => (videos.at(-1) as HTMLVideoElement | undefined)?.videoHeight ?? 0);
}

/** CSS pixels. */
async function widthOf(viewer: Person, shown: Person): Promise<number> {
  return (await tileOf(viewer, shown).boundingBox())?.width ?? 0;
}

/** Simulates the page's move to the background and back. */
async function setVisible({ page }: Person, visible: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    visible ? 'visible' : 'hidden',
  );
}

/** Waits until no picture of a person has arrived for a second. */
async function standsStill(viewer: Person, shown: Person): Promise<void> {
  const frames = () =>
    tileOf(viewer, shown)
      .locator('video')
      .evaluateAll((videos) => (videos.at(-1) as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames);
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = await frames();
        const still = now === before;
        before = now;
        return still;
      },
      { intervals: [1_000] },
    )
    .toBe(true);
}

/**
 * The number of sizes that a Firefox sends of its camera, and the height of the picture that it
 * receives.
 */
function inFirefox(page: FirefoxPage): Promise<{ sent: number; height: number }> {
  return page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: Stats }).waterbus;
    let sent = 0;
    for (const { direction, report } of await call.stats()) {
      if (direction !== 'send') continue;
      report.forEach((entry) => {
        if (entry.type === 'outbound-rtp' && entry.kind === 'video') sent += 1;
      });
    }
    const video = document.querySelector<HTMLVideoElement>('[data-participant-id]:not([data-self]) video');
    return { sent, height: video?.videoHeight ?? 0 };
  });
}
