/** The view of an element on the page. Sizes are device pixels. */
export interface ElementView {
  width: number;
  height: number;
  visible: boolean;
}

/** Reports each change of an element's view until it is stopped, and the first view at once. */
export type WatchElement = (element: Element, report: (view: ElementView) => void) => () => void;

/**
 * An element is out of sight when it is scrolled away or not displayed, and when the page is in the
 * background.
 */
export const watchElement: WatchElement = (element, report) => {
  const { ownerDocument: page } = element;
  const box = element.getBoundingClientRect();
  let size = { width: box.width, height: box.height };
  // Until the observer's first report, which follows with the next frame; a page in the background
  // has none.
  let onScreen = true;
  const update = () => {
    const scale = page.defaultView?.devicePixelRatio ?? 1;
    const width = Math.min(Math.round(size.width * scale), MOST_PIXELS);
    const height = Math.min(Math.round(size.height * scale), MOST_PIXELS);
    const visible = onScreen && width > 0 && height > 0 && page.visibilityState === 'visible';
    report({ width, height, visible });
  };
  // Of the element's own window: a picture-in-picture window is in sight by itself.
  const { ResizeObserver, IntersectionObserver } = (page.defaultView ?? window) as Window & typeof globalThis;
  const sizes = new ResizeObserver(([entry]) => {
    if (entry) size = { width: entry.contentRect.width, height: entry.contentRect.height };
    update();
  });
  const sight = new IntersectionObserver(([entry]) => {
    if (entry) onScreen = entry.isIntersecting;
    update();
  });
  sizes.observe(element);
  sight.observe(element);
  page.addEventListener('visibilitychange', update);
  update();
  return () => {
    sizes.disconnect();
    sight.disconnect();
    page.removeEventListener('visibilitychange', update);
  };
};

/** The servers' limit. */
export const MOST_PIXELS = 16_384;
