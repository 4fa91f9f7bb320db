import type { Clock, Cluster } from '@waterbus/cluster';
import { CodedError, meetingOfRoom, RESUME_TOKEN_AUDIENCE } from '@waterbus/protocol';
import { and, eq, gt } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, apiKeys, meetings, sessions, users } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { ACCESS_TOKEN_AUDIENCE, type ApiTokens } from './access-tokens.js';
import { anonymous, ownerOfKey, ownerOfUser, type Principal } from './principal.js';
import { secretHash, secretMatches } from './secrets.js';
import { type SessionOfUser, sessionOfUser, userOfSession } from './session-of-user.js';
import { findAccess, findAccessOfSession, type MeetingAccess } from './standing.js';

/** The kinds of bearer tokens; those with signatures have been verified. */
type Credential =
  | { kind: 'none' }
  | { kind: 'api-key' | 'host-token'; token: string }
  | { kind: 'session'; id: string }
  | { kind: 'participant'; roomId: string; id: string };

/** Identifies the principal by the bearer token (RFC 6750 section 2.1). */
export class Authentication {
  readonly #queries: Queries;
  readonly #cluster: Cluster;
  readonly #tokens: ApiTokens;
  readonly #clock: Clock;

  constructor(queries: Queries, cluster: Cluster, tokens: ApiTokens, clock: Clock) {
    this.#queries = queries;
    this.#cluster = cluster;
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** Rejects with `token.invalid` or `token.expired`: a wrong token never counts as none. */
  async principalOf(authorization: string | undefined): Promise<Principal> {
    return this.#principal(this.#credential(authorization));
  }

  /**
   * The principal, and its standing in the meeting with this code. One statement for users. Rejects
   * as `principalOf` does.
   */
  async accessOf(
    authorization: string | undefined,
    code: string,
    network: string,
  ): Promise<{ principal: Principal; access?: MeetingAccess | undefined }> {
    const credential = this.#credential(authorization);
    if (credential.kind !== 'session') {
      const principal = await this.#principal(credential);
      return { principal, access: await findAccess(this.#queries, code, principal, network) };
    }
    const now = new Date(this.#clock.date());
    const { principal, access } = await findAccessOfSession(this.#queries, credential.id, code, network, now);
    if (!principal) throw new CodedError('token.invalid');
    return { principal, access };
  }

  #credential(authorization: string | undefined): Credential {
    if (authorization === undefined) return { kind: 'none' };
    const token = bearerToken(authorization);
    if (token.startsWith(API_KEY_PREFIX)) return { kind: 'api-key', token };
    if (!token.includes('.')) return { kind: 'host-token', token };
    const claims = this.#tokens.read(token, [ACCESS_TOKEN_AUDIENCE, RESUME_TOKEN_AUDIENCE]);
    return claims.aud === ACCESS_TOKEN_AUDIENCE
      ? { kind: 'session', id: String(claims.sid) }
      : { kind: 'participant', roomId: String(claims.roomId), id: String(claims.sub) };
  }

  async #principal(credential: Credential): Promise<Principal> {
    switch (credential.kind) {
      case 'none':
        return anonymous;
      case 'api-key':
        return this.#apiKey(credential.token);
      case 'host-token':
        return this.#hostToken(credential.token);
      case 'session':
        return this.#user(credential.id);
      case 'participant':
        return this.#participant(credential.roomId, credential.id);
    }
  }

  /** The session is read every time: its end invalidates the token. */
  async #user(sessionId: string): Promise<Principal> {
    const [session] = await liveSession(this.#queries, { id: sessionId, now: new Date(this.#clock.date()) });
    if (!session) throw new CodedError('token.invalid');
    return userOfSession(session);
  }

  /** Counts as long as the participant has a place in the call. */
  async #participant(roomId: string, id: string): Promise<Principal> {
    const meetingId = meetingOfRoom(roomId);
    const [row] = await this.#queries
      .select({ userId: admissions.userId, role: admissions.role })
      .from(admissions)
      .where(and(eq(admissions.id, id), eq(admissions.meetingId, meetingId), eq(admissions.state, 'admitted')));
    if (!row) throw new CodedError('token.invalid');
    if (!(await this.#cluster.rooms.home(roomId, id))) {
      // Its home may not have reported the participant again yet (R6).
      throw new CodedError(this.#cluster.recovering ? 'server.unavailable' : 'token.invalid');
    }
    return { type: 'participant', participantId: id, meetingId, roomId, ...row };
  }

  /** The token of no meeting, or of one that was handed over since, is not a credential. */
  async #hostToken(token: string): Promise<Principal> {
    const [meeting] = await this.#queries
      .select({ id: meetings.id })
      .from(meetings)
      .where(eq(meetings.hostTokenHash, secretHash(token)));
    if (!meeting) throw new CodedError('token.invalid');
    return { type: 'host-token', token, meetingId: meeting.id };
  }

  /** Those of a disabled user do not count. */
  async #apiKey(token: string): Promise<Principal> {
    const id = token.slice(API_KEY_PREFIX.length).split('_')[0] ?? '';
    const [found] = await this.#queries
      .select({ row: apiKeys, disabledAt: users.disabledAt })
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.userId))
      .where(eq(apiKeys.id, id));
    const row = found?.row;
    const now = this.#clock.date();
    if (!secretMatches(token, row?.secretHash) || !row) throw new CodedError('token.invalid');
    if (found.disabledAt) throw new CodedError('token.invalid');
    if (row.expiresAt && row.expiresAt.getTime() <= now) throw new CodedError('token.expired');
    if (now - (row.lastUsedAt?.getTime() ?? 0) >= LAST_USED_STEP) {
      await this.#queries
        .update(apiKeys)
        .set({ lastUsedAt: new Date(now) })
        .where(eq(apiKeys.id, id));
    }
    return { type: 'api-key', apiKeyId: id, owner: row.userId ? ownerOfUser(row.userId) : ownerOfKey(id) };
  }
}

const liveSession = statement<{ id: string; now: Date }, SessionOfUser[]>((queries, value) =>
  queries
    .select(sessionOfUser)
    .from(sessions)
    .where(and(eq(sessions.id, value('id')), gt(sessions.expiresAt, value('now', sessions.expiresAt)))),
);

/** The token of `Authorization: Bearer <token>`; rejects with `token.invalid`. */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')?.[1];
  if (!token) throw new CodedError('token.invalid');
  return token;
}

/** An API key is `wbk_<id>_<secret>`. */
export const API_KEY_PREFIX = 'wbk_';

/**
 * Milliseconds: a key's last use is precise to the minute, so that a busy key does not cause a
 * write for every request.
 */
const LAST_USED_STEP = 60_000;
