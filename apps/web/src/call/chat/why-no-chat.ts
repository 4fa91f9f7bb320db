import { t } from '@lingui/core/macro';
import type { Meeting, Role } from '@waterbus/client';

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
