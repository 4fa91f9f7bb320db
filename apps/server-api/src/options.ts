import type { ServerOptions } from 'node:https';
import type { Clock, Cluster, NodeAbout } from '@waterbus/cluster';
import type { SettingsInForce } from '@waterbus/protocol';
import type { Tracer } from '@waterbus/telemetry';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from './database/database.js';
import type { Readiness } from './http/health-routes.js';
import type { Limits } from './limits/limits.js';
import type { IdentityProviderSettings } from './oidc/identity-providers.js';
import type { SharedOptions } from './parts.js';
import type { StorageOptions } from './storage/open-storage.js';

export interface ServerApiOptions extends SharedOptions, StorageOptions {
  /** `postgres://...`; without it PGlite runs in `dataDir`/postgres. */
  databaseUrl?: string;
  /** An open one instead of the two above; it is closed with the server. */
  database?: Database;
  cluster: Cluster;
  /** Continues the calls of another process. Default: an embedded database begins without calls. */
  continues?: boolean;
  /**
   * Origins of Server WS that a joiner tries in order; `''` is the page's own origin. Default: only
   * that.
   */
  signallingOrigins?: string[];
  /** A pino logger; without one Fastify makes its own at `logLevel`. */
  logger?: FastifyBaseLogger;
  /** Default: `info`. */
  logLevel?: string;
  /** Of the lines about requests; default: that of the logger. */
  requestLogLevel?: string;
  /**
   * Addresses and networks (CIDR) of reverse proxies: their headers determine a client's address
   * and scheme. Default: none.
   */
  trustedProxies?: string[];
  /** Origins of other pages that may use the API with bearer tokens (CORS). Default: none. */
  allowedOrigins?: string[];
  /**
   * Origins of other pages that may show the page of a meeting in a frame (CSP `frame-ancestors`).
   * Default: none.
   */
  frameAncestors?: string[];
  /** Options of Node's HTTPS server, with certificate and key: serves HTTPS. */
  https?: ServerOptions;
  limits?: Partial<Limits>;
  identityProviders?: IdentityProviderSettings[];
  /**
   * Days after its last use until a meeting without an owner and without members is deleted.
   * Default: 90.
   */
  ownerlessMeetingDays?: number;
  /** Age in days that the audit logs of accounts and meetings reach. Default: 365. */
  auditDays?: number;
  /** Days for which call quality is kept; 0: it is not stored. Default: 30. */
  qualityDays?: number;
  /** Days after its end that a presence in a call is kept. Default: 365. */
  attendanceDays?: number;
  /**
   * Keys of other back ends that belong to no user. `secret`: `wbk_<name>_<32 characters or more>`.
   */
  apiKeys?: { secret: string }[];
  /**
   * Allows webhooks to private and loopback addresses. Default: false, since any user may name an
   * address.
   */
  privateWebhooks?: boolean;
  /**
   * Addresses in lower case, or ids, of the accounts that administrate the server. An address counts
   * once it is verified. Default: none.
   */
  administrators?: string[];
  /** This server among the nodes of the cluster; `id` is unique there. Default: not registered. */
  node?: { id: string; about: NodeAbout };
  /** Shown to administrators. */
  settingsInForce?: SettingsInForce;
  clock?: Clock;
  /** Default: none. */
  tracer?: Tracer;
  /** Validates every answer by its schema, for tests. Default: false. */
  checkAnswers?: boolean;
  /** Part of /readyz, besides the database. */
  alsoReady?: () => Promise<Readiness>;
  /**
   * Answers GET requests outside of /v1 without a route: the web app's page, for instance. Default:
   * a problem, 404.
   */
  notFound?: (request: FastifyRequest, reply: FastifyReply) => unknown;
}
