import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Clock, Cluster, NodeAbout } from '@waterbus/cluster';
import type { Logger, MediaHost } from '@waterbus/media-host';
import type { Tracer } from '@waterbus/telemetry';
import type { TurnHandles, TurnLimits } from '@waterbus/turn';
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
  /** Shown to administrators. */
  about?: NodeAbout;
  logger: Logger;
  /** Milliseconds that a participant without a socket stays in the room, default 10,000. */
  graceTime?: number;
  clock?: Clock;
  /** Default: none. */
  tracer?: Tracer;
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
  /** Records the quality of each participant's connection each minute. Default: true. */
  qualityHistory?: boolean;
  /** The TURN server of this process; default: none. */
  turn?: TurnOptions | undefined;
  /** STUN and TURN servers besides it. */
  iceServers?: OutsideIceServer[];
}

export interface TurnOptions {
  /** Its URLs for clients; default: the addresses at which they reach signalling. */
  urls?: string[] | undefined;
  /** A port of its own for UDP and TCP, besides the connections given to `ServerWs.acceptTurn`. */
  port?: number | undefined;
  /** `port` is that of HTTP: it takes UDP alone, and connections there are given to `acceptTurn`. */
  udpAlone?: boolean;
  /** Of `port`. */
  listenAddress: string;
  /** Its sockets, where another process shares them. */
  inherited?: TurnHandles | undefined;
  limits?: Partial<TurnLimits>;
}

/** `secret`: makes time-limited credentials, as coturn's `static-auth-secret`. */
export interface OutsideIceServer {
  urls: string[];
  secret?: string | undefined;
  username?: string | undefined;
  credential?: string | undefined;
}
