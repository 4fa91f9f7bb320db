import type { MemberMeeting } from '@waterbus/protocol';
import type { MeetingRow, MemberRow } from '../database/schema.js';

/** The member's own relation to a meeting in the API. */
export function shownMembership(
  meeting: Pick<MeetingRow, 'lastSeq'>,
  member: Pick<MemberRow, 'role' | 'state' | 'lastReadSeq'>,
): NonNullable<MemberMeeting['membership']> {
  const { role, state, lastReadSeq } = member;
  return { role, state, lastReadSeq, unread: Math.max(0, meeting.lastSeq - lastReadSeq) };
}
