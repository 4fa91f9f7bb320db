import { createMeeting, enter, hears, tileOf } from '../../system/call.js';
import { bothMove, enterWithFirefox, withFirefox } from '../../system/firefox.js';
import { childrenOf } from '../../system/processes.js';
import { expect, test } from '../../system/test.js';

// `npm run test:firefox`
if (process.env.RELEASE === '1') {
  test('Firefox: stays in the call while the servers are drained, one after the other', async ({
    startWaterbus,
    people,
  }) => {
    // Of its own, because it ends servers.
    const waterbus = await startWaterbus();
    const ada = await people('Ada');
    const link = await createMeeting(ada, waterbus);
    await enter(ada);
    await withFirefox(async (page) => {
      await enterWithFirefox(page, link, 'Fox');
      const fox = { ...ada, name: 'Fox' };
      await bothMove(ada, fox, page);
      await page.evaluate(() => {
        const seen: string[] = [];
        const { call } = (window as unknown as DebuggingHandle).waterbus;
        call.on('connection', (state) => seen.push(state));
        call.on('participant.left', ({ name }) => seen.push(name));
        (window as unknown as DebuggingHandle).seen = seen;
      });
      const nodes: number[] = [];
      for (const pid of waterbus.servers()) if ((await childrenOf(pid)).length > 0) nodes.push(pid);
      // All but the last: Firefox is at home on one of them, or comes to it.
      for (const pid of nodes.slice(0, -1)) {
        process.kill(pid, 'SIGTERM');
        await expect.poll(() => waterbus.servers()).not.toContain(pid);
        await bothMove(ada, fox, page);
      }
      await hears(ada, 1);
      await expect(tileOf(ada, fox)).toHaveCount(1);
      expect(await page.evaluate(() => (window as unknown as DebuggingHandle).seen)).toEqual([]);
      await page.close();
    });
    await ada.page.goto('about:blank');
    await waterbus.stop();
  });
}

/** The page's debugging view of its call, and what the call has reported of connections. */
interface DebuggingHandle {
  seen: string[];
  waterbus: {
    call: {
      on(event: 'connection', listener: (state: string) => void): void;
      on(event: 'participant.left', listener: (who: { name: string }) => void): void;
    };
  };
}
