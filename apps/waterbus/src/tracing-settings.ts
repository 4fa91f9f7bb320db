import type { z } from 'zod';
import { url } from './setting-types.js';

export interface TracingSettings {
  /** The address of an OTLP collector without path of a signal; undefined: no traces. */
  otlpEndpoint: string | undefined;
}

/** The environment variables of these settings, with the names of OpenTelemetry. */
export const tracingEnvironment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional(),
};

type Values = z.output<z.ZodObject<typeof tracingEnvironment>>;

export function tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT }: Values): TracingSettings {
  return { otlpEndpoint: OTEL_EXPORTER_OTLP_ENDPOINT };
}
