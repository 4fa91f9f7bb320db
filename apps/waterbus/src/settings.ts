import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisTopology } from '@waterbus/cluster';
import { z } from 'zod';
import { type BrandSettings, brandEnvironment, brandOf, brandProblems } from './brand-settings.js';
import { type IceSettings, iceEnvironment, iceOf, iceProblems } from './ice-settings.js';
import { type MediaSettings, mediaEnvironment, mediaOf, mediaProblems } from './media-settings.js';
import { type MetricsSettings, metricsEnvironment, metricsOf, metricsProblems } from './metrics-settings.js';
import { administratorProblems, type OpeningSettings, openingEnvironment, openingOf } from './opening-settings.js';
import { redisEnvironment, redisOf, redisProblems } from './redis-settings.js';
import { type ServiceSettings, serviceEnvironment, serviceProblems, servicesOf } from './service-settings.js';
import { address, integer, logLevels, networks, origin, originList, url } from './setting-types.js';
import { type TlsSettings, tlsEnvironment, tlsOf, tlsProblems } from './tls-settings.js';
import { type TracingSettings, tracingEnvironment, tracingOf } from './tracing-settings.js';

/** All settings, read from the environment once at the start. */
export interface Settings
  extends MediaSettings,
    ServiceSettings,
    OpeningSettings,
    TlsSettings,
    IceSettings,
    MetricsSettings,
    TracingSettings,
    BrandSettings {
  dataDir: string;
  databaseUrl: string | undefined;
  /** Undefined: this process is alone. */
  redis: RedisTopology | undefined;
  /** Unique in the cluster, also across restarts that overlap. */
  nodeId: string;
  /** Origins of Server WS, tried by clients in order; undefined: the page's own origin. */
  signallingOrigins: string[] | undefined;
  secret: string | undefined;
  logLevel: (typeof logLevels)[number];
  /** Of the lines about requests to the API; left out: that of all others. */
  requestLogLevel?: (typeof logLevels)[number];
  /** The address for HTTP; undefined: all addresses of this host. */
  listenAddress: string | undefined;
  /** Addresses and networks of the reverse proxies in front. */
  trustedProxies: string[];
  /** Connections of these proxies begin with a header of the PROXY protocol, or with HTTP. */
  proxyProtocol: boolean;
  /** Origins of other pages that may use the API and signalling. */
  allowedOrigins: string[];
  /** Origins of other pages that may show the page of a meeting in a frame. */
  frameAncestors: string[];
  /** The public origin of the page. */
  publicUrl: string | undefined;
  /** Days after which users sign in again, even with daily use. */
  sessionDays: number;
  /** Days for which the audit logs are kept. */
  auditDays: number;
  qualityDays: number;
  attendanceDays: number;
  limits: { joinsPerMinute: number | undefined; createsPerMinute: number | undefined };
}

/** The problems list every wrong setting, one line each. */
export type SettingsResult = { settings: Settings } | { problems: string[] };

/** `parts`: the parts that the process runs. */
export function readSettings(
  environment: Record<string, string | undefined>,
  parts: readonly ('api' | 'ws')[] = ['api', 'ws'],
): SettingsResult {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(
        (issue) => `${String(issue.path[0])}: ${issue.message} (it is ${shown(issue.path[0], given)})`,
      );
  if (!parsed.success) return { problems };
  const values = parsed.data;
  const redis = redisOf(values);
  const clustered = redis !== undefined || parts.length < 2;
  if (given.TRUST_PROXY !== undefined) {
    problems.push('TRUST_PROXY: is now TRUSTED_PROXIES, the addresses of the proxies in front, such as 10.0.0.0/8');
  }
  if (values.PROXY_PROTOCOL === 'on' && values.TRUSTED_PROXIES.length === 0) {
    problems.push('PROXY_PROTOCOL: needs TRUSTED_PROXIES, the addresses of the proxies that write its header');
  }
  if ((values.DATABASE_URL || redis) && !values.SECRET) {
    problems.push(
      'SECRET: must be set when DATABASE_URL or REDIS_URL is, the same on every server (32 characters or more)',
    );
  }
  if (redis && !values.DATABASE_URL && parts.includes('api')) {
    problems.push('DATABASE_URL: must be set when REDIS_URL is: the embedded database is of one process only');
  }
  if (!redis && parts.length < 2) {
    problems.push(`REDIS_URL: must be set for \`waterbus ${parts[0]}\`, which works with others`);
  }
  const tls = tlsOf(values, clustered);
  problems.push(...mediaProblems(values, tls), ...redisProblems(values), ...serviceProblems(values));
  problems.push(...tlsProblems(values, clustered), ...brandProblems(values));
  problems.push(...iceProblems(values), ...(parts.includes('api') ? administratorProblems(values) : []));
  problems.push(...metricsProblems(values, { HTTP_PORT: tls.httpPort, TURN_PORT: values.TURN_PORT }));
  if (problems.length > 0) return { problems };
  return {
    settings: {
      ...tls,
      ...mediaOf(values, tls),
      dataDir: values.DATA_DIR,
      databaseUrl: values.DATABASE_URL,
      redis,
      nodeId: values.NODE_ID ?? (redis ? newNodeId() : 'ws-1'),
      signallingOrigins: values.SIGNALLING_ORIGINS,
      secret: values.SECRET,
      logLevel: values.LOG_LEVEL,
      listenAddress: values.LISTEN_ADDRESS,
      trustedProxies: values.TRUSTED_PROXIES,
      proxyProtocol: values.PROXY_PROTOCOL === 'on',
      allowedOrigins: values.ALLOWED_ORIGINS,
      frameAncestors: values.FRAME_ANCESTORS,
      publicUrl: values.PUBLIC_URL,
      ...servicesOf(values),
      ...openingOf(values),
      ...iceOf(values, tls.httpPort),
      ...metricsOf(values),
      ...tracingOf(values),
      ...brandOf(values),
      sessionDays: values.SESSION_LIFETIME_DAYS,
      auditDays: values.AUDIT_DAYS,
      qualityDays: values.QUALITY_DAYS,
      attendanceDays: values.ATTENDANCE_DAYS,
      limits: { joinsPerMinute: values.JOINS_PER_MINUTE, createsPerMinute: values.CREATES_PER_MINUTE },
    },
  };
}

/** Never prints the value of a secret, or an address that may hold a password. */
function shown(name: PropertyKey | undefined, given: Record<string, string | undefined>): string {
  if (
    /SECRET|KEY|PASSWORD|_URL$|ENDPOINT|ICE_SERVERS/.test(String(name)) &&
    !/^(TLS_KEY|PUBLIC_URL)$/.test(String(name))
  )
    return 'not shown here';
  return JSON.stringify(given[String(name)] ?? null);
}

/** A restarted process is another node: the state of the previous one is gone. */
function newNodeId(): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 30);
  return `ws-${host}-${randomBytes(3).toString('hex')}`;
}

/** Of each setting, by its name in the environment. */
export const environmentSchema = z.object({
  ...tlsEnvironment,
  ...mediaEnvironment,
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  ...redisEnvironment,
  NODE_ID: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 small letters, digits and dashes')
    .optional(),
  SIGNALLING_ORIGINS: originList.optional(),
  SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  LISTEN_ADDRESS: address.optional(),
  TRUSTED_PROXIES: networks.default([]),
  PROXY_PROTOCOL: z.enum(['on', 'off'], 'must be on or off').default('off'),
  ALLOWED_ORIGINS: originList.default([]),
  FRAME_ANCESTORS: originList.default([]),
  PUBLIC_URL: origin.optional(),
  SESSION_LIFETIME_DAYS: integer(1, 3650).default(90),
  AUDIT_DAYS: integer(1, 3650).default(365),
  QUALITY_DAYS: integer(0, 3650).default(30),
  ATTENDANCE_DAYS: integer(1, 3650).default(365),
  JOINS_PER_MINUTE: integer(1, 1_000_000).optional(),
  CREATES_PER_MINUTE: integer(1, 1_000_000).optional(),
  ...serviceEnvironment,
  ...openingEnvironment,
  ...iceEnvironment,
  ...metricsEnvironment,
  ...tracingEnvironment,
  ...brandEnvironment,
});
