import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpanOptions, Tracer } from '@waterbus/telemetry';

interface RecordedSpan extends SpanOptions {
  /** The name of the span above. */
  above: string | undefined;
  outcome?: 'ok' | 'error';
}

/** Keeps the spans of a process, each below the current one. */
export class NestedSpans implements Tracer {
  readonly spans: RecordedSpan[] = [];
  private readonly active = new AsyncLocalStorage<RecordedSpan>();

  async run<T>(options: SpanOptions, work: () => Promise<T>): Promise<T> {
    const span: RecordedSpan = { ...options, above: this.active.getStore()?.name };
    this.spans.push(span);
    try {
      const result = await this.active.run(span, work);
      span.outcome = 'ok';
      return result;
    } catch (error) {
      span.outcome = 'error';
      throw error;
    }
  }

  current(): string | undefined {
    return this.active.getStore()?.name;
  }

  record(options: Pick<SpanOptions, 'name' | 'attributes'>): void {
    this.spans.push({ ...options, kind: 'internal', above: this.current() });
  }
}
