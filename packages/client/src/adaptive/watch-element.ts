/** The view of an element on the page. Sizes are device pixels. */
export interface ElementView {
  width: number;
  height: number;
  visible: boolean;
}

/**
 * Reports each change of an element's view until it is stopped, and the first view at the end of the
 * task.
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
 * All watched elements of a page: a page of 49 tiles has two observers, not a hundred, and reads the
 * sizes of tiles that come together after the last change to the page, with one layout in all.
 */
class PageWatch {
  readonly #page: Document;
  readonly #sizes: ResizeObserver;
  readonly #sight: IntersectionObserver;
  readonly #watched = new Map<Element, Set<Watched>>();
  #unread: { element: Element; watched: Watched }[] = [];

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
    // Until the observer's first report, which follows with the next frame; a page in the background
    // has none, and an element that is observed already gets none.
    const [other] = others ?? [];
    const watched = { width: 0, height: 0, onScreen: other?.onScreen ?? true, report };
    if (this.#watched.size === 0) this.#page.addEventListener('visibilitychange', this.#updateAll);
    if (others) others.add(watched);
    else {
      this.#watched.set(element, new Set([watched]));
      this.#sizes.observe(element);
      this.#sight.observe(element);
    }
    if (this.#unread.push({ element, watched }) === 1) queueMicrotask(() => this.#readFirst());
    return () => this.#remove(element, watched);
  }

  #remove(element: Element, watched: Watched): void {
    const others = this.#watched.get(element);
    if (!others?.delete(watched) || others.size > 0) return;
    this.#watched.delete(element);
    this.#sizes.unobserve(element);
    this.#sight.unobserve(element);
    if (this.#watched.size === 0) this.#page.removeEventListener('visibilitychange', this.#updateAll);
  }

  #readFirst(): void {
    const unread = this.#unread.filter(({ element, watched }) => this.#watched.get(element)?.has(watched));
    this.#unread = [];
    const boxes = unread.map(({ element }) => element.getBoundingClientRect());
    for (const [index, { watched }] of unread.entries()) {
      const { width, height } = boxes[index]!;
      Object.assign(watched, { width, height });
      this.#report(watched);
    }
  }

  #update(element: Element, change: Partial<Watched>): void {
    for (const watched of this.#watched.get(element) ?? []) {
      Object.assign(watched, change);
      this.#report(watched);
    }
  }

  #updateAll = (): void => {
    for (const all of this.#watched.values()) for (const watched of all) this.#report(watched);
  };

  #report({ width: cssWidth, height: cssHeight, onScreen, report }: Watched): void {
    const scale = this.#page.defaultView?.devicePixelRatio ?? 1;
    const width = Math.min(Math.round(cssWidth * scale), MOST_PIXELS);
    const height = Math.min(Math.round(cssHeight * scale), MOST_PIXELS);
    const visible = onScreen && width > 0 && height > 0 && this.#page.visibilityState === 'visible';
    report({ width, height, visible });
  }
}

const WATCHES = new WeakMap<Document, PageWatch>();

/** The servers' limit. */
export const MOST_PIXELS = 16_384;
