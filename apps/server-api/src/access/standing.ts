import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MeetingRow, type MemberRow, meetings, members, sessions } from '../database/schema.js';
import { type Statement, statement } from '../database/statement.js';
import { readMeetingCode } from '../meeting/meeting-code.js';
import { bannedNetwork, bannedUser } from './banned.js';
import { ownerOf, type Principal, userIdOf } from './principal.js';
import { secretMatches } from './secrets.js';
import { type SessionOfUser, sessionOfUser, userOfSession } from './session-of-user.js';

/** The role of a principal in a meeting. */
export type Standing =
  | 'host'
  | 'moderator'
  | 'member'
  /** In the call without a membership. */
  | 'guest'
  | 'host-token'
  /** The API key of the owner, or another one of theirs. */
  | 'key'
  /** Of the server, where the policy permits it and the own standing does not. */
  | 'administrator'
  | 'invited'
  | 'stranger'
  | 'banned';

export interface MeetingAccess {
  meeting: MeetingRow;
  standing: Standing;
  /** The membership of the asking user; also an invitation. */
  member: MemberRow | undefined;
}

/**
 * The principal's standing in the meeting with this code. One statement, whether the meeting exists
 * or not (M2).
 */
export async function findAccess(
  queries: Queries,
  code: string,
  principal: Principal,
  network: string,
): Promise<MeetingAccess | undefined> {
  return (await readAccess(byUser, queries, code, principal, network))?.access;
}

/** The same with the whole row, by a statement of `accessStatement`. */
export async function readAccess<More>(
  read: AccessStatement<More>,
  queries: Queries,
  code: string,
  principal: Principal,
  network: string,
): Promise<{ access: MeetingAccess; row: More } | undefined> {
  const userId = userIdOf(principal) ?? NOBODY;
  const [row] = await read(queries, { userId, network, code: readMeetingCode(code) ?? '' });
  return row && { access: accessOf(principal, row), row };
}

type AccessStatement<More> = Statement<{ userId: string; network: string; code: string }, (Found & More)[]>;

/** `more`: further columns, for a decision that depends on more than the standing. */
export function accessStatement<More extends object>(
  more: (userId: SQL, network: SQL) => { [Name in keyof More]: SQL<More[Name]> },
): AccessStatement<More> {
  return statement((queries, value) => {
    const [userId, network] = [value('userId'), value('network')];
    return queries
      .select({ ...found(userId, network), ...(more(userId, network) as Record<string, SQL>) })
      .from(meetings)
      .leftJoin(members, and(eq(members.meetingId, meetings.id), eq(members.userId, userId)))
      .where(eq(meetings.code, value('code'))) as never;
  });
}

/**
 * The user of a session, and their standing in the meeting with this code: one statement for both.
 * `principal` is undefined when the session has ended.
 */
export async function findAccessOfSession(
  queries: Queries,
  sessionId: string,
  code: string,
  network: string,
  now: Date,
): Promise<{ principal?: Principal; access?: MeetingAccess }> {
  const [row] = await bySession(queries, { sessionId, network, code: readMeetingCode(code) ?? '', now });
  if (!row) return {};
  const principal = userOfSession(row.session);
  const { meeting } = row;
  return meeting ? { principal, access: accessOf(principal, { ...row, meeting }) } : { principal };
}

interface Found {
  meeting: MeetingRow;
  member: MemberRow | null;
  bannedUser: boolean;
  bannedNetwork: boolean;
}

function accessOf(principal: Principal, row: Found): MeetingAccess {
  const member = row.member ?? undefined;
  return { meeting: row.meeting, member, standing: standingOf(principal, row.meeting, member, row) };
}

const byUser = accessStatement(() => ({}));

const bySession = statement<
  { sessionId: string; network: string; code: string; now: Date },
  (Omit<Found, 'meeting'> & { meeting: MeetingRow | null; session: SessionOfUser })[]
>((queries, value) =>
  queries
    .select({ session: sessionOfUser, ...found(sql`${sessions.userId}`, value('network')) })
    .from(sessions)
    .leftJoin(meetings, eq(meetings.code, value('code')))
    .leftJoin(members, and(eq(members.meetingId, meetings.id), eq(members.userId, sessions.userId)))
    .where(and(eq(sessions.id, value('sessionId')), gt(sessions.expiresAt, value('now', sessions.expiresAt)))),
);

function found(userId: SQL, network: SQL) {
  return {
    meeting: meetings,
    member: members,
    bannedUser: sql<boolean>`${bannedUser(userId)}`,
    bannedNetwork: sql<boolean>`${bannedNetwork(network)}`,
  };
}

/**
 * Proofs that the meeting itself issued come before a ban, all others after it: an account, another
 * owner's API key and the host token of another meeting cost nothing to get, so they lift no ban of
 * the network.
 */
function standingOf(
  principal: Principal,
  meeting: MeetingRow,
  member: MemberRow | undefined,
  banned: { bannedUser: boolean; bannedNetwork: boolean },
): Standing {
  if (member?.state === 'joined') return member.role;
  if (principal.type === 'host-token' && secretMatches(principal.token, meeting.hostTokenHash)) return 'host-token';
  if (principal.type === 'api-key' && meeting.owner === ownerOf(principal)) return 'key';
  if (banned.bannedUser) return 'banned';
  // A ban ends the places in the call that it concerns, and their tokens: a participant with a
  // place is not banned.
  if (principal.type === 'participant' && principal.meetingId === meeting.id) return principal.role;
  if (member) return 'invited';
  return banned.bannedNetwork ? 'banned' : 'stranger';
}

/** An id that no user has. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
