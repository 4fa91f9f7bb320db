import type { Page } from '@playwright/test';
import type { Crowd } from '@waterbus/e2e/testing/crowd';
import { type Measured, takeMeasured } from './page-measures.js';

export interface Phase {
  name: string;
  measured: Measured;
  /** Tiles on the page at its end. */
  shown: number;
}

/** Plays the phases of a call, one after the other. */
export async function* phases(page: Page, crowd: Crowd, others: number): AsyncGenerator<Phase> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const press = async (times: number, ...names: string[]) => {
    for (let turn = 0; turn < times; turn += 1)
      for (const name of names) {
        await button(name).click();
        await settle(page);
      }
  };
  const phase = async (name: string, play: () => Promise<unknown>): Promise<Phase> => {
    await play();
    const measured = await takeMeasured(page);
    return { name, measured, shown: await page.locator('[data-participant-id]').count() };
  };
  await takeMeasured(page);
  yield await phase(`${others} join in a row`, async () => {
    await crowd.wish({ join: names(1, others) });
    await everybodyShows(page);
  });
  yield await phase('nothing happens for 10 s', () => page.waitForTimeout(10_000));
  yield await phase('mute and unmute', () => press(5, 'Mute microphone', 'Unmute microphone'));
  yield await phase('chat opens and closes', () => press(5, 'Chat', 'Close chat'));
  yield await phase('another layout', () => changeLayout(page));
  if ((await button('More people').count()) > 0)
    yield await phase('another page', () => press(5, 'More people', 'Previous people'));
  yield await phase('another speaker, ten times', async () => {
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
  yield await phase('ten join and leave', async () => {
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
