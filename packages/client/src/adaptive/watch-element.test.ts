import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ElementView, watchElement } from './watch-element.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('watches the tiles of a page with two observers, which report the first view without a layout', async () => {
  const page = fakePage();
  const { views, elements, stops } = watchThree(page);
  expect(page.log).toEqual(['sizes', 'sight', 'observe 100', 'observe 101', 'observe 102']);
  await Promise.resolve();
  // Elements that are out of sight are reported as soon as their size is known, and not before.
  page.seen([{ target: elements[2]!, isIntersecting: false }]);
  expect(views).toEqual([[], [], []]);
  page.resized(elements.map((target, index) => ({ target, contentRect: { width: 100 + index, height: 50 } })));
  expect(views).toEqual([100, 101, 102].map((size) => [{ width: 2 * size, height: 100, visible: size !== 102 }]));
  vi.advanceTimersByTime(1_000);
  expect(page.log.slice(5)).toEqual([]);

  page.resized([{ target: elements[1]!, contentRect: { width: 50, height: 40 } }]);
  page.seen([{ target: elements[2]!, isIntersecting: true }]);
  expect(views.map((all) => all.length)).toEqual([1, 2, 2]);
  expect(views[1]!.at(-1)).toEqual({ width: 100, height: 80, visible: true });
  expect(views[2]!.at(-1)).toEqual({ width: 204, height: 100, visible: true });

  page.hide();
  expect(views.map((all) => all.at(-1)?.visible)).toEqual([false, false, false]);
  for (const stop of stops) stop();
  page.hide();
  expect(views.map((all) => all.length)).toEqual([2, 3, 3]);
});

it('reads the sizes together where the page gets no picture: in the background at the end of the task', async () => {
  const page = fakePage();
  const inSight = watchThree(page);
  vi.advanceTimersByTime(1_000);
  expect(page.log.slice(5)).toEqual(['read 100', 'read 101', 'read 102']);
  expect(inSight.views[1]).toEqual([{ width: 202, height: 202, visible: true }]);

  page.hide();
  const views: ElementView[] = [];
  watchElement(page.element(7), (view) => views.push(view));
  await Promise.resolve();
  expect(views).toEqual([{ width: 14, height: 14, visible: false }]);
});

it('reads the sizes of new elements when the page goes to the background', () => {
  const page = fakePage();
  const { views } = watchThree(page);
  page.hide();
  expect(views.map((all) => all.at(-1))).toEqual(
    [200, 202, 204].map((size) => ({ width: size, height: size, visible: false })),
  );
});

it('reports an element to each of its watchers, until each one stops', async () => {
  const page = fakePage();
  const element = page.element(10);
  const [first, second]: [ElementView[], ElementView[]] = [[], []];
  const stop = watchElement(element, (view) => first.push(view));
  page.resized([{ target: element, contentRect: { width: 10, height: 10 } }]);
  page.seen([{ target: element, isIntersecting: false }]);
  const stopSecond = watchElement(element, (view) => second.push(view));
  await Promise.resolve();
  expect(second).toEqual([{ width: 20, height: 20, visible: false }]);
  stop();
  page.seen([{ target: element, isIntersecting: true }]);
  expect([first.at(-1)?.visible, second.at(-1)?.visible]).toEqual([false, true]);
  stopSecond();
  expect(page.log.filter((entry) => entry.startsWith('unobserve'))).toEqual(['unobserve 10']);
  // Stopped before the end of the task.
  watchElement(element, () => expect.unreachable())();
  await Promise.resolve();
});

/** Elements of 100, 101 and 102 CSS pixels. */
function watchThree(page: ReturnType<typeof fakePage>) {
  const views: ElementView[][] = [[], [], []];
  const elements = views.map((_, index) => page.element(100 + index));
  const stops = elements.map((element, index) => watchElement(element, (view) => views[index]!.push(view)));
  return { views, elements, stops };
}

interface Size {
  width: number;
  height: number;
}

/** A document with observers that the test drives, at two device pixels a CSS pixel. */
function fakePage() {
  const log: string[] = [];
  let visibility = 'visible';
  const hidden = new Set<() => void>();
  const observer = (name: 'sizes' | 'sight') =>
    class {
      constructor(report: never) {
        log.push(name);
        Object.assign(page, { [name === 'sizes' ? 'resized' : 'seen']: report });
      }
      observe(element: { size: number }) {
        if (name === 'sizes') log.push(`observe ${element.size}`);
      }
      unobserve(element: { size: number }) {
        if (name === 'sizes') log.push(`unobserve ${element.size}`);
      }
    };
  const ownerDocument = {
    defaultView: {
      devicePixelRatio: 2,
      ResizeObserver: observer('sizes'),
      IntersectionObserver: observer('sight'),
    },
    get visibilityState() {
      return visibility;
    },
    addEventListener: (_: string, listener: () => void) => hidden.add(listener),
    removeEventListener: (_: string, listener: () => void) => hidden.delete(listener),
  };
  const page = {
    log,
    resized: (_: { target: Element; contentRect: Size }[]): void => {},
    seen: (_: { target: Element; isIntersecting: boolean }[]): void => {},
    hide() {
      visibility = 'hidden';
      for (const listener of hidden) listener();
    },
    element: (size: number) =>
      ({
        ownerDocument,
        size,
        getBoundingClientRect() {
          log.push(`read ${size}`);
          return { width: size, height: size };
        },
      }) as unknown as Element,
  };
  return page;
}
