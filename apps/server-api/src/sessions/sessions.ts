import { CodedError, type SessionTokens } from '@waterbus/protocol';
import { and, desc, eq, gt, inArray, ne, type SQL, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { ACCESS_TOKEN_AUDIENCE, REFRESH_TOKEN_AUDIENCE } from '../access/access-tokens.js';
import { type Actor, actorWithProof, audit, holdAccount } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { sessions } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/** The executor of one statement or a whole transaction. */
export type Transaction = Pick<Queries, '_' | 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

/**
 * Sign-ins: one row each, which rotates its refresh token. Without the row no token of it counts.
 */
export class Sessions {
  readonly #parts: Pick<ApiParts, 'options' | 'queries' | 'tokens' | 'clock' | 'live'>;

  constructor(parts: Pick<ApiParts, 'options' | 'queries' | 'tokens' | 'clock' | 'live'>) {
    this.#parts = parts;
  }

  /**
   * Signs a user in, in the transaction that authenticated them. The oldest of too many sign-ins
   * ends.
   */
  async start(
    transaction: Transaction,
    userId: string,
    request: Pick<FastifyRequest, 'ip' | 'headers'>,
  ): Promise<SessionTokens> {
    const userAgent = request.headers['user-agent'];
    const now = new Date(this.#parts.clock.date());
    const [session] = await transaction
      .insert(sessions)
      .values({
        userId,
        userAgent: userAgent?.slice(0, LONGEST_USER_AGENT) || null,
        rotatedAt: now,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: new Date(Math.min(idleEnd(now).getTime(), now.getTime() + this.#longest)),
      })
      .returning({ id: sessions.id, generation: sessions.generation });
    if (!session) throw new Error('no id for a session');
    const event = { action: 'session.started', userId, target: session.id } as const;
    await audit(transaction, actorWithProof(userId, request), now, event);
    const tooMany = transaction
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), ne(sessions.id, session.id)))
      .orderBy(desc(sessions.createdAt), desc(sessions.id))
      .offset(MOST_SESSIONS - 1);
    await transaction.delete(sessions).where(inArray(sessions.id, tooMany));
    return this.#sign(userId, session.id, session.generation);
  }

  /**
   * Returns new tokens for a refresh token, once. A second use ends its session (RFC 9700 section
   * 4.14.2), unless the rotation was a moment ago and its result is unused: then an answer was
   * lost, or two tabs refreshed at once. Refreshing never extends a session beyond its longest
   * lifetime.
   */
  async refresh(refreshToken: string, actor: Actor): Promise<SessionTokens> {
    const { queries, tokens, clock, live } = this.#parts;
    const claims = tokens.read(refreshToken, REFRESH_TOKEN_AUDIENCE);
    const [id, generation] = [String(claims.sid), Number(claims.gen)];
    const now = new Date(clock.date());
    const [rotated] = await queries
      .update(sessions)
      .set({ generation: generation + 1, rotatedAt: now, lastUsedAt: now, expiresAt: this.#expiry(now) })
      .where(and(eq(sessions.id, id), eq(sessions.generation, generation), this.#counts(now)))
      .returning({ userId: sessions.userId });
    if (rotated) return this.#sign(rotated.userId, id, generation + 1);

    const [session] = await queries
      .select()
      .from(sessions)
      .where(and(eq(sessions.id, id), this.#counts(now)));
    // A generation ahead of the stored one: the database is older than the token, restored from a
    // backup.
    if (!session || session.generation <= generation) throw new CodedError('token.invalid');
    const lately = now.getTime() - session.rotatedAt.getTime() <= RETRY_TIME;
    if (session.generation === generation + 1 && lately) return this.#sign(session.userId, id, session.generation);
    await this.#remove(session.userId, id, actor, 'token-reused');
    await live.notifyUser(session.userId, { type: 'session.ended', sessionId: id });
    throw new CodedError('session_token.reused');
  }

  /**
   * Ends the session of a refresh token of any generation; a session that has already ended is not
   * an error. Rejects with `token.invalid`.
   */
  async endByRefreshToken(refreshToken: string, request: Pick<FastifyRequest, 'ip'>): Promise<void> {
    const claims = this.#parts.tokens.read(refreshToken, REFRESH_TOKEN_AUDIENCE);
    const userId = String(claims.sub);
    await this.end(userId, String(claims.sid), actorWithProof(userId, request));
  }

  /** Ends one session of a user; false: there is none. */
  async end(userId: string, sessionId: string, actor: Actor): Promise<boolean> {
    const ended = await this.#remove(userId, sessionId, actor, 'signed-out');
    if (ended) await this.#parts.live.notifyUser(userId, { type: 'session.ended', sessionId });
    return ended;
  }

  async #remove(
    userId: string,
    sessionId: string,
    actor: Actor,
    reason: 'signed-out' | 'token-reused',
  ): Promise<boolean> {
    return this.#parts.queries.transaction(async (transaction) => {
      if (!(await holdAccount(transaction, userId))) return false;
      const ended = await transaction
        .delete(sessions)
        .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId)))
        .returning({ id: sessions.id });
      if (ended.length === 0) return false;
      const event = { action: 'session.ended', userId, target: sessionId, details: { reason } } as const;
      await audit(transaction, actor, new Date(this.#parts.clock.date()), event);
      return true;
    });
  }

  /** Also checks the longest lifetime, which may have been shortened since the session began. */
  #counts(now: Date): SQL | undefined {
    return and(gt(sessions.expiresAt, now), gt(sessions.createdAt, new Date(now.getTime() - this.#longest)));
  }

  #expiry(now: Date): SQL {
    const longest = sql`${sessions.createdAt} + make_interval(secs => ${this.#longest / 1000})`;
    return sql`least(${idleEnd(now).toISOString()}::timestamptz, ${longest})`;
  }

  /** Milliseconds from signing in. */
  get #longest(): number {
    return (this.#parts.options.sessionDays ?? DEFAULT_SESSION_DAYS) * DAY;
  }

  #sign(userId: string, sessionId: string, generation: number): SessionTokens {
    const { tokens } = this.#parts;
    const claims = { sub: userId, sid: sessionId };
    const accessToken = tokens.sign(ACCESS_TOKEN_AUDIENCE, claims, ACCESS_TOKEN_LIFETIME);
    const refreshToken = tokens.sign(REFRESH_TOKEN_AUDIENCE, { ...claims, gen: generation }, IDLE_LIFETIME);
    return { accessToken, expiresIn: ACCESS_TOKEN_LIFETIME, refreshToken, userId };
  }
}

function idleEnd(now: Date): Date {
  return new Date(now.getTime() + IDLE_LIFETIME * 1000);
}

/**
 * Seconds: a leaked token is usable no longer than this, and a client refreshes four times an hour.
 */
const ACCESS_TOKEN_LIFETIME = 900;

/** Seconds: 30 days without use. */
export const IDLE_LIFETIME = 30 * 86_400;

/**
 * Days from sign-in, however often the session is used: a lost device is signed out within a
 * quarter of a year.
 */
const DEFAULT_SESSION_DAYS = 90;

/** Milliseconds. */
const DAY = 86_400_000;

/** Per user: devices, and browsers that delete cookies. Bounds the storage of an account. */
const MOST_SESSIONS = 100;

/**
 * Milliseconds in which a refresh may be repeated: a request's time-out, or two tabs that wake up
 * together.
 */
const RETRY_TIME = 10_000;

/** Characters: enough to identify browser and system. */
const LONGEST_USER_AGENT = 300;
