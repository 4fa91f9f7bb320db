import type { MemberMeeting } from '@waterbus/protocol';
import type { MeetingRow, MemberRow } from '../database/schema.js';
import { unreadMentions } from '../meeting/mentioned.js';

/** The member's own relation to a meeting in the API. */
export function shownMembership(
  meeting: Pick<MeetingRow, 'lastSeq'>,
  member: Pick<MemberRow, 'role' | 'state' | 'lastReadSeq' | 'mentioned'>,
): NonNullable<MemberMeeting['membership']> {
  const { role, state, lastReadSeq } = member;
  const unread = Math.max(0, meeting.lastSeq - lastReadSeq);
  return { role, state, lastReadSeq, unread, mentions: unreadMentions(member) };
}
