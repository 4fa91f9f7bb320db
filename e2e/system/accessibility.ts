import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export interface Look {
  colorScheme: 'light' | 'dark';
}

/** The page in a colour scheme, without motion: its colours are final at once. */
export async function emulateLook(page: Page, { colorScheme }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Of axe: WCAG 2.2 AA. */
export const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Requires no violation of WCAG 2.2 AA on the page as it is. */
export async function expectNoViolations(page: Page, ...where: string[]): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect([...where, found]).toEqual([...where, []]);
}
