import type { MemberMeeting } from '@waterbus/protocol';
import type { MeetingRow, MemberRow } from '../database/schema.js';

/** What the API shows a member of what they have to do with a meeting. */
export function shownMembership(
  meeting: Pick<MeetingRow, 'lastSeq'>,
  member: Pick<MemberRow, 'role' | 'state' | 'lastReadSeq'>,
): NonNullable<MemberMeeting['membership']> {
  const { role, state, lastReadSeq } = member;
  return { role, state, lastReadSeq, unread: Math.max(0, meeting.lastSeq - lastReadSeq) };
}
