import type { Clock, Cluster } from '@waterbus/cluster';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiTokens } from './access/access-tokens.js';
import type { KnownDevices } from './access/known-devices.js';
import type { Queries } from './database/database.js';
import type { RequestLimits } from './limits/limits.js';
import type { LiveCalls } from './live/live-calls.js';
import type { ServerApiOptions } from './server-api.js';

/** The dependencies of routes. */
export interface ApiParts {
  options: ServerApiOptions;
  queries: Queries;
  /** True for PGlite: only this process uses the data. */
  embedded: boolean;
  cluster: Cluster;
  clock: Clock;
  limits: RequestLimits;
  tokens: ApiTokens;
  devices: KnownDevices;
  live: LiveCalls;
  log: FastifyBaseLogger;
  /** Origins of Server WS, sent to every joiner. */
  signallingOrigins: string[];
  /** Registers work for the server's close, which runs the last added first. */
  onClose(work: () => Promise<void> | void): void;
}
