import type { CDPSession, Page } from '@playwright/test';

/** A task of a page's main thread. Milliseconds. */
export interface Task {
  duration: number;
  /** On a core: without the wait for one, and for other threads of the browser. */
  cpu: number;
  /** Its longest events, by Chromium's names, and their CPU time. */
  parts: { name: string; cpu: number }[];
}

/** In Chromium's Trace Event Format. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds: the start, the duration, the duration on a core. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/** Records the tasks of a page's main thread by Chromium's tracing. */
export class MainThread {
  #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<MainThread> {
    return new MainThread(await page.context().browser()!.newBrowserCDPSession());
  }

  async start(): Promise<void> {
    await this.#session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'], recordMode: 'recordUntilFull' },
    });
  }

  /** The tasks since the start, the longest CPU time first. */
  async stop(): Promise<Task[]> {
    const events: TraceEvent[] = [];
    const collect = ({ value }: { value: object[] }) => {
      for (const event of value) events.push(event as TraceEvent);
    };
    this.#session.on('Tracing.dataCollected', collect);
    const complete = new Promise((resolve) => this.#session.once('Tracing.tracingComplete', resolve));
    await this.#session.send('Tracing.end');
    await complete;
    this.#session.off('Tracing.dataCollected', collect);
    return tasksOf(events);
  }
}

function tasksOf(events: TraceEvent[]): Task[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  );
  const spans = events
    .filter((event) => event.ph === 'X' && main.has(threadOf(event)))
    // A span comes before those within it.
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const tasks: Task[] = [];
  const running = new Map<string, { task: Task; end: number }>();
  for (const event of spans) {
    const { name, ts, dur = 0, tdur = 0 } = event;
    const thread = threadOf(event);
    const cpu = tdur / 1000;
    if (name === 'RunTask') {
      const task: Task = { duration: dur / 1000, cpu, parts: [] };
      tasks.push(task);
      running.set(thread, { task, end: ts + dur });
      continue;
    }
    const now = running.get(thread);
    if (now && ts < now.end && cpu >= 2 && !WHOLE.test(name)) now.task.parts.push({ name, cpu });
  }
  for (const { parts } of tasks) parts.sort((a, b) => b.cpu - a.cpu);
  return tasks.sort((a, b) => b.cpu - a.cpu);
}

/** Spans that contain the rest of a task. */
const WHOLE = /RunTask|callFunction|mojo|SimpleWatcher/;

const CATEGORIES = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
