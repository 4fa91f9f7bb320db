import type { Page } from '@playwright/test';
import type { Crowd } from '@waterbus/e2e/testing/crowd';
import type { MainThread, Task } from './main-thread.js';
import { type Measured, takeMeasured } from './page-measures.js';

export interface Phase {
  name: string;
  measured: Measured;
  /** Of the page's main thread, the longest CPU time first. */
  tasks: Task[];
  /** Tiles on the page at its end. */
  shown: number;
}

/**
 * Plays the phases of a call, one after the other.
 *
 * @param only Parts of names: the other phases are left out, except for the first one.
 */
export async function* phases(
  page: Page,
  thread: MainThread,
  crowd: Crowd,
  others: number,
  only: readonly string[] | undefined,
): AsyncGenerator<Phase> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const press = async (times: number, ...names: string[]) => {
    for (let turn = 0; turn < times; turn += 1)
      for (const name of names) {
        await button(name).click();
        await settle(page);
      }
  };
  async function* phase(name: string, play: () => Promise<unknown>): AsyncGenerator<Phase> {
    if (only && !name.includes('join in') && !only.some((part) => name.includes(part))) return;
    await thread.start();
    await play();
    const measured = await takeMeasured(page);
    const tasks = await thread.stop();
    yield { name, measured, tasks, shown: await page.locator('[data-participant-id]').count() };
  }
  await takeMeasured(page);
  yield* phase(`${others} join in a row`, async () => {
    await crowd.wish({ join: names(1, others) });
    await everybodyShows(page);
  });
  yield* phase('nothing happens for 10 s', () => page.waitForTimeout(10_000));
  yield* phase('mute and unmute', () => press(5, 'Mute microphone', 'Unmute microphone'));
  yield* phase('chat opens and closes', () => press(5, 'Chat', 'Close chat'));
  yield* phase('another layout', () => changeLayout(page));
  if ((await button('More people').count()) > 0)
    yield* phase('another page', () => press(5, 'More people', 'Previous people'));
  yield* phase('another speaker, ten times', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const speaker = (turn * 7) % others;
      await crowd.wish({ speak: speaker });
      await page.waitForFunction(
        (ending) =>
          [...document.querySelectorAll('[data-talking] .tile-name-text')].some((name) =>
            name.textContent?.endsWith(ending),
          ),
        ` ${speaker + 1}`,
      );
    }
  });
  yield* phase('ten join and leave', async () => {
    await crowd.wish({ join: names(others + 1, 10) });
    await everybodyShows(page);
    await crowd.wish({ leave: 10 });
  });
}

/** Opens the settings, and chooses two layouts with the keyboard. */
async function changeLayout(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const choice = page.getByLabel('Layout');
  await choice.focus();
  for (let turn = 0; turn < 3; turn += 1) {
    for (const key of ['ArrowDown', 'ArrowUp']) {
      await page.keyboard.press(key);
      await settle(page);
    }
  }
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).click();
}

/** Until each tile of the page shows a picture. */
async function everybodyShows(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const videos = [...document.querySelectorAll<HTMLVideoElement>('[data-participant-id] video')];
    const tiles = document.querySelectorAll('[data-participant-id]');
    return videos.length >= tiles.length && videos.every(({ videoWidth }) => videoWidth > 0);
  });
}

/** The last input has an effect, and the page has been still for a moment. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(400);
}

function names(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Person ${first + index}`);
}
