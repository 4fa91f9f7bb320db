import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { hears, meet, type Person, seesMoving } from '../system/call.js';
import { MAIN, runProcess } from '../system/processes.js';
import { expect, test } from '../system/test.js';

// `npm run test:upgrade`; the gate upgrades a call of bots.
if (process.env.ALL_UPGRADES !== undefined)
  test('R10: an upgrade moves a call to the new version; both people see and hear each other all the time', async ({
    startWaterbus,
    people,
  }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-upgrade-'));
    const settings = { DATA_DIR: folder, MEDIA_WORKERS: '1', MEDIA_PORT: String(await freePorts(2)) };
    const waterbus = await startWaterbus(settings);
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    const both = [ada, ben];
    await meet(waterbus, [ada, ben]);
    await seesMoving(ada, ben);
    await seesMoving(ben, ada);
    const before = await Promise.all(both.map(watch));

    const environment = { ...process.env, ...settings, HTTP_PORT: String(waterbus.httpPort) };
    const command = runProcess(process.execPath, [MAIN, 'upgrade'], environment);
    expect([await command.ended, command.output()]).toEqual([0, expect.stringContaining('Everybody has moved')]);

    await seesMoving(ada, ben);
    await seesMoving(ben, ada);
    await hears(ada, 1);
    await hears(ben, 1);
    const after = await Promise.all(both.map(seen));
    console.log(command.output(), after);
    for (const [index, { left, id }] of after.entries()) expect([left, id]).toEqual([0, before[index]!.id]);
    await Promise.all(both.map(({ page }) => page.goto('about:blank')));
    // A socket may meet the end of the old version; Chromium logs it, and the client opens another.
    for (const { pageErrors } of both) {
      expect(pageErrors.splice(0).filter((line) => !/WebSocket connection to .* failed/.test(line))).toEqual([]);
    }
    await waterbus.stop();
    await rm(folder, { recursive: true, force: true });
  });

interface Watched {
  id: string;
  left: number;
  /** Milliseconds without a new picture in any video of another participant. */
  longest: number;
}

/** Begins to count in the page. */
function watch({ page }: Person): Promise<Watched> {
  return page.evaluate(() => {
    type Call = { local: { id: string }; on(event: string, listener: () => void): void };
    const global = window as unknown as { waterbus: { call: Call }; watched: Watched };
    const { call } = global.waterbus;
    const watched = { id: call.local.id, left: 0, longest: 0 };
    global.watched = watched;
    call.on('participant.left', () => watched.left++);
    let frames = 0;
    let changed = performance.now();
    setInterval(() => {
      const videos = [...document.querySelectorAll('video')].filter((video) => !video.closest('[data-self]'));
      const now = videos.reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0);
      if (now !== frames) changed = performance.now();
      frames = now;
      watched.longest = Math.max(watched.longest, performance.now() - changed);
    }, 10);
    return watched;
  });
}

function seen({ page }: Person): Promise<Watched> {
  return page.evaluate(() => {
    const { watched, waterbus } = window as unknown as {
      watched: Watched;
      waterbus: { call: { local: { id: string } } };
    };
    return { ...watched, id: waterbus.call.local.id };
  });
}
