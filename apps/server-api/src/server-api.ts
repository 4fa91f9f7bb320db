import cookie from '@fastify/cookie';
import type { Clock, Cluster } from '@waterbus/cluster';
import { systemClock } from '@waterbus/cluster';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { ApiTokens } from './access/access-tokens.js';
import { Authentication } from './access/authentication.js';
import { guardRoutes } from './access/guard.js';
import { KnownDevices } from './access/known-devices.js';
import { addAccountRoutes } from './accounts/account-routes.js';
import { addAdmissionRoutes } from './admission/admission-routes.js';
import { addApiKeyRoutes } from './api-keys/api-key-routes.js';
import { addAuditRoutes } from './audit/audit-routes.js';
import { type Database, openDatabase } from './database/database.js';
import { startRetention } from './database/retention.js';
import { addEventRoutes } from './events/event-routes.js';
import { answerWhatIsStored } from './http/answer-what-is-stored.js';
import { answerSerializer } from './http/answers.js';
import { allowOrigins } from './http/cross-origin.js';
import { addDocumentation } from './http/documentation.js';
import { addHealthRoutes, type Readiness } from './http/health-routes.js';
import { logOptions, logSerializers } from './http/log-options.js';
import { answerBadBytes, answerError, problemOf, sendProblem } from './http/problem.js';
import { refuseUnstorableText } from './http/refuse-unstorable-text.js';
import { securityHeaders } from './http/security-headers.js';
import { countInRedis } from './limits/count-in-redis.js';
import { defaultLimits, type Limits, RequestLimits } from './limits/limits.js';
import { countInMemory } from './limits/rate-limiter.js';
import { LiveCalls } from './live/live-calls.js';
import { addMeetingRoutes } from './meetings/meeting-routes.js';
import { addMemberRoutes } from './members/member-routes.js';
import { addMessageRoutes } from './messages/message-routes.js';
import { addOfferRoutes } from './offer/offer-routes.js';
import type { Opening } from './offer/opening.js';
import { addOidcRoutes } from './oidc/oidc-routes.js';
import { ParticipantRepository } from './participants/participant-repository.js';
import { addParticipantRoutes } from './participants/participant-routes.js';
import { storeRoomRecords } from './participants/room-records.js';
import type { ApiParts } from './parts.js';
import { addWebhookRoutes } from './webhooks/webhook-routes.js';

export interface ServerApiOptions {
  /** `postgres://...`; without it PGlite runs in `dataDir`/postgres. */
  databaseUrl?: string;
  dataDir: string;
  /** An open one instead of the two above; it is closed with the server. */
  database?: Database;
  cluster: Cluster;
  /** Shared with Server WS; 32 bytes or more. Signs join tokens. */
  secret: string | Uint8Array;
  /**
   * Origins of Server WS that a joiner tries in order; `''` is the page's own origin. Default: only
   * that.
   */
  signallingOrigins?: string[];
  /** A pino logger; without one Fastify makes its own at `logLevel`. */
  logger?: FastifyBaseLogger;
  /** Default: `info`. */
  logLevel?: string;
  /**
   * Addresses and networks (CIDR) of reverse proxies: their headers determine a client's address
   * and scheme. Default: none.
   */
  trustedProxies?: string[];
  /** Origins of other pages that may use the API with bearer tokens (CORS). Default: none. */
  allowedOrigins?: string[];
  /** Certificate chain and key in PEM: serves HTTPS. */
  https?: { cert: string | Buffer; key: string | Buffer };
  limits?: Partial<Limits>;
  /**
   * Origin of the web app, for links in mails and for the return from an identity provider, such as
   * `https://meet.example.org`.
   */
  publicUrl?: string;
  /** Storage of avatars. Default: `dataDir`/avatars. */
  avatars?: S3Settings;
  /**
   * Without it no mail is sent: users hand over invitations themselves, and cannot reset passwords
   * by mail.
   */
  mail?: MailSettings;
  /** Days after which a sign-in ends, however often it is used. Default: 90. */
  sessionDays?: number;
  identityProviders?: IdentityProviderSettings[];
  /**
   * Restrictions of registration, creation of meetings, and joining without an account. Default:
   * none.
   */
  opening?: Partial<Opening>;
  /**
   * Days after its last use until a meeting without an owner and without members is deleted.
   * Default: 90.
   */
  ownerlessMeetingDays?: number;
  /** Age in days that the audit logs of accounts and meetings reach. Default: 365. */
  auditDays?: number;
  /**
   * Keys of other back ends that belong to no user. `secret`: `wbk_<name>_<32 characters or more>`.
   */
  apiKeys?: { secret: string }[];
  /**
   * Allows webhooks to private and loopback addresses. Default: false, since any user may name an
   * address.
   */
  privateWebhooks?: boolean;
  clock?: Clock;
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

export interface S3Settings {
  /** Such as `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface MailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: string;
  /** Such as `Waterbus <meet@example.org>`. */
  from: string;
}

/** An OpenID Connect provider. */
export interface IdentityProviderSettings {
  /** In addresses: letters, digits, `-`. */
  id: string;
  /** The name that people know. */
  name: string;
  issuer: string;
  clientId: string;
  /** Omitted by public clients, which use PKCE alone. */
  clientSecret?: string;
}

export interface ServerApi {
  /** Not listening: the composing process adds static files and sockets and calls `listen`. */
  readonly fastify: FastifyInstance;
  /** Whether the server can answer requests now. Never rejects. */
  ready(): Promise<Readiness>;
  /** Closes Fastify, the record consumer and the database, in this order. */
  close(): Promise<void>;
}

/**
 * Opens and migrates the database and builds the HTTP server. Rejects with a `DataFolderError` when
 * the embedded database cannot be opened, or with the driver's error when PostgreSQL is
 * unreachable.
 */
export async function createServerApi(options: ServerApiOptions): Promise<ServerApi> {
  const clock = options.clock ?? systemClock;
  const signallingOrigins = options.signallingOrigins ?? [''];
  const tokens = new ApiTokens(options.secret, clock);
  const database = options.database ?? (await openDatabase(options));
  const closings: (() => Promise<void> | void)[] = [];
  try {
    const fastify = buildFastify(options, signallingOrigins);
    const ready = async (): Promise<Readiness> => {
      const answered = await within(READY_TIMEOUT, database.check());
      if (!answered) return { ok: false, reason: 'The database does not answer' };
      return (await options.alsoReady?.()) ?? { ok: true };
    };
    const { sharedKeys } = options.cluster;
    const makeCounter = sharedKeys ? countInRedis(sharedKeys, clock) : countInMemory();
    const limits = new RequestLimits({ ...defaultLimits, ...options.limits }, makeCounter);
    const { queries } = database;
    const parts: ApiParts = {
      options,
      queries,
      embedded: database.embedded,
      cluster: options.cluster,
      clock,
      limits,
      tokens,
      devices: new KnownDevices(tokens, overHttps(options)),
      live: new LiveCalls({ queries, cluster: options.cluster, clock, log: fastify.log }),
      log: fastify.log,
      signallingOrigins,
      onClose: (work) => closings.unshift(work),
    };
    const participants = new ParticipantRepository(database.queries);

    await fastify.register(cookie);
    await allowOrigins(fastify, options.allowedOrigins ?? []);
    await addDocumentation(fastify);
    addHealthRoutes(fastify, ready);
    const authentication = new Authentication(queries, options.cluster, tokens, clock);
    answerWhatIsStored(fastify, database);
    refuseUnstorableText(fastify);
    guardRoutes(fastify, { authentication, limits });
    for (const addRoutes of routes) await addRoutes(fastify, parts);

    // After the only process was killed, no earlier participant is in a call any more.
    if (database.embedded) await participants.allLost(new Date(clock.date()));
    parts.onClose(startRetention(parts));
    const stopRecords = await storeRoomRecords(options.cluster, participants, fastify.log);
    const close = async () => {
      try {
        await fastify.close();
        for (const work of closings) await work();
      } finally {
        await within(LAST_RECORDS_TIMEOUT, stopRecords());
        await database.close();
      }
    };
    let closing: Promise<void> | undefined;
    return {
      fastify,
      ready,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    for (const work of closings) await work();
    await database.close();
    throw error;
  }
}

/** Whether browsers connect over https, to this server or to a proxy in front of it. */
function overHttps({ https, publicUrl }: ServerApiOptions): boolean {
  return https !== undefined || publicUrl?.startsWith('https:') === true;
}

/** Everything below /v1, by folder. */
const routes = [
  addAccountRoutes,
  addOidcRoutes,
  addApiKeyRoutes,
  addMeetingRoutes,
  addMemberRoutes,
  addAdmissionRoutes,
  addParticipantRoutes,
  addMessageRoutes,
  addEventRoutes,
  addWebhookRoutes,
  addAuditRoutes,
  addOfferRoutes,
];

function buildFastify(options: ServerApiOptions, signallingOrigins: string[]): FastifyInstance {
  const setHeaders = securityHeaders({
    signallingOrigins,
    publicUrl: options.publicUrl,
    allowedOrigins: options.allowedOrigins ?? [],
  });
  const fastify = Fastify({
    ...(options.logger
      ? { loggerInstance: options.logger.child({}, { serializers: logSerializers }) }
      : { logger: { ...logOptions, level: options.logLevel ?? 'info' } }),
    https: options.https ?? null,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // X-Forwarded-For counts from its right end as far as trusted proxies wrote it: entries further
    // left may be forged.
    trustProxy: options.trustedProxies?.length ? options.trustedProxies : false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    clientErrorHandler: (error, socket) => answerBadBytes(error, socket),
    // An address that cannot be decoded reaches no hooks.
    frameworkErrors: (error, request, reply) => {
      setHeaders(request as FastifyRequest, reply as FastifyReply);
      answerError(error, request, reply as FastifyReply);
    },
  }) as unknown as FastifyInstance;
  fastify.setValidatorCompiler(validatorCompiler);
  fastify.setSerializerCompiler(answerSerializer(options.checkAnswers ?? false));
  fastify.addHook('onSend', async (request, reply) => setHeaders(request, reply));
  fastify.setErrorHandler(answerError);
  fastify.removeContentTypeParser('text/plain');
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that set the type on every request send an empty body with a DELETE; where a body is
    // required, its schema refuses an empty one.
    if (body === '') done(null, undefined);
    else parseJson(request, body as string, done);
  });
  fastify.setNotFoundHandler((request, reply) => {
    const page = (request.method === 'GET' || request.method === 'HEAD') && !/^\/v1(\/|\?|$)/.test(request.url);
    if (page && options.notFound) return options.notFound(request, reply);
    return sendProblem(reply, problemOf('request.not_found'));
  });
  return fastify;
}

/** False when the promise rejects, or takes longer than so many milliseconds. */
async function within(milliseconds: number, promise: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    promise.then(
      () => resolve(true),
      () => resolve(false),
    );
    promise.catch(() => {}).finally(() => clearTimeout(timer));
  });
}

/** Bytes. The largest valid body is under 2 KiB, and escapes may make it six times as long. */
const BODY_LIMIT = 64 * 1024;

/**
 * Milliseconds in which a request must arrive completely: no body is large, and slow senders must
 * not pile up.
 */
const REQUEST_TIMEOUT = 30_000;

/**
 * Node takes 16 KiB of request line and headers: any longer parameter never arrives, so none is
 * answered by the router.
 */
const LONGEST_PARAMETER = 16 * 1024;

/**
 * Milliseconds for the last room records: a database that hangs must not delay the end of the
 * process.
 */
const LAST_RECORDS_TIMEOUT = 2000;

/** Milliseconds; orchestrators commonly wait a little longer. */
const READY_TIMEOUT = 2000;
