import type { AccountAuditAction } from '@waterbus/protocol';
import { and, asc, eq, inArray, isNotNull, isNull, like, ne, or, type SQL } from 'drizzle-orm';
import { ownerOfUser } from '../access/principal.js';
import { announceWaiting, wakeAdmission } from '../admission/waiting.js';
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
  totps,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';
import { KEY_NETWORK } from '../limits/network.js';
import { TOKEN_TOLERANCE } from '../live/live-calls.js';
import type { ApiParts } from '../parts.js';

/**
 * What ends with what, in one place. A new kind of credential gets a column here and a line in `endCredentials`, and
 * `endings.test.ts`, which issues every kind and tries them all, gets a case.
 *
 * Two occasions are not of an account's credentials alone. Deleting an account (`delete-account.ts`) ends everything in this table
 * with the user's row. A ban (`moderation.ts`) is of one meeting: it ends the membership, every place in the call with its resume
 * token, join tokens and waiting there; the account stays as it is.
 */
const endings: Record<Occasion, Ending> = {
  /** The address was proven, nothing else: whatever was issued before may be somebody else's. */
  'password-reset': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: false,
    hostTokens: true,
    places: true,
    password: false,
  },
  /** The same, and the address was never proven before: the second factor may be somebody else's, too. */
  'first-password-reset': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: true,
    hostTokens: true,
    places: true,
    password: false,
  },
  /** An identity provider has proven the address of an account whose maker never did. */
  'address-proven-elsewhere': {
    sessions: 'all',
    mailedTokens: 'all',
    apiKeys: true,
    webhooks: true,
    identities: true,
    passkeys: true,
    authenticator: true,
    hostTokens: true,
    places: true,
    password: true,
  },
  /** By somebody who knows the old one. Keys and webhooks are machines', and listed on the account page. */
  'password-change': {
    sessions: 'others',
    mailedTokens: 'resets',
    apiKeys: false,
    webhooks: false,
    identities: false,
    passkeys: false,
    authenticator: false,
    hostTokens: false,
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
    places: true,
    password: false,
  },
};

export type Occasion =
  | 'password-reset'
  | 'first-password-reset'
  | 'address-proven-elsewhere'
  | 'password-change'
  | 'sign-out-everywhere';

interface Ending {
  /** With their access and refresh tokens, and open event streams. */
  sessions: 'all' | 'others';
  mailedTokens: 'all' | 'resets';
  apiKeys: boolean;
  webhooks: boolean;
  /** Accounts at identity providers that sign the user in. */
  identities: boolean;
  /** They sign in alone. Sign-ins that wait for a second factor end in any case. */
  passkeys: boolean;
  /** The authenticator app and recovery codes, which sign nobody in alone. Else mail alone would get round them. */
  authenticator: boolean;
  /** Of meetings that the account's API keys made. */
  hostTokens: boolean;
  /**
   * In calls, with join and resume tokens, and in waiting rooms: the user's, and with `apiKeys` and `hostTokens` those that came in
   * by them.
   */
  places: boolean;
  password: boolean;
}

/** As the audit log calls it. */
const actions = {
  'password-reset': 'password.reset',
  'first-password-reset': 'password.reset',
  'address-proven-elsewhere': 'credentials.ended',
  'password-change': 'password.changed',
  'sign-out-everywhere': 'sessions.ended',
} as const satisfies Record<Occasion, AccountAuditAction>;

type EndedPlace = Pick<AdmissionRow, 'id' | 'meetingId' | 'state' | 'tokenExpiresAt'>;

/** What has to be told once the transaction is committed. */
export interface Ended {
  userId: string;
  places: EndedPlace[];
}

/**
 * Locks what `endCredentials` will change, before the transaction locks the user: meetings come before users everywhere, so that
 * nobody waits in a circle.
 */
export async function lockOwnedMeetings(transaction: Queries, userId: string): Promise<void> {
  await transaction
    .select({ id: meetings.id })
    .from(meetings)
    .where(ownedBy(userId))
    .orderBy(asc(meetings.id))
    .for('no key update');
}

/** Who gave the occasion, and when. */
export interface EndedBy {
  actor: Actor;
  at: Date;
}

/** In the transaction of the occasion, which the audit log gets. `session`: the one that asks, kept by `others`. */
export async function endCredentials(
  transaction: Queries,
  occasion: Occasion,
  userId: string,
  { actor, at }: EndedBy,
  session?: string,
): Promise<Ended> {
  const ending = endings[occasion];
  // The user's row before those of credentials, as everybody locks them.
  if (await holdAccount(transaction, userId))
    await audit(transaction, actor, at, { action: actions[occasion], userId });
  // Credentials before places: whoever uses one holds its row (`stillCounts`), so no place comes up behind our back.
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
  const places = ending.places ? await endPlaces(transaction, ending, userId) : [];
  if (ending.hostTokens) {
    await transaction
      .update(meetings)
      .set({ hostTokenHash: null })
      .where(and(ownedBy(userId), isNotNull(meetings.hostTokenHash)));
  }
  return { userId, places };
}

/** After the commit (R5): ends streams and places in running calls (R8). What cannot be told is logged. */
export async function tellEnded(parts: ApiParts, { userId, places }: Ended): Promise<void> {
  const since = parts.clock.date() - TOKEN_TOLERANCE;
  const told: Promise<unknown>[] = [parts.live.tellUser(userId, { type: 'session.ended' })];
  const waiting = places.filter(({ state }) => state === 'waiting');
  for (const { id } of waiting) told.push(wakeAdmission(parts, id));
  for (const meetingId of new Set(waiting.map((place) => place.meetingId))) {
    told.push(announceWaiting(parts, meetingId));
  }
  for (const { id: participantId, meetingId, state, tokenExpiresAt } of places) {
    if (state === 'waiting') continue;
    const command = { type: 'remove', participantId, reason: 'kicked' } as const;
    const coming = tokenExpiresAt !== null && tokenExpiresAt.getTime() > since;
    told.push(coming ? parts.live.revokeAndCommand(meetingId, command) : parts.live.command(meetingId, command));
  }
  for (const result of await Promise.allSettled(told)) {
    if (result.status === 'rejected') parts.log.warn({ userId, err: result.reason }, 'a place could not be ended');
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
