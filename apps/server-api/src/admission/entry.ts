import { CodedError, type Role } from '@waterbus/protocol';
import type { MeetingAccess } from '../access/standing.js';
import { settingsOf } from '../meeting/settings.js';
import type { Proof } from './proof.js';

/**
 * The conditions under which a person may join. `member`: neither password nor lock nor waiting
 * room apply.
 */
export interface Entry {
  role: Role;
  waits: boolean;
}

/** M1. Rejects with the reason of the refusal. */
export function entryOf({ meeting, standing, member }: MeetingAccess, proof: Proof): Entry {
  const hostToken = meeting.hostTokenHash !== null && proof.hostTokenHash === meeting.hostTokenHash;
  if (hostToken || standing === 'host-token') return { role: 'host', waits: false };
  if (member?.state === 'joined') return { role: member.role, waits: false };
  if (settingsOf(meeting).access === 'members')
    throw new CodedError('permission.denied', 'This meeting is for members');
  if (meeting.passwordHash !== null && proof.passwordHash !== meeting.passwordHash) {
    throw new CodedError(proof.passwordHash ? 'meeting.wrong_password' : 'meeting.password_required');
  }
  if (meeting.locked) throw new CodedError('meeting.locked');
  return { role: 'guest', waits: meeting.waitingRoom };
}
