import type { Page } from '@playwright/test';

/** Frames until tiles are arranged in the new size. */
export async function laidOut(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
  });
}

/** The spacing of text that users may choose (WCAG 1.4.12). The returned function removes it. */
export async function widenText(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-block-end: 2em !important }`,
    );
    document.adoptedStyleSheets.push(sheet);
  });
  await laidOut(page);
  return () => page.evaluate(() => void document.adoptedStyleSheets.pop());
}

/**
 * Texts and controls that lie beyond the sides of the window, or of a box that cuts them without a
 * scroll bar and without an ellipsis; and a page that scrolls sideways (WCAG 1.4.10, 1.4.12).
 */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth)
      found.push(`scrolls sideways by ${root.scrollWidth - root.clientWidth} px`);
    const describe = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} "${(element.textContent ?? '').slice(0, 40)}"`;
    elements: for (const element of document.querySelectorAll<HTMLElement>(
      'button, a, input, select, textarea, h1, h2, h3, p, label, legend, summary, th, td, li > span',
    )) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1 || element.closest('.visually-hidden')) continue;
      let scrolls = false;
      let clipped: Element | undefined;
      for (let parent = element.parentElement; parent; parent = parent.parentElement) {
        const { overflowX, overflowY, position } = getComputedStyle(parent);
        if (overflowX === 'auto' || overflowX === 'scroll') scrolls = true;
        if (scrolls || position === 'fixed') break;
        const around = parent.getBoundingClientRect();
        // For screen readers alone, as the heads of tables whose rows are cards on phones.
        if (overflowX === 'hidden' && around.width <= 1 && around.height <= 1) continue elements;
        const cutX = overflowX !== 'visible' && (box.right > around.right + 1.5 || box.left < around.left - 1.5);
        const cutY = overflowY === 'hidden' && (box.bottom > around.bottom + 1.5 || box.top < around.top - 1.5);
        if ((cutX || cutY) && parent !== document.body && parent !== root) clipped = parent;
      }
      if (!scrolls && (box.right > innerWidth + 1.5 || box.left < -1.5))
        found.push(`beyond the window: ${describe(element)}`);
      if (clipped) found.push(`cut by ${clipped.className}: ${describe(element)}`);
      const hides = style.overflowX !== 'visible' && style.overflowX !== 'auto' && style.overflowX !== 'scroll';
      if (
        hides &&
        element.matches('button, a') &&
        style.textOverflow !== 'ellipsis' &&
        element.scrollWidth > element.clientWidth + 2
      )
        found.push(`text is cut: ${describe(element)}`);
    }
    return found;
  });
}

/** Words below neighbouring buttons that lie over each other. */
export function overlappingLabels(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const labels = [...document.querySelectorAll<HTMLElement>('.round-label')].filter((label) =>
      label.checkVisibility(),
    );
    return labels.flatMap((label, at) => {
      const [one, next] = [label.getBoundingClientRect(), labels[at + 1]?.getBoundingClientRect()];
      const apart = !next || one.right <= next.left || next.right <= one.left;
      return apart ? [] : [`"${label.innerText}" overlaps "${labels[at + 1]!.innerText}"`];
    });
  });
}
