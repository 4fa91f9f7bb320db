import type { Page } from '@playwright/test';

/** What the page's main thread did in a phase. Milliseconds. */
export interface Measured {
  /** Durations of its tasks of 50 ms and more (W3C Long Tasks). */
  longTasks: number[];
  /** From an input to the next picture of the page, of each click and key (W3C Event Timing). */
  delays: number[];
  /** The longest scripts within long frames (W3C Long Animation Frames), by what called them. */
  scripts: { invoker: string; place: string; duration: number; forcedLayout: number }[];
}

/** Prepares the page before it loads. */
export async function measure(page: Page): Promise<void> {
  // tsx names functions by a function that pages do not have.
  await page.addInitScript('globalThis.__name = (named) => named');
  await page.addInitScript(() => {
    const measured: Measured = { longTasks: [], delays: [], scripts: [] };
    Object.assign(window, { measured });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) measured.longTasks.push(duration);
    }).observe({ type: 'longtask' });
    const seen = new Map<number, number>();
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[]) {
        if (entry.interactionId === 0) continue;
        // Several events belong to one interaction; the longest one is what the user waits for.
        const index = seen.get(entry.interactionId);
        if (index === undefined) seen.set(entry.interactionId, measured.delays.push(entry.duration) - 1);
        else measured.delays[index] = Math.max(measured.delays[index] ?? 0, entry.duration);
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const { scripts } of list.getEntries() as (PerformanceEntry & { scripts: Script[] })[])
        for (const { invoker, sourceURL, sourceFunctionName, duration, forcedStyleAndLayoutDuration } of scripts)
          measured.scripts.push({
            invoker,
            place: `${sourceFunctionName} ${sourceURL.split('/').at(-1)}`,
            duration,
            forcedLayout: forcedStyleAndLayoutDuration,
          });
    }).observe({ type: 'long-animation-frame' });

    interface Script {
      invoker: string;
      sourceURL: string;
      sourceFunctionName: string;
      duration: number;
      forcedStyleAndLayoutDuration: number;
    }
  });
}

/** The figures since the last call. */
export async function takeMeasured(page: Page): Promise<Measured> {
  return page.evaluate(async () => {
    // Entries arrive after the frame that they describe.
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const { measured } = window as unknown as { measured: Measured };
    const taken = structuredClone(measured);
    // The observers' array of delays is addressed by place: a new phase begins behind it.
    measured.longTasks.length = 0;
    measured.delays.length = 0;
    measured.scripts.length = 0;
    return taken;
  });
}
