import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { systemClock } from '@waterbus/cluster';
import { type LabelledDistribution, noTracing } from '@waterbus/telemetry';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { ApiTokens } from './access/access-tokens.js';
import { Administrators } from './access/administrators.js';
import { Authentication } from './access/authentication.js';
import { guardRoutes } from './access/guard.js';
import { KnownDevices } from './access/known-devices.js';
import { addAccountRoutes } from './accounts/account-routes.js';
import { addAdminRoutes } from './admin/admin-routes.js';
import { addAdmissionRoutes } from './admission/admission-routes.js';
import { addApiKeyRoutes } from './api-keys/api-key-routes.js';
import { addAttendanceRoutes } from './attendance/attendance-routes.js';
import { addAuditRoutes } from './audit/audit-routes.js';
import { addBreakoutRoutes } from './breakouts/breakout-routes.js';
import { addConnectivityRoutes } from './connectivity/connectivity-routes.js';
import { type Database, openDatabase } from './database/database.js';
import { startRetention } from './database/retention.js';
import { addEventRoutes } from './events/event-routes.js';
import { addFileRoutes } from './files/file-routes.js';
import { answerWhatIsStored } from './http/answer-what-is-stored.js';
import { answerSerializer } from './http/answers.js';
import { limitBodyTimes } from './http/body-time.js';
import { allowOrigins } from './http/cross-origin.js';
import { addDocumentation } from './http/documentation.js';
import { addHealthRoutes, type Readiness } from './http/health-routes.js';
import { logEndsWithIds } from './http/log-ids.js';
import { logOptions, logSerializers } from './http/log-options.js';
import { answerBadBytes, answerError, problemOf, sendProblem } from './http/problem.js';
import { refuseUnstorableText } from './http/refuse-unstorable-text.js';
import { RequestTimes } from './http/request-times.js';
import { securityHeaders } from './http/security-headers.js';
import { countInRedis } from './limits/count-in-redis.js';
import { defaultLimits, type Limits, RequestLimits } from './limits/limits.js';
import { countInMemory } from './limits/rate-limiter.js';
import { LiveCalls } from './live/live-calls.js';
import { holdNodeLease } from './live/node-lease.js';
import { addMeetingRoutes } from './meetings/meeting-routes.js';
import { addMemberRoutes } from './members/member-routes.js';
import { addMessageRoutes } from './messages/message-routes.js';
import { addOfferRoutes } from './offer/offer-routes.js';
import { addOidcRoutes } from './oidc/oidc-routes.js';
import type { ServerApiOptions } from './options.js';
import { addOutsideTestRoutes } from './outside-tests/outside-test-routes.js';
import { ParticipantRepository } from './participants/participant-repository.js';
import { addParticipantRoutes } from './participants/participant-routes.js';
import { storeRoomRecords } from './participants/room-records.js';
import type { ApiParts } from './parts.js';
import { addPollRoutes } from './polls/poll-routes.js';
import { addPrivateMessageRoutes } from './private-messages/private-message-routes.js';
import { addQualityRoutes } from './quality/quality-routes.js';
import { storeQuality } from './quality/store-quality.js';
import { addScheduleRoutes } from './schedules/schedule-routes.js';
import { addStreamKeyRoutes } from './stream-keys/stream-key-routes.js';
import { addWebhookRoutes } from './webhooks/webhook-routes.js';
import { addWhipRoutes } from './whip/whip-routes.js';
import { Workers } from './workers.js';

export interface ServerApi {
  /** Not listening: the composing process adds static files and sockets and calls `listen`. */
  readonly fastify: FastifyInstance;
  /** Totals since the start, for an exporter. */
  figures(): ServerApiFigures;
  /** Whether the server can answer requests now. Never rejects. */
  ready(): Promise<Readiness>;
  /**
   * Lends the embedded database to a successor, and takes it back. Meanwhile each query is an
   * outage, and background work is paused.
   */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Closes Fastify, the background work and the database, in this order. */
  close(): Promise<void>;
}

/** Plain data; times are seconds. */
export interface ServerApiFigures {
  requests: LabelledDistribution<'method' | 'route' | 'status'>[];
  /** Refused requests, by the limit that they exceeded. */
  limited: Record<keyof Limits, number>;
  /** Statements of the database. */
  queries: LabelledDistribution<'outcome'>[];
}

/**
 * Opens and migrates the database and builds the HTTP server. Rejects with a `DataFolderError` when
 * the embedded database cannot be opened, or with the driver's error when PostgreSQL is
 * unreachable.
 */
export async function createServerApi(options: ServerApiOptions): Promise<ServerApi> {
  const tokens = new ApiTokens(options.secret, options.clock ?? systemClock);
  const database = options.database ?? (await openDatabase(options));
  const closings: (() => Promise<void> | void)[] = [];
  const workers = new Workers();
  try {
    const fastify = buildFastify(options);
    const requestTimes = new RequestTimes();
    requestTimes.watch(fastify);
    logEndsWithIds(fastify);
    const onClose: ApiParts['onClose'] = (work) => closings.unshift(work);
    const parts = partsOf(options, { tokens, database, log: fastify.log, onClose, workers });
    const ready = () => readiness(options, database);
    await addRoutes(fastify, parts, { options, database, ready });
    const participants = new ParticipantRepository(database.queries);
    // After the only process was killed, no earlier participant is in a call any more.
    if (database.embedded && !options.continues) await participants.allLost(new Date(parts.clock.date()));
    await workers.add(() => startRetention({ ...parts, options }));
    if (options.node) parts.onClose(holdNodeLease(parts, options.node));
    await workers.add(() => storeRoomRecords(options.cluster, participants, fastify.log));
    const keepsQuality = options.qualityDays !== 0;
    await workers.add(() => storeQuality(options.cluster, database.queries, fastify.log, keepsQuality));
    const close = async () => {
      try {
        await fastify.close();
        for (const work of closings) await work();
      } finally {
        await within(LAST_WORK_TIMEOUT, workers.pause());
        await database.close();
      }
    };
    let closing: Promise<void> | undefined;
    return {
      fastify,
      figures: () => ({
        requests: requestTimes.durations.read(),
        limited: parts.limits.refused(),
        queries: database.times.durations.read(),
      }),
      ready,
      suspend: async () => {
        if (database.embedded) await within(LAST_WORK_TIMEOUT, workers.pause());
        await database.suspend();
      },
      resume: async () => {
        await database.resume();
        await workers.resume();
      },
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    for (const work of closings) await work();
    await within(LAST_WORK_TIMEOUT, workers.pause());
    await database.close();
    throw error;
  }
}

function partsOf(
  options: ServerApiOptions,
  { tokens, database, ...others }: Pick<ApiParts, 'tokens' | 'log' | 'onClose' | 'workers'> & { database: Database },
): ApiParts {
  const { cluster, clock = systemClock } = options;
  const { queries, embedded } = database;
  const makeCounter = cluster.sharedKeys ? countInRedis(cluster.sharedKeys, clock) : countInMemory();
  return {
    options,
    queries,
    embedded,
    cluster,
    clock,
    limits: new RequestLimits({ ...defaultLimits, ...options.limits }, makeCounter),
    tokens,
    tracer: options.tracer ?? noTracing,
    administrators: new Administrators(options.administrators),
    devices: new KnownDevices(tokens, overHttps(options)),
    live: new LiveCalls({ queries, cluster, clock, log: others.log }),
    signallingOrigins: signallingOriginsOf(options),
    ...others,
  };
}

async function readiness({ alsoReady }: ServerApiOptions, database: Database): Promise<Readiness> {
  const answered = await within(READY_TIMEOUT, database.check());
  if (!answered) return { ok: false, reason: 'The database does not answer' };
  return (await alsoReady?.()) ?? { ok: true };
}

/** Hooks and routes, in the order in which requests meet them. */
async function addRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  { options, database, ready }: { options: ServerApiOptions; database: Database; ready: () => Promise<Readiness> },
): Promise<void> {
  const { queries, cluster, tokens, clock, limits, administrators } = parts;
  limitBodyTimes(fastify, clock);
  await fastify.register(cookie);
  await allowOrigins(fastify, options.allowedOrigins ?? []);
  await addDocumentation(fastify, options.brandName);
  addHealthRoutes(fastify, ready);
  answerWhatIsStored(fastify, database);
  refuseUnstorableText(fastify);
  const authentication = new Authentication(queries, cluster, tokens, clock);
  guardRoutes(fastify, { authentication, limits, administrators, queries, clock });
  for (const addRoutesOfFolder of routes) await addRoutesOfFolder(fastify, parts, options);
}

function signallingOriginsOf({ signallingOrigins = [''] }: ServerApiOptions): string[] {
  return signallingOrigins;
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
  addScheduleRoutes,
  addAttendanceRoutes,
  addMemberRoutes,
  addAdmissionRoutes,
  addParticipantRoutes,
  addBreakoutRoutes,
  addQualityRoutes,
  addStreamKeyRoutes,
  addWhipRoutes,
  addMessageRoutes,
  addPrivateMessageRoutes,
  addPollRoutes,
  addFileRoutes,
  addEventRoutes,
  addWebhookRoutes,
  addAuditRoutes,
  addOfferRoutes,
  addConnectivityRoutes,
  addOutsideTestRoutes,
  addAdminRoutes,
];

function buildFastify(options: ServerApiOptions): FastifyInstance {
  const setHeaders = securityHeaders({
    signallingOrigins: signallingOriginsOf(options),
    publicUrl: options.publicUrl,
    allowedOrigins: options.allowedOrigins ?? [],
    frameAncestors: options.frameAncestors ?? [],
  });
  const fastify = Fastify({
    ...(options.logger
      ? { loggerInstance: options.logger.child({}, { serializers: logSerializers }) }
      : { logger: { ...logOptions, level: options.logLevel ?? 'info' } }),
    https: options.https ?? null,
    // Unique among all servers.
    genReqId: () => randomUUID(),
    childLoggerFactory: (logger, { reqId, ...bindings }, childOptions) =>
      logger.child(
        { requestId: reqId, ...bindings },
        { ...(options.requestLogLevel && { level: options.requestLogLevel }), ...childOptions },
      ),
    bodyLimit: BODY_LIMIT,
    // `limitBodyTimes` limits it, by route.
    requestTimeout: 0,
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
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    setHeaders(request, reply);
    done();
  });
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
async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
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
 * Node takes 16 KiB of request line and headers: any longer parameter never arrives, so none is
 * answered by the router.
 */
const LONGEST_PARAMETER = 16 * 1024;

/**
 * Milliseconds for the end of background work and the last room records: a database that hangs must
 * not delay the end of the process, nor its successor.
 */
const LAST_WORK_TIMEOUT = 2000;

/** Milliseconds; orchestrators commonly wait a little longer. */
const READY_TIMEOUT = 2000;
