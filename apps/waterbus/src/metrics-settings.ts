import type { z } from 'zod';
import { address, integer } from './setting-types.js';

export interface MetricsSettings {
  /** The listener of Prometheus; undefined: none. */
  metrics: { port: number; host: string } | undefined;
}

/** The environment variables of these settings. */
export const metricsEnvironment = {
  METRICS_PORT: integer(1, 65_535).optional(),
  /** This host alone: the figures are for its administrators. */
  METRICS_HOST: address.default('127.0.0.1'),
};

type Values = z.output<z.ZodObject<typeof metricsEnvironment>>;

export function metricsOf({ METRICS_PORT: port, METRICS_HOST: host }: Values): MetricsSettings {
  return { metrics: port === undefined ? undefined : { port, host } };
}

/** `taken`: the other TCP ports of this process, by setting. */
export function metricsProblems(values: Values, taken: Record<string, number | undefined>): string[] {
  const { METRICS_PORT: port } = values;
  if (port === undefined) return [];
  const other = Object.keys(taken).find((name) => taken[name] === port);
  return other === undefined ? [] : [`METRICS_PORT: must be another port than ${other}`];
}
