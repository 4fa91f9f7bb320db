import type { Meeting, Role } from '@waterbus/client';

/** Whether the meeting permits private messages between these roles. Earlier servers have none. */
export function mayWritePrivately(meeting: Meeting | undefined, one: Role, other: Role): boolean {
  const moderates = (role: Role) => role === 'host' || role === 'moderator';
  switch (meeting?.settings.privateMessages) {
    case 'everyone':
      return true;
    case 'members':
      return one !== 'guest' && other !== 'guest';
    case 'moderators':
      return moderates(one) || moderates(other);
    default:
      return false;
  }
}
