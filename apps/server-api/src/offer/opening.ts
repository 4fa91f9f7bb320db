import { CodedError, type Opening } from '@waterbus/protocol';
import { and, eq, gt, isNull, lt, or } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.js';
import { secretHash } from '../access/secrets.js';
import type { Queries } from '../database/database.js';
import { inviteLinks, members } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

export const defaultOpening: Opening = { registration: 'open', meetingCreation: 'everybody', guests: true };

type Parts = Pick<ApiParts, 'options' | 'clock'>;

export function openingOf({ options }: Pick<ApiParts, 'options'>): Opening {
  return { ...defaultOpening, ...options.opening };
}

/** The proofs of a new account. */
interface Registration {
  /**
   * `password`: created on the page; `provider`: the first sign-in through an identity provider.
   */
  by: 'password' | 'provider';
  invitationToken?: string | undefined;
  /** An address that the provider has verified. */
  verifiedEmail?: string | undefined;
}

/**
 * Rejects with `account.registration_closed`. Looks for an invitation only of a proven address, so
 * that nobody finds out who is invited.
 */
export async function checkRegistration(
  parts: Parts,
  queries: Pick<Queries, 'select'>,
  { by, invitationToken, verifiedEmail }: Registration,
): Promise<void> {
  const { registration } = openingOf(parts);
  if (registration === 'open' || (registration === 'provider' && by === 'provider')) return;
  if (registration === 'invited' && (await invited(parts, queries, { invitationToken, verifiedEmail }))) return;
  throw new CodedError('account.registration_closed');
}

/**
 * Rejects with `account.required` or `permission.denied`. `keys`: those of the settings, which
 * belong to no user.
 */
export function checkMeetingCreation(parts: Parts, principal: Principal): void {
  const { meetingCreation } = openingOf(parts);
  if (meetingCreation === 'everybody') return;
  const ofSettings = principal.type === 'api-key' && principal.owner.startsWith('key:');
  const account = principal.type === 'user' || principal.type === 'api-key';
  if (ofSettings || (meetingCreation === 'accounts' && account)) return;
  throw new CodedError(meetingCreation === 'accounts' && !account ? 'account.required' : 'permission.denied');
}

/**
 * Rejects with `account.required` for a person without an account and without a proof of the
 * meeting's own: its host token, or a place in its call. People admitted by a back end join with
 * its join tokens.
 */
export function checkGuest(parts: Parts, { principal, access }: FastifyRequest, hostToken: boolean): void {
  if (openingOf(parts).guests || hostToken || access.standing === 'host-token') return;
  if (principal.type === 'user' || (principal.type === 'participant' && principal.userId !== null)) return;
  throw new CodedError('account.required', 'Guests cannot join on this server');
}

async function invited(
  { clock }: Parts,
  queries: Pick<Queries, 'select'>,
  { invitationToken, verifiedEmail }: Omit<Registration, 'by'>,
): Promise<boolean> {
  const hash = secretHash(invitationToken ?? '');
  const whose = verifiedEmail === undefined ? eq(members.tokenHash, hash) : eq(members.email, verifiedEmail);
  const [member] = await queries
    .select({ id: members.id })
    .from(members)
    .where(and(eq(members.state, 'invited'), whose))
    .limit(1);
  if (member) return true;
  const [link] = await queries
    .select({ id: inviteLinks.id })
    .from(inviteLinks)
    .where(
      and(
        eq(inviteLinks.tokenHash, hash),
        gt(inviteLinks.expiresAt, new Date(clock.date())),
        or(isNull(inviteLinks.maxUses), lt(inviteLinks.uses, inviteLinks.maxUses)),
      ),
    );
  return link !== undefined;
}
