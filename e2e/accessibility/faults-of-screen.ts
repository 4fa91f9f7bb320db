import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Look } from '../screenshots/looks.js';
import { TAGS } from '../system/accessibility.js';
import { cutOff, laidOut, overlappingLabels, widenText } from '../system/cut-off.js';

/** Milliseconds: tiles are arranged after the size of the stage is known. */
const AFTER_LAYOUT = 300;

/** Both colour schemes and both arrangements; the other looks only differ in size. */
const AXE_LOOKS: readonly string[] = ['desktop-light', 'phone-dark'];

/** What is wrong with the page as it is, in each look, with wide text and in forced colours. */
export async function faultsOf(page: Page, looks: readonly Look[]): Promise<string[]> {
  const faults = new Set<string>();
  const viewport = page.viewportSize()!;
  for (const { name, width, height, colorScheme } of looks) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce', forcedColors: 'none' });
    await page.waitForTimeout(AFTER_LAYOUT);
    if (AXE_LOOKS.includes(name)) for (const fault of await axeFaults(page)) faults.add(`${name}: ${fault}`);
    for (const fault of [...(await cutOff(page)), ...(await overlappingLabels(page))]) faults.add(`${name}: ${fault}`);
    const removed = await widenText(page);
    await page.waitForTimeout(AFTER_LAYOUT);
    for (const fault of await cutOff(page)) faults.add(`${name}, wide text: ${fault}`);
    await removed();
  }
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active', reducedMotion: 'reduce' });
  await laidOut(page);
  // The colours are the user's; styles name those that are not shown.
  const except = ['color-contrast'];
  for (const fault of await axeFaults(page, { except })) faults.add(`forced colours: ${fault}`);
  for (const fault of await unseenControls(page)) faults.add(`forced colours: ${fault}`);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
  return [...faults];
}

async function axeFaults(page: Page, { except = [] }: { except?: string[] } = {}): Promise<string[]> {
  const axe = new AxeBuilder({ page }).withTags([...TAGS, 'best-practice']).disableRules(except);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** Controls without a text, a border, an outline or a picture that forced colours keep. */
function unseenControls(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'button, input:not(.visually-hidden, [type=radio], [type=checkbox]), textarea',
      ),
    ]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .filter((element) => {
        // A field's edge may be the box around it.
        const bordered = [element, element.parentElement!].some((box) => {
          const { borderTopStyle, borderTopWidth } = getComputedStyle(box);
          return borderTopStyle !== 'none' && Number.parseFloat(borderTopWidth) > 0;
        });
        const style = getComputedStyle(element);
        return (
          !bordered && style.outlineStyle === 'none' && !element.innerText?.trim() && !element.querySelector('svg, img')
        );
      })
      .map((element) => `has no edge: ${element.outerHTML.slice(0, 100)}`),
  );
}
