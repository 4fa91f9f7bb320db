import type { Meeting, Role } from '@waterbus/client';

/**
 * Why a participant with this role may not write; undefined when it may, or while that is not
 * known: the server decides.
 */
export function whyNoChat(
  meeting: Pick<Meeting, 'settings' | 'archivedAt'> | undefined,
  role: Role,
): string | undefined {
  if (meeting?.archivedAt) return 'The meeting is archived.';
  switch (meeting?.settings.chat) {
    case 'members':
      return role === 'guest' ? 'Only members of this meeting may write.' : undefined;
    case 'moderators':
      return role === 'guest' || role === 'member' ? 'Only host and moderators may write.' : undefined;
    default:
      return undefined;
  }
}
