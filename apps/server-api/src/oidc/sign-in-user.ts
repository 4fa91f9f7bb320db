import { CodedError, displayNameSchema, emailSchema } from '@waterbus/protocol';
import { and, count, eq, gt } from 'drizzle-orm';
import { type Ended, endCredentials, lockOwnedMeetings, notifyEnded } from '../accounts/endings.js';
import { MailedTokens } from '../accounts/mailed-tokens.js';
import { actorWithProof, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { identities, sessions, type UserRow, users } from '../database/schema.js';
import type { Language } from '../mail/language.js';
import { checkRegistration } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';
import { identityId } from './identity-id.js';
import type { IdentityClaims } from './identity-providers.js';

/**
 * The id of the user that an identity signs in: its owner, the account with its address when the
 * provider has verified that, or a new account. If the account has never verified the address,
 * another person may have registered it first: all its credentials end, the password too. Rejects
 * with `account.email_taken` when the provider has not verified the address. `language`: of a new
 * account, and so of its first mail.
 */
export async function userOfIdentity(
  parts: ApiParts,
  claims: IdentityClaims,
  address: string,
  language?: Language,
): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const known = await userIdOfIdentity(parts.queries, claims);
    if (known !== undefined) return known;
    const email = emailSchema.safeParse(claims.email);
    if (!email.success) throw new CodedError('account.sign_in_failed', 'The provider sent no e-mail address');
    const signedIn = await parts.queries.transaction((transaction) =>
      adoptOrCreate(parts, transaction, { ...claims, email: email.data, language: language ?? null }, address),
    );
    if (signedIn?.ended) await notifyEnded(parts, signedIn.ended);
    if (signedIn) return signedIn.userId;
  }
  throw new CodedError('server.unavailable');
}

/**
 * Adds an identity to a user whose session still counts. Rejects with `identity.taken`,
 * `limit.reached`, or `token.invalid` when the session has ended in the meantime.
 */
export async function linkIdentity(
  parts: ApiParts,
  claims: IdentityClaims,
  to: { userId: string; sessionId: string },
  address: string,
): Promise<void> {
  const now = new Date(parts.clock.date());
  await parts.queries.transaction(async (transaction) => {
    const user = await lockUser(transaction, to.userId);
    const [session] = await transaction
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, to.sessionId), eq(sessions.userId, to.userId), gt(sessions.expiresAt, now)));
    if (!user || !session) throw new CodedError('token.invalid', 'The session has ended');
    const mine = eq(identities.userId, to.userId);
    const [present] = await transaction.select({ count: count() }).from(identities).where(mine);
    const owner = await userIdOfIdentity(transaction, claims);
    if (owner === to.userId) return;
    if ((present?.count ?? 0) >= MOST_IDENTITIES)
      throw new CodedError('limit.reached', `${MOST_IDENTITIES} identities`);
    if (owner !== undefined || !(await insertIdentity(transaction, claims, to.userId, now))) {
      throw new CodedError('identity.taken');
    }
    await linked(transaction, claims, to.userId, address, now);
  });
}

/** The user's row, locked until the transaction ends. */
export async function lockUser(transaction: Transaction, userId: string): Promise<UserRow | undefined> {
  const [user] = await transaction.select().from(users).where(eq(users.id, userId)).for('no key update');
  return user;
}

/** Undefined: a concurrent request created the account or the identity; repeat the search. */
async function adoptOrCreate(
  parts: ApiParts,
  transaction: Queries,
  claims: IdentityClaims & { email: string; language: Language | null },
  address: string,
): Promise<{ userId: string; ended?: Ended } | undefined> {
  const now = new Date(parts.clock.date());
  const { email, emailVerified, language } = claims;
  const [there] = await transaction.select({ id: users.id }).from(users).where(eq(users.email, email));
  if (there) {
    if (!emailVerified) throw new CodedError('account.email_taken');
    await lockOwnedMeetings(transaction, there.id);
    const present = await lockUser(transaction, there.id);
    if (!present) return undefined;
    const verified = present.emailVerifiedAt !== null;
    const by = { actor: actorWithProof(present.id, { ip: address }), at: now };
    const ended = verified ? undefined : await endCredentials(transaction, 'address-proven-elsewhere', present.id, by);
    if (!verified) await transaction.update(users).set({ emailVerifiedAt: now }).where(eq(users.id, present.id));
    if (!(await insertIdentity(transaction, claims, present.id, now))) return undefined;
    await linked(transaction, claims, present.id, address, now);
    return { userId: present.id, ...(ended ? { ended } : {}) };
  }
  await parts.limits.count('account', address);
  await checkRegistration(parts, transaction, { by: 'provider', verifiedEmail: emailVerified ? email : undefined });
  const [created] = await transaction
    .insert(users)
    .values({ email, name: nameOf(claims), emailVerifiedAt: emailVerified ? now : null, language, createdAt: now })
    .onConflictDoNothing({ target: users.email })
    .returning();
  if (!created) return undefined;
  if (!(await insertIdentity(transaction, claims, created.id, now))) {
    // The identity already belongs to a user: the new account is not needed, and is still empty.
    await transaction.delete(users).where(eq(users.id, created.id));
    return undefined;
  }
  await linked(transaction, claims, created.id, address, now);
  if (!emailVerified && (await parts.limits.allows('mailByAddress', address)))
    await new MailedTokens(parts).sendVerification(transaction, created);
  return { userId: created.id };
}

async function linked(
  transaction: Queries,
  claims: IdentityClaims,
  userId: string,
  address: string,
  at: Date,
): Promise<void> {
  const event = { action: 'identity.linked', userId, target: identityId(claims) } as const;
  await audit(transaction, actorWithProof(userId, { ip: address }), at, event);
}

/** The current owner of the identity. */
export async function userIdOfIdentity(
  queries: Pick<Queries, 'select'>,
  { issuer, subject }: Pick<IdentityClaims, 'issuer' | 'subject'>,
): Promise<string | undefined> {
  const [known] = await queries
    .select({ userId: identities.userId })
    .from(identities)
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return known?.userId;
}

/** False when it already exists. */
async function insertIdentity(
  transaction: Transaction,
  { issuer, subject }: IdentityClaims,
  userId: string,
  createdAt: Date,
): Promise<boolean> {
  const inserted = await transaction
    .insert(identities)
    .values({ issuer, subject, userId, createdAt })
    .onConflictDoNothing()
    .returning({ userId: identities.userId });
  return inserted.length > 0;
}

/**
 * The provider's name for a person, cleaned for display, or the part of the address before the `@`.
 */
function nameOf({ name, email }: { name: string | undefined; email: string }): string {
  const candidates = [name ?? '', email.split('@')[0] ?? ''].map((text) =>
    Array.from(text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ').trim())
      .slice(0, LONGEST_NAME)
      .join(''),
  );
  for (const candidate of candidates) {
    const parsed = displayNameSchema.safeParse(candidate);
    if (parsed.success) return parsed.data;
  }
  return 'Waterbus user';
}

/**
 * Two browsers of one person that sign in for the first time at once cause one repetition; more are
 * not needed.
 */
const ATTEMPTS = 3;

/** Per user: more than the number of providers of any server. */
const MOST_IDENTITIES = 20;

/** Letters. A letter may take two of the 64 units of a display name. */
const LONGEST_NAME = 32;
