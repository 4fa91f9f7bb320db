import type { ElementView, WatchElement } from '../src/adaptive/watch-element.js';

/** Elements of a page without a browser: the test reports their views. */
export class FakeElements {
  #watched = new Map<Element, { view: ElementView; reports: Set<(view: ElementView) => void> }>();

  /** An element in sight. */
  element(width: number, height: number): Element {
    const element = {} as Element;
    this.#watched.set(element, { view: { width, height, visible: true }, reports: new Set() });
    return element;
  }

  change(element: Element, change: Partial<ElementView>): void {
    const watched = this.#watched.get(element)!;
    watched.view = { ...watched.view, ...change };
    for (const report of watched.reports) report(watched.view);
  }

  watch: WatchElement = (element, report) => {
    const watched = this.#watched.get(element)!;
    watched.reports.add(report);
    report(watched.view);
    return () => watched.reports.delete(report);
  };
}
