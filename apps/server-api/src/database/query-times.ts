import { Histograms, LATENCY_BOUNDS, noTracing, type Tracer } from '@waterbus/telemetry';
import { summaryOf } from './statement-summary.js';

/** The time of each statement of a server, and whether it failed; within a trace also its span. */
export class QueryTimes {
  readonly durations = new Histograms<'outcome'>(LATENCY_BOUNDS);

  constructor(private readonly tracer: Tracer = noTracing) {}

  /** Returns the query itself: a driver's query has methods besides those of a promise. */
  watch<Q extends PromiseLike<unknown>>(text: string, query: Q): Q {
    const start = performance.now();
    const end = (outcome: 'ok' | 'error') => this.durations.observe({ outcome }, (performance.now() - start) / 1000);
    query.then(
      () => end('ok'),
      () => end('error'),
    );
    if (this.tracer.current() !== undefined) this.trace(text, query);
    return query;
  }

  /**
   * Its span has the wait for a connection and the commit too. It stands beside the spans of its
   * statements: the work of a transaction may hand the current span to another server.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.tracer.current() === undefined) return work();
    const [begin, start] = [Date.now(), performance.now()];
    try {
      return await work();
    } finally {
      const end = begin + performance.now() - start;
      this.tracer.record({ name: 'postgresql transaction', attributes: SYSTEM }, { begin, end });
    }
  }

  private trace(text: string, query: PromiseLike<unknown>): void {
    const { operation, summary } = summaryOf(text);
    const attributes = { ...SYSTEM, 'db.operation.name': operation, 'db.query.summary': summary };
    const span = { name: `postgresql ${summary}`, kind: 'client', attributes } as const;
    // The caller has the error from the query.
    this.tracer.run(span, async () => query).catch(() => {});
  }
}

const SYSTEM = { 'db.system.name': 'postgresql' };
