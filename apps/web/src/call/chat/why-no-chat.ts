import { t } from '@lingui/core/macro';
import type { Meeting, Role } from '@waterbus/client';
import { idOf, type Mentionable } from '@waterbus/react';

/**
 * Why a participant with this role may not write; undefined when it may, or while that is not
 * known: the server decides.
 */
export function whyNoChat(
  meeting: Pick<Meeting, 'settings' | 'archivedAt'> | undefined,
  role: Role,
): string | undefined {
  if (meeting?.archivedAt) return t`The meeting is archived.`;
  switch (meeting?.settings.chat) {
    case 'members':
      return role === 'guest' ? t`Only members of this meeting may write.` : undefined;
    case 'moderators':
      return role === 'guest' || role === 'member' ? t`Only host and moderators may write.` : undefined;
    default:
      return undefined;
  }
}

/**
 * Why no private message to this person can be sent; undefined when it can, or while that is not
 * known. `partners`: those in the call or the meeting to whom it can.
 */
export function whyNotPrivately(
  meeting: Meeting | undefined,
  to: Mentionable,
  partners: readonly Mentionable[],
): string | undefined {
  if (meeting?.archivedAt) return t`The meeting is archived.`;
  if (meeting && (meeting.settings.privateMessages ?? 'nobody') === 'nobody')
    return t`Private messages are turned off in this meeting.`;
  const gone = 'participantId' in to && !partners.some((one) => idOf(one) === idOf(to));
  return gone ? t`${{ name: to.name }} has left or cannot get private messages from you.` : undefined;
}
