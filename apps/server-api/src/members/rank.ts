import { CodedError, type MemberRole } from '@waterbus/protocol';
import type { Standing } from '../access/standing.js';

/**
 * Checks that this standing may change a member with this role: moderators no moderators, and
 * nobody the host (M3).
 */
export function checkRank(standing: Standing, role: MemberRole): void {
  if (role === 'host') throw new CodedError('member.is_host');
  if (role === 'moderator' && standing === 'moderator') throw new CodedError('permission.denied');
}

/** Invited addresses are visible to those who may invite. */
export function seesAddresses(standing: Standing): boolean {
  return standing === 'host' || standing === 'moderator' || standing === 'host-token' || standing === 'key';
}
