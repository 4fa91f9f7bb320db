/** The spans of a trace, for any exporter. A process without one has `noTracing`, which costs nothing. */
export interface Tracer {
  /**
   * Does the work in a span below `parent`, or below the current one. A span without either begins
   * a trace if it is a `root`; otherwise the work is done without a span. Rejects as the work does.
   */
  run<T>(span: SpanOptions, work: () => Promise<T>): Promise<T>;
  /** The current span in the form of W3C Trace Context, for another process. */
  current(): string | undefined;
  /** Adds the span of work that was measured elsewhere, below the current one. */
  record(span: Pick<SpanOptions, 'name' | 'attributes'>, times: WorkTimes): void;
}

/** Milliseconds since 1970, by the clock of the machine. */
export interface WorkTimes {
  begin: number;
  end: number;
}

export interface SpanOptions {
  name: string;
  kind: 'server' | 'client' | 'internal';
  /** `traceparent` of a span of another process; another text is ignored. */
  parent?: string | undefined;
  root?: boolean;
  /** Ids and names of operations: no names of people, no tokens, no addresses. */
  attributes?: Readonly<Record<string, string>>;
}

export const noTracing: Tracer = { run: (_span, work) => work(), current: () => undefined, record: () => {} };

/** `traceparent` (W3C Trace Context, version 00). */
export const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
