import { Histograms, LATENCY_BOUNDS } from '@waterbus/telemetry';

/** The time of each statement of a server, and whether it failed. */
export class QueryTimes {
  readonly durations = new Histograms<'outcome'>(LATENCY_BOUNDS);

  /** Returns the query itself: a driver's query has methods besides those of a promise. */
  watch<Q extends PromiseLike<unknown>>(query: Q): Q {
    const start = performance.now();
    const end = (outcome: 'ok' | 'error') => this.durations.observe({ outcome }, (performance.now() - start) / 1000);
    query.then(
      () => end('ok'),
      () => end('error'),
    );
    return query;
  }
}
