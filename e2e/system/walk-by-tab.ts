import { expect, type Page } from '@playwright/test';

/**
 * Moves the focus by Tab through the whole page. Each stop shows its focus (WCAG 2.4.7), no other
 * content lies over it (2.4.11), and the walk comes to its end (2.1.2). Returns the names of the
 * stops, in their order.
 */
export async function walkByTab(page: Page): Promise<string[]> {
  const stops: string[] = [];
  const faults: string[] = [];
  // The beginning of the page.
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.setPosition(document.body, 0);
  });
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(lookAtFocus);
    if (!stop) break;
    stops.push(stop.name);
    if (stop.fault) faults.push(`${stop.name}: ${stop.fault}`);
    expect(stops.length, 'a trap of the focus').toBeLessThan(MOST_STOPS);
  }
  expect(faults).toEqual([]);
  return stops;
}

/** More than any page has. */
const MOST_STOPS = 100;

/** Undefined after the last stop: the focus is in the browser's own controls, or at the first one again. */
function lookAtFocus(): { name: string; fault: string } | undefined {
  const walk = window as unknown as { walked?: Set<Element> };
  const focused = document.activeElement;
  walk.walked ??= new Set();
  const { walked } = walk;
  if (!(focused instanceof HTMLElement) || focused === document.body || walked.has(focused)) {
    delete walk.walked;
    return undefined;
  }
  walked.add(focused);
  const label = focused instanceof HTMLInputElement ? focused.labels?.[0]?.innerText : undefined;
  const name = focused.ariaLabel ?? label ?? (focused.innerText.trim() || focused.tagName);
  // Fields and switches may show it on the box around or beside them.
  const shown = [focused, focused.parentElement!, focused.nextElementSibling ?? focused].some((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
  });
  const { x, y, width, height } = focused.getBoundingClientRect();
  const above = document.elementFromPoint(x + width / 2, y + height / 2);
  const free =
    above !== null && (focused.contains(above) || above.contains(focused) || above.closest('label') !== null);
  return {
    name,
    fault: shown ? (free ? '' : `covered by ${above?.outerHTML.slice(0, 80)}`) : 'its focus is not shown',
  };
}
