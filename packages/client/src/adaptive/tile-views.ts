import type { PictureView, Priority } from '@waterbus/protocol';
import { type ElementView, type WatchElement, watchElement } from './watch-element.js';

/**
 * The view of one publication's picture over all elements that show it: as large as the largest of
 * those in sight, as important as the most important. An element that comes into sight is reported
 * at once, another size when it has settled, an element that leaves sight after a while, because it
 * often returns.
 */
export class TileViews {
  #changed: () => void;
  #watch: WatchElement;
  #tiles = new Set<{ view: ElementView; priority: Priority }>();
  /** The reported view; undefined until the first element: how the picture is shown is unknown. */
  #view: PictureView | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void, watch: WatchElement = watchElement) {
    this.#changed = changed;
    this.#watch = watch;
  }

  get view(): PictureView | undefined {
    return this.#view;
  }

  /** Until it is stopped, this element shows the picture. */
  observe(element: Element, priority: Priority): () => void {
    const tile = { view: { width: 0, height: 0, visible: false }, priority };
    this.#tiles.add(tile);
    const stop = this.#watch(element, (view) => {
      tile.view = view;
      this.#update();
    });
    return () => {
      if (!this.#tiles.delete(tile)) return;
      stop();
      this.#update();
    };
  }

  /** Until it is stopped, the application shows the picture so. */
  prefer(view: ElementView, priority: Priority): () => void {
    const tile = { view, priority };
    this.#tiles.add(tile);
    this.#update();
    return () => {
      if (this.#tiles.delete(tile)) this.#update();
    };
  }

  /** The publication has ended. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #update(): void {
    const next = this.#shown();
    const now = this.#view;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (now && isSame(now, next)) return;
    if (!now || (next.visible && !now.visible) || next.priority !== now.priority) {
      this.#report();
      return;
    }
    this.#timer = setTimeout(() => this.#report(), next.visible ? SIZE_SETTLES : HIDDEN_FOR);
  }

  #report(): void {
    this.#timer = undefined;
    this.#view = this.#shown();
    this.#changed();
  }

  #shown(): PictureView {
    const tiles = [...this.#tiles];
    const inSight = tiles.filter(({ view }) => view.visible);
    if (inSight.length === 0) {
      const { width, height, priority } = this.#view ?? { width: 0, height: 0, priority: 'low' };
      return { width, height, visible: false, priority };
    }
    return {
      width: Math.max(...inSight.map(({ view }) => view.width)),
      height: Math.max(...inSight.map(({ view }) => view.height)),
      visible: true,
      priority: PRIORITIES[Math.max(...inSight.map((tile) => PRIORITIES.indexOf(tile.priority)))]!,
    };
  }
}

function isSame(one: PictureView, other: PictureView): boolean {
  const { width, height, visible, priority } = one;
  return visible === other.visible && width === other.width && height === other.height && priority === other.priority;
}

const PRIORITIES: Priority[] = ['very-low', 'low', 'medium', 'high'];

/** Milliseconds: a window is resized in many steps. */
const SIZE_SETTLES = 150;

/**
 * Milliseconds: a user that scrolls past or switches tabs for a moment must not wait for a key
 * frame.
 */
const HIDDEN_FOR = 1_500;
