import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { bans, type MeetingRow, type MemberRow, meetings, members } from '../database/schema.js';
import { readMeetingCode } from '../meetings/meeting-code.js';
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
  const banned = userId === NOBODY ? eq(bans.network, network) : eq(bans.userId, userId);
  const [row] = await queries
    .select({
      meeting: meetings,
      member: members,
      banned: sql<boolean>`exists (select 1 from ${bans} where ${bans.meetingId} = ${meetings.id} and ${banned})`,
    })
    .from(meetings)
    .leftJoin(members, and(eq(members.meetingId, meetings.id), eq(members.userId, userId)))
    .where(eq(meetings.code, readMeetingCode(code) ?? ''));
  if (!row) return undefined;
  const member = row.member ?? undefined;
  return { meeting: row.meeting, member, standing: standingOf(principal, row.meeting, member, row.banned) };
}

function standingOf(
  principal: Principal,
  meeting: MeetingRow,
  member: MemberRow | undefined,
  banned: boolean,
): Standing {
  if (member?.state === 'joined') return member.role;
  if (principal.type === 'host-token') {
    return secretMatches(principal.token, meeting.hostTokenHash) ? 'host-token' : 'stranger';
  }
  if (principal.type === 'api-key') return meeting.owner === ownerOf(principal) ? 'key' : 'stranger';
  if (banned) return 'banned';
  if (principal.type === 'participant' && principal.meetingId === meeting.id) return principal.role;
  return member ? 'invited' : 'stranger';
}

/** The id of no user. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
