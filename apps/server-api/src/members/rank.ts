import { CodedError, type MemberRole } from '@waterbus/protocol';
import type { Standing } from '../access/standing.js';

/**
 * Whether somebody with this standing, who may decide about members, may decide about one with this role: moderators not about
 * moderators, and nobody about the host (M3).
 */
export function checkRank(standing: Standing, role: MemberRole): void {
  if (role === 'host') throw new CodedError('member.is_host');
  if (role === 'moderator' && standing === 'moderator') throw new CodedError('permission.denied');
}

/** Whose addresses were invited is shown to those who may invite. */
export function seesAddresses(standing: Standing): boolean {
  return standing === 'host' || standing === 'moderator' || standing === 'host-token' || standing === 'key';
}
