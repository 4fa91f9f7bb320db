import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeElements } from '../../test/fake-elements.js';
import { TileViews } from './tile-views.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function views() {
  const page = new FakeElements();
  const reported: unknown[] = [];
  const views = new TileViews(() => reported.push(views.view), page.watch);
  return { page, views, reported };
}

const small = { width: 320, height: 180, visible: true, priority: 'low' };

describe('the view of a picture', () => {
  it('is unknown before the first element, and reported with it', () => {
    const { page, views: of, reported } = views();
    expect(of.view).toBeUndefined();
    of.observe(page.element(320, 180), 'low');
    expect(reported).toEqual([small]);
  });

  it('follows a size when it has settled', () => {
    const { page, views: of, reported } = views();
    const element = page.element(320, 180);
    of.observe(element, 'low');
    for (const width of [400, 500, 640]) {
      page.change(element, { width, height: 360 });
      vi.advanceTimersByTime(100);
    }
    expect(reported).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(reported.slice(1)).toEqual([{ ...small, width: 640, height: 360 }]);
  });

  it('ends a while after the element has gone out of sight, and begins again at once', () => {
    const { page, views: of, reported } = views();
    const element = page.element(320, 180);
    of.observe(element, 'low');
    page.change(element, { visible: false });
    vi.advanceTimersByTime(1_000);
    page.change(element, { visible: true });
    vi.advanceTimersByTime(5_000);
    expect(reported).toHaveLength(1);
    page.change(element, { visible: false });
    vi.advanceTimersByTime(2_000);
    expect(reported.at(-1)).toEqual({ ...small, visible: false });
    page.change(element, { visible: true });
    expect(reported.at(-1)).toEqual(small);
    expect(reported).toHaveLength(3);
  });

  it('is the one that the application prefers, beside elements and until it is stopped', () => {
    const { page, views: of, reported } = views();
    const stop = of.prefer({ width: 640, height: 360, visible: true }, 'medium');
    expect(reported).toEqual([{ width: 640, height: 360, visible: true, priority: 'medium' }]);
    of.observe(page.element(320, 180), 'low');
    stop();
    vi.advanceTimersByTime(200);
    expect(reported.at(-1)).toEqual(small);
    const hide = of.prefer({ width: 0, height: 0, visible: false }, 'low');
    vi.advanceTimersByTime(5_000);
    expect(reported.at(-1)).toEqual(small);
    hide();
  });

  it('ends with the last element, unless another takes its place', () => {
    const { page, views: of, reported } = views();
    const stop = of.observe(page.element(320, 180), 'low');
    stop();
    const again = of.observe(page.element(320, 180), 'low');
    vi.advanceTimersByTime(5_000);
    expect(reported).toHaveLength(1);
    again();
    again();
    vi.advanceTimersByTime(5_000);
    expect(reported.at(-1)).toMatchObject({ visible: false });
  });

  it('is that of the largest element in sight, with the priority of the most important', () => {
    const { page, views: of, reported } = views();
    of.observe(page.element(320, 180), 'low');
    const large = page.element(1280, 720);
    of.observe(large, 'high');
    expect(reported.at(-1)).toEqual({ width: 1280, height: 720, visible: true, priority: 'high' });
    page.change(large, { visible: false });
    // Its priority applies at once, its size with it.
    expect(reported.at(-1)).toEqual(small);
  });

  it('is not reported any more when the publication has ended', () => {
    const { page, views: of, reported } = views();
    const element = page.element(320, 180);
    of.observe(element, 'low');
    page.change(element, { width: 640 });
    of.close();
    vi.advanceTimersByTime(5_000);
    expect(reported).toHaveLength(1);
  });
});
