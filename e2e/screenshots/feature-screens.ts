import type { Page } from '@playwright/test';
import { expect, type Screen } from './screen.js';

/** A poll from its form to its end; the panel of people is open before and after. */
export async function* pollScreens(page: Page, other: Page): AsyncGenerator<Screen> {
  await page.getByRole('button', { name: 'Polls' }).click();
  const panel = page.getByRole('complementary', { name: 'Polls' });
  await panel.getByRole('button', { name: 'New poll' }).click();
  await panel.getByLabel('Question').fill('When do we walk along the quay?');
  await panel.getByLabel('Choice 1').fill('Monday morning');
  await panel.getByLabel('Choice 2').fill('Friday, after the review');
  yield { name: 'call-new-poll', page };
  await panel.getByRole('button', { name: 'Start poll' }).click();
  await other.getByRole('button', { name: 'Vote', exact: true }).click();
  const others = other.getByRole('complementary', { name: 'Polls' });
  await others.getByRole('radio', { name: 'Monday morning' }).check();
  yield { name: 'call-vote', page: other };
  await others.getByRole('button', { name: 'Vote', exact: true }).click();
  await expect(panel.getByText('1 vote, 100%')).toBeVisible();
  yield { name: 'call-poll', page };
  await panel.getByRole('button', { name: 'End poll', exact: true }).click();
  await page.getByRole('button', { name: 'Close polls' }).click();
  await other.getByRole('button', { name: 'Close polls' }).click();
}

/** The form of breakout rooms and the open rooms; the panel of people is open. */
export async function* breakoutScreens(page: Page): AsyncGenerator<Screen> {
  await page.getByRole('button', { name: 'Breakout rooms' }).click();
  const dialog = page.getByRole('dialog', { name: 'Breakout rooms' });
  await dialog.getByRole('textbox', { name: 'Name of room 1' }).fill('Cranes');
  await dialog.getByRole('textbox', { name: 'Name of room 2' }).fill('Lights');
  await dialog.getByLabel('People', { exact: true }).selectOption('Let everyone choose');
  await dialog.getByLabel('Minutes').fill('10');
  yield { name: 'call-new-breakouts', page };
  await dialog.getByRole('button', { name: 'Open rooms' }).click();
  await expect(dialog.getByRole('heading', { name: 'Cranes (0)' })).toBeVisible();
  yield { name: 'call-breakouts', page };
  await dialog.getByRole('button', { name: 'Close in 1 minute' }).click();
  await dialog.getByRole('button', { name: 'Close now' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Breakout rooms' })).toHaveCount(0);
}

/** Two lines on the shared screen of another participant. */
export async function* drawingScreens(page: Page, presenter: Page): AsyncGenerator<Screen> {
  const screen = page.locator('.screen');
  await screen.getByRole('button', { name: /^Draw/ }).click();
  const box = (await screen.locator('.drawing[data-active]').boundingBox())!;
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  for (const [from, to] of [
    [at(0.1, 0.3), at(0.4, 0.32)],
    [at(0.55, 0.6), at(0.75, 0.5)],
  ] as const) {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 8 });
    await page.mouse.up();
  }
  await expect(presenter.locator('.stroke')).toHaveCount(2);
  yield { name: 'call-drawing', page };
  await screen.getByRole('button', { name: /^Draw/ }).click();
}
