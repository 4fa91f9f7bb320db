/** The view of an element on the page. Sizes are device pixels. */
export interface ElementView {
  width: number;
  height: number;
  visible: boolean;
}

/**
 * Reports each change of an element's view until it is stopped; the first view with the page's next
 * picture, or at the end of the task where that is known or the page is in the background.
 */
export type WatchElement = (element: Element, report: (view: ElementView) => void) => () => void;

/**
 * An element is out of sight when it is scrolled away or not displayed, and when the page is in the
 * background.
 */
export const watchElement: WatchElement = (element, report) => {
  const page = element.ownerDocument;
  const watch = WATCHES.get(page) ?? new PageWatch(page);
  WATCHES.set(page, watch);
  return watch.add(element, report);
};

interface Watched {
  width: number;
  height: number;
  onScreen: boolean;
  report: (view: ElementView) => void;
}

/**
 * All watched elements of a page: a page of 49 tiles has two observers, not a hundred, and tiles that
 * come together cause no layout but that of the next picture.
 */
class PageWatch {
  readonly #page: Document;
  readonly #sizes: ResizeObserver;
  readonly #sight: IntersectionObserver;
  readonly #watched = new Map<Element, Set<Watched>>();
  /** Without a first view. */
  readonly #fresh = new Map<Watched, Element>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Document) {
    this.#page = page;
    // Of the page's own window: a picture-in-picture window is in sight by itself.
    const { ResizeObserver, IntersectionObserver } = (page.defaultView ?? window) as Window & typeof globalThis;
    this.#sizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries)
        this.#update(target, { width: contentRect.width, height: contentRect.height });
    });
    this.#sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#update(target, { onScreen: isIntersecting });
    });
  }

  add(element: Element, report: Watched['report']): () => void {
    const others = this.#watched.get(element);
    // Until the observer's first report. An element that is observed already gets none.
    const [other] = others ?? [];
    const watched = { width: 0, height: 0, onScreen: true, ...other, report };
    if (this.#watched.size === 0) this.#page.addEventListener('visibilitychange', this.#updateAll);
    if (others) others.add(watched);
    else {
      this.#watched.set(element, new Set([watched]));
      this.#sizes.observe(element);
      this.#sight.observe(element);
    }
    this.#fresh.set(watched, element);
    if (other && !this.#fresh.has(other)) queueMicrotask(() => this.#fresh.has(watched) && this.#report(watched));
    else if (this.#page.visibilityState === 'visible') this.#timer ??= setTimeout(this.#readFresh, LONGEST_PICTURE);
    else queueMicrotask(this.#readFresh);
    return () => this.#remove(element, watched);
  }

  #remove(element: Element, watched: Watched): void {
    this.#fresh.delete(watched);
    const others = this.#watched.get(element);
    if (!others?.delete(watched) || others.size > 0) return;
    this.#watched.delete(element);
    this.#sizes.unobserve(element);
    this.#sight.unobserve(element);
    if (this.#watched.size === 0) this.#page.removeEventListener('visibilitychange', this.#updateAll);
  }

  /** All sizes with one layout. Observers are silent where the page gets no picture. */
  #readFresh = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const boxes = [...this.#fresh].map(([watched, element]) => ({ watched, box: element.getBoundingClientRect() }));
    for (const { watched, box } of boxes) {
      Object.assign(watched, { width: box.width, height: box.height });
      this.#report(watched);
    }
  };

  #update(element: Element, change: Partial<Watched>): void {
    for (const watched of this.#watched.get(element) ?? []) {
      Object.assign(watched, change);
      // Without its size, the first view would be that of an invisible element.
      if (change.width !== undefined || !this.#fresh.has(watched)) this.#report(watched);
    }
  }

  #updateAll = (): void => {
    this.#readFresh();
    for (const all of this.#watched.values()) for (const watched of all) this.#report(watched);
  };

  #report(watched: Watched): void {
    this.#fresh.delete(watched);
    const { width: cssWidth, height: cssHeight, onScreen, report } = watched;
    const scale = this.#page.defaultView?.devicePixelRatio ?? 1;
    const width = Math.min(Math.round(cssWidth * scale), MOST_PIXELS);
    const height = Math.min(Math.round(cssHeight * scale), MOST_PIXELS);
    const visible = onScreen && width > 0 && height > 0 && this.#page.visibilityState === 'visible';
    report({ width, height, visible });
  }
}

/** Milliseconds until the first view is read without the page's next picture. */
const LONGEST_PICTURE = 200;

const WATCHES = new WeakMap<Document, PageWatch>();

/** The servers' limit. */
export const MOST_PIXELS = 16_384;
