import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import { Histograms, LATENCY_BOUNDS } from '@waterbus/telemetry';

/** The duration and the outcome of each join and resume: `ok`, or the code of the refusal. */
export class Arrivals {
  readonly durations = new Histograms<'kind' | 'outcome'>(LATENCY_BOUNDS);

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  async measure<T>(kind: 'join' | 'resume', work: () => Promise<T>): Promise<T> {
    const start = this.clock.now();
    const end = (outcome: string) =>
      this.durations.observe({ kind, outcome }, Math.max(0, this.clock.now() - start) / 1000);
    try {
      const result = await work();
      end('ok');
      return result;
    } catch (error) {
      end(error instanceof CodedError ? error.code : 'server.internal');
      throw error;
    }
  }
}
