import type { Page } from 'puppeteer-core';
import { createMeeting, enter, hears, seesMoving, tileOf } from '../system/call.js';
import { enterWithFirefox, launchFirefox } from '../system/firefox.js';
import { expect, test } from '../system/test.js';

test('a Firefox joins the same call as Chromium', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const firefox = await launchFirefox();
  try {
    const page = await firefox.newPage();
    await enterWithFirefox(page, link, 'Fox');
    const fox = { ...ada, name: 'Fox' };
    await expect(tileOf(ada, fox)).toBeVisible();
    await seesMoving(ada, fox);
    await hears(ada, 1);
    await expect.poll(() => remoteFrames(page)).toBeGreaterThan(20);
    await expect.poll(() => remoteSound(page)).toBeGreaterThan(0);
  } finally {
    await firefox.close();
  }
  await expect(tileOf(ada, 'Fox')).toHaveCount(0);
});

/**
 * Firefox leaves `getVideoPlaybackQuality()` at 0 for live streams; it counts painted frames under
 * a name of its own.
 */
function remoteFrames(page: Page): Promise<number> {
  return page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement & { mozPaintedFrames: number }>(
      '[data-participant-id]:not([data-self]) video',
    );
    return video && video.videoWidth > 0 ? video.mozPaintedFrames : 0;
  });
}

function remoteSound(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { call } = (
      window as unknown as { waterbus: { call: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> } } }
    ).waterbus;
    let energy = 0;
    for (const { direction, report } of await call.stats()) {
      if (direction !== 'receive') continue;
      report.forEach((entry) => {
        if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energy += entry.totalAudioEnergy ?? 0;
      });
    }
    return energy;
  });
}
