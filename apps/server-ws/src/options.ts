import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Clock, Cluster } from '@waterbus/cluster';
import type { Logger, MediaHost } from '@waterbus/media-host';
import type { Limits } from './limits.js';

export interface ServerWsOptions {
  /** Receives its upgrade requests on `SIGNALLING_PATH`. The caller still listens and closes. */
  server: HttpServer | HttpsServer;
  cluster: Cluster;
  mediaHost: MediaHost;
  /** Shared with Server API: signs join tokens. */
  secret: string | Uint8Array;
  /** Unique in the cluster, also during restarts that overlap. */
  nodeId: string;
  logger: Logger;
  /** Milliseconds that a participant without a socket stays in the room, default 10,000. */
  graceTime?: number;
  clock?: Clock;
  /** Uniform in [0, 1); for tests. */
  random?: () => number;
  limits?: Partial<Limits>;
  /** Origins of pages that may connect, besides the requested host; default: none. */
  allowedOrigins?: string[];
  /**
   * Addresses and networks (CIDR) of reverse proxies whose `X-Forwarded-For` is trusted; default:
   * none.
   */
  trustedProxies?: string[];
}
