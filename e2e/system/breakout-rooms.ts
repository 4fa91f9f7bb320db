import type { Locator } from '@playwright/test';
import type { Person } from './call.js';

/** The host opens rooms that everyone chooses, the first with this name. Answers the open dialog. */
export async function openRoomsOfChoice(host: Person, name: string): Promise<Locator> {
  const { page } = host;
  await page.getByRole('button', { name: 'People', exact: true }).click();
  await page.getByRole('complementary').getByRole('button', { name: 'Breakout rooms' }).click();
  const dialog = page.getByRole('dialog', { name: 'Breakout rooms' });
  await dialog.getByRole('textbox', { name: 'Name of room 1' }).fill(name);
  await dialog.getByLabel('People', { exact: true }).selectOption('Let everyone choose');
  await dialog.getByRole('button', { name: 'Open rooms' }).click();
  return dialog;
}
