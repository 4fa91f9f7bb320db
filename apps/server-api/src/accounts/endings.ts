import type { AccountAuditAction } from '@waterbus/protocol';
import { and, asc, eq, inArray, isNotNull, isNull, like, ne, or, type SQL } from 'drizzle-orm';
import { ownerOfUser } from '../access/principal.js';
import { publishWaiting, wakeAdmission } from '../admission/waiting.js';
import { type Actor, audit, holdAccount } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import {
  type AdmissionRow,
  admissions,
  apiKeys,
  challenges,
  identities,
  mailedTokens,
  meetings,
  passkeys,
  recoveryCodes,
  sessions,
  streamKeys,
  totps,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';
import { KEY_NETWORK } from '../limits/network.js';
import { TOKEN_TOLERANCE } from '../live/live-calls.js';
import type { ApiParts } from '../parts.js';

/**
 * The credentials that each event ends, in one table. A new kind of credential needs a column here,
 * a line in `endCredentials`, and a case in `endings.test.ts`, which issues every kind and tries
 * them all.
 *
 * Two events concern more than an account's credentials. Deleting an account (`delete-account.ts`)
 * ends everything in this table with the user's row. A ban (`moderation.ts`) concerns one meeting:
 * it ends the membership, every place in the call with its resume token, join tokens and waiting
 * there; the account stays unchanged.
 */
const endings: Record<Occasion, Ending> = {
  /** This proves the address only: another person may hold the earlier credentials. */
  'password-reset': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: false,
    hostTokens: true,
    streamKeys: true,
    places: true,
    password: false,
  },
  /**
   * The same for an address that was never verified before: another person may hold the second
   * factor too.
   */
  'first-password-reset': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: true,
    hostTokens: true,
    streamKeys: true,
    places: true,
    password: false,
  },
  /** An identity provider has proven the address of an account that never verified it. */
  'address-proven-elsewhere': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: true,
    hostTokens: true,
    streamKeys: true,
    places: true,
    password: true,
  },
  /**
   * By a person with the old password. Keys and webhooks belong to machines and are listed on the
   * account page.
   */
  'password-change': {
    sessions: 'others',
    mailedTokens: 'resets',
    apiKeys: false,
    webhooks: false,
    identities: false,
    passkeys: false,
    authenticator: false,
    hostTokens: false,
    streamKeys: false,
    places: false,
    password: false,
  },
  'sign-out-everywhere': {
    sessions: 'all',
    mailedTokens: 'resets',
    apiKeys: false,
    webhooks: false,
    identities: false,
    passkeys: false,
    authenticator: false,
    hostTokens: false,
    streamKeys: false,
    places: true,
    password: false,
  },
  /**
   * By an administrator. Nothing that the user set up is lost: sign-ins and API keys are refused
   * until the account is enabled again.
   */
  'account-disabled': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: false,
    webhooks: false,
    identities: false,
    passkeys: false,
    authenticator: false,
    hostTokens: false,
    streamKeys: false,
    places: true,
    password: false,
  },
};

export type Occasion =
  | 'password-reset'
  | 'first-password-reset'
  | 'address-proven-elsewhere'
  | 'password-change'
  | 'sign-out-everywhere'
  | 'account-disabled';

interface Ending {
  /** With their access and refresh tokens, and open event streams. */
  sessions: 'all' | 'others';
  mailedTokens: 'all' | 'resets';
  apiKeys: boolean;
  webhooks: boolean;
  /** Accounts at identity providers that sign the user in. */
  identities: boolean;
  /** They can sign in alone. Sign-ins that wait for a second factor end in any case. */
  passkeys: boolean;
  /**
   * The authenticator app and recovery codes, which cannot sign in alone. If they ended too, mail
   * alone would bypass them.
   */
  authenticator: boolean;
  /** Of meetings that the account's API keys created. */
  hostTokens: boolean;
  /** Of meetings that the account or its API keys own. */
  streamKeys: boolean;
  /**
   * In calls, with join and resume tokens, and in waiting rooms: the user's and, with `apiKeys` and
   * `hostTokens`, those that joined through them, or with a stream key.
   */
  places: boolean;
  password: boolean;
}

/** Names in the audit log. */
const actions = {
  'password-reset': 'password.reset',
  'first-password-reset': 'password.reset',
  'address-proven-elsewhere': 'credentials.ended',
  'password-change': 'password.changed',
  'sign-out-everywhere': 'sessions.ended',
  'account-disabled': 'account.disabled',
} as const satisfies Record<Occasion, AccountAuditAction>;

type EndedPlace = Pick<AdmissionRow, 'id' | 'meetingId' | 'state' | 'tokenExpiresAt'>;

/** Notifications that are due once the transaction is committed. */
export interface Ended {
  userId: string;
  places: EndedPlace[];
}

/**
 * Locks the meetings that `endCredentials` will change before the transaction locks the user:
 * meetings come before users everywhere, which prevents deadlocks.
 */
export async function lockOwnedMeetings(transaction: Queries, userId: string): Promise<void> {
  await transaction
    .select({ id: meetings.id })
    .from(meetings)
    .where(ownedBy(userId))
    .orderBy(asc(meetings.id))
    .for('no key update');
}

/** The actor of the event, and its time. */
export interface EndedBy {
  actor: Actor;
  at: Date;
}

/**
 * Runs in the transaction of the event, which the audit log records. `session`: the one of the
 * request, kept by `others`.
 */
export async function endCredentials(
  transaction: Queries,
  occasion: Occasion,
  userId: string,
  { actor, at }: EndedBy,
  session?: string,
): Promise<Ended> {
  const ending = endings[occasion];
  // The user's row before those of credentials, in the common lock order.
  if (await holdAccount(transaction, userId))
    await audit(transaction, actor, at, { action: actions[occasion], userId });
  // Credentials before places: a request that uses one holds its row (`stillCounts`), so no place
  // is added concurrently.
  const kept = ending.sessions === 'others' && session !== undefined ? ne(sessions.id, session) : undefined;
  await transaction.delete(sessions).where(and(eq(sessions.userId, userId), kept));
  const purpose = ending.mailedTokens === 'resets' ? eq(mailedTokens.purpose, 'reset-password') : undefined;
  await transaction.delete(mailedTokens).where(and(eq(mailedTokens.userId, userId), purpose));
  if (ending.apiKeys) await transaction.delete(apiKeys).where(eq(apiKeys.userId, userId));
  if (ending.webhooks) {
    await transaction.delete(webhooks).where(eq(webhooks.owner, ownerOfUser(userId)));
    await transaction.delete(webhookEvents).where(eq(webhookEvents.owner, ownerOfUser(userId)));
  }
  if (ending.identities) await transaction.delete(identities).where(eq(identities.userId, userId));
  await transaction.delete(challenges).where(eq(challenges.userId, userId));
  if (ending.passkeys) await transaction.delete(passkeys).where(eq(passkeys.userId, userId));
  if (ending.authenticator) {
    await transaction.delete(totps).where(eq(totps.userId, userId));
    await transaction.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  }
  if (ending.password) await transaction.update(users).set({ passwordHash: null }).where(eq(users.id, userId));
  if (ending.streamKeys) {
    const owned = transaction.select({ id: meetings.id }).from(meetings).where(ownedBy(userId));
    await transaction.delete(streamKeys).where(inArray(streamKeys.meetingId, owned));
  }
  const places = ending.places ? await endPlaces(transaction, ending, userId) : [];
  if (ending.hostTokens) {
    await transaction
      .update(meetings)
      .set({ hostTokenHash: null })
      .where(and(ownedBy(userId), isNotNull(meetings.hostTokenHash)));
  }
  return { userId, places };
}

/**
 * After the commit (R5): ends streams and places in running calls (R8). A failed notification is
 * logged.
 */
export async function notifyEnded(parts: ApiParts, { userId, places }: Ended): Promise<void> {
  const since = parts.clock.date() - TOKEN_TOLERANCE;
  const notifications: Promise<unknown>[] = [parts.live.notifyUser(userId, { type: 'session.ended' })];
  const waiting = places.filter(({ state }) => state === 'waiting');
  for (const { id } of waiting) notifications.push(wakeAdmission(parts, id));
  for (const meetingId of new Set(waiting.map((place) => place.meetingId))) {
    notifications.push(publishWaiting(parts, meetingId));
  }
  for (const { id: participantId, meetingId, state, tokenExpiresAt } of places) {
    if (state === 'waiting') continue;
    const command = { type: 'remove', participantId, reason: 'kicked' } as const;
    const coming = tokenExpiresAt !== null && tokenExpiresAt.getTime() > since;
    notifications.push(
      coming ? parts.live.revokeAndCommand(meetingId, command) : parts.live.command(meetingId, command),
    );
  }
  for (const result of await Promise.allSettled(notifications)) {
    if (result.status === 'rejected') parts.log.warn({ userId, err: result.reason }, 'ending a place in a call failed');
  }
}

async function endPlaces(transaction: Queries, ending: Ending, userId: string): Promise<EndedPlace[]> {
  const owned = transaction.select({ id: meetings.id }).from(meetings).where(ownedBy(userId));
  const byKey = ending.apiKeys ? like(admissions.network, `${KEY_NETWORK}%`) : undefined;
  const byHostToken = ending.hostTokens ? and(isNull(admissions.userId), eq(admissions.role, 'host')) : undefined;
  const vouched = or(byKey, byHostToken);
  const whose: (SQL | undefined)[] = [eq(admissions.userId, userId)];
  if (vouched) whose.push(and(inArray(admissions.meetingId, owned), vouched));
  const ended: EndedPlace[] = [];
  for (const which of whose) {
    for (const from of ['waiting', 'admitted'] as const) {
      const rows = await transaction
        .update(admissions)
        .set({ state: from === 'waiting' ? 'denied' : 'removed' })
        .where(and(which, eq(admissions.state, from)))
        .returning({ id: admissions.id, meetingId: admissions.meetingId, tokenExpiresAt: admissions.tokenExpiresAt });
      ended.push(...rows.map((row) => ({ ...row, state: from })));
    }
  }
  return ended;
}

function ownedBy(userId: string): SQL {
  return eq(meetings.owner, ownerOfUser(userId));
}
