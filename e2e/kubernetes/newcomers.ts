import { createMeeting } from '@waterbus/client/testing/create-meeting';
import { Bot } from '../faults/bots/bot.js';
import { History } from '../faults/history.js';
import type { Figures } from '../faults/scenario.js';
import { pause } from '../faults/until.js';

/**
 * Lets somebody join a meeting of its own and leave it again, one after the other, until the returned
 * function is called; it resolves with the figures, under `name`.
 */
export async function newcomers(
  url: string,
  name: string,
  log: (line: string) => void,
): Promise<() => Promise<Figures>> {
  const { meeting } = await createMeeting({ server: url, title: 'Newcomers' });
  const times: number[] = [];
  let failed = 0;
  let over = false;
  const coming = (async () => {
    while (!over) {
      const begun = performance.now();
      try {
        const history = new History();
        const bot = await Bot.join({ history, client: 'newcomer', url, code: meeting.code, publishes: false });
        times.push(performance.now() - begun);
        await bot.call.leave();
      } catch (error) {
        failed += 1;
        log(`a join failed: ${error instanceof Error ? error.message : error}`);
      }
      await pause(INTERVAL);
    }
  })();
  return async () => {
    over = true;
    await coming;
    return { [`${name}: a newcomer's join, ms`]: times, 'joins failed': [failed] };
  };
}

/** Milliseconds between a leave and the next join; each takes a tenth of a second of the cores. */
const INTERVAL = 1_500;
