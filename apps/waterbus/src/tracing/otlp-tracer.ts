import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { CodedError } from '@waterbus/protocol';
import { type SpanOptions, TRACEPARENT, type Tracer, type WorkTimes } from '@waterbus/telemetry';

/** Sends the spans of this process to an OTLP collector. */
export class OtlpTracer implements Tracer {
  private readonly provider: NodeTracerProvider;
  private readonly tracer;

  constructor({ endpoint, version, nodeId }: { endpoint: string; version: string; nodeId: string }) {
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.provider = new NodeTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'waterbus',
        'service.version': version,
        'service.instance.id': nodeId,
      }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.provider.register();
    this.tracer = this.provider.getTracer('waterbus');
  }

  async run<T>({ name, kind, parent, root, attributes = {} }: SpanOptions, work: () => Promise<T>): Promise<T> {
    const above = contextOf(parent) ?? (activeSpan() ? context.active() : undefined);
    if (!root && !above) return work();
    const span = this.tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes: { ...attributes } },
      above ?? ROOT_CONTEXT,
    );
    try {
      return await context.with(trace.setSpan(context.active(), span), work);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  current(): string | undefined {
    const span = activeSpan()?.spanContext();
    if (!span) return undefined;
    return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
  }

  record({ name, attributes = {} }: Pick<SpanOptions, 'name' | 'attributes'>, { begin, end }: WorkTimes): void {
    if (!activeSpan()) return;
    const options = { kind: SpanKind.INTERNAL, attributes: { ...attributes }, startTime: begin };
    this.tracer.startSpan(name, options, context.active()).end(end);
  }

  /** Sends the remaining spans, if the collector answers soon. */
  async close(): Promise<void> {
    const late = new Promise<void>((resolve) => void setTimeout(resolve, LAST_SPANS).unref());
    await Promise.race([this.provider.shutdown().catch(() => {}), late]);
    context.disable();
    trace.disable();
  }
}

/**
 * Timers and subscriptions that began within a span last longer than it: what they do later belongs
 * to no trace.
 */
function activeSpan(): Span | undefined {
  const span = trace.getSpan(context.active()) as (Span & { ended?: boolean }) | undefined;
  return span?.ended ? undefined : span;
}

/** Only the code: messages may hold values. */
function fail(span: Span, error: unknown): void {
  const code = error instanceof CodedError ? error.code : error instanceof Error ? error.name : typeof error;
  span.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR });
}

function contextOf(traceparent: string | undefined): Context | undefined {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

/** Milliseconds; the whole process has five seconds to end. */
const LAST_SPANS = 1000;
