export { Counts } from './counts.js';
export {
  type Distribution,
  Histogram,
  Histograms,
  LATENCY_BOUNDS,
  type LabelledDistribution,
} from './histogram.js';
export { noTracing, type SpanOptions, TRACEPARENT, type Tracer, type WorkTimes } from './tracing.js';
