import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MeetingRow, type MemberRow, meetings, members } from '../database/schema.js';
import { readMeetingCode } from '../meetings/meeting-code.js';
import { bannedNetwork, bannedUser } from './banned.js';
import { ownerOf, type Principal, userIdOf } from './principal.js';
import { secretMatches } from './secrets.js';

/** What somebody is to a meeting. */
export type Standing =
  | 'host'
  | 'moderator'
  | 'member'
  /** In the call, without being a member. */
  | 'guest'
  | 'host-token'
  /** The API key of the owner, or another one of theirs. */
  | 'key'
  | 'invited'
  | 'stranger'
  | 'banned';

export interface MeetingAccess {
  meeting: MeetingRow;
  standing: Standing;
  /** The membership of the user who asks; also an invitation. */
  member: MemberRow | undefined;
}

/** What the principal is to the meeting with this code. One statement, whether the meeting exists or not (M2). */
export async function findAccess(
  queries: Queries,
  code: string,
  principal: Principal,
  network: string,
): Promise<MeetingAccess | undefined> {
  const userId = userIdOf(principal) ?? NOBODY;
  const [row] = await queries
    .select({
      meeting: meetings,
      member: members,
      bannedUser: sql<boolean>`${bannedUser(userId)}`,
      bannedNetwork: sql<boolean>`${bannedNetwork(network)}`,
    })
    .from(meetings)
    .leftJoin(members, and(eq(members.meetingId, meetings.id), eq(members.userId, userId)))
    .where(eq(meetings.code, readMeetingCode(code) ?? ''));
  if (!row) return undefined;
  const member = row.member ?? undefined;
  return { meeting: row.meeting, member, standing: standingOf(principal, row.meeting, member, row) };
}

/**
 * Proofs that the meeting itself gave come before a ban, all others after it: an account, somebody else's API key and the host token
 * of another meeting cost nothing to get, so they lift no ban of the network.
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
  // A ban ends the places in the call that it concerns, and the token with them: whose place is left is not meant.
  if (principal.type === 'participant' && principal.meetingId === meeting.id) return principal.role;
  if (member) return 'invited';
  return banned.bannedNetwork ? 'banned' : 'stranger';
}

/** The id of no user. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
