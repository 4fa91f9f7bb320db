import { CodedError, type JoinMeetingRequest, type Role } from '@waterbus/protocol';
import type { Device } from '../access/known-devices.js';
import { verifyPassword } from '../access/password.js';
import { secretMatches } from '../access/secrets.js';
import type { MeetingAccess } from '../access/standing.js';
import type { MeetingRow } from '../database/schema.js';
import type { RequestLimits } from '../limits/limits.js';
import { readMeetingCode } from '../meeting/meeting-code.js';
import { settingsOf } from '../meeting/settings.js';

/**
 * The secrets that a person has proven: the matched hashes, since either may change before their
 * use.
 */
export interface Proof {
  hostTokenHash?: string | null;
  passwordHash?: string | null;
}

interface Asked {
  request: Pick<JoinMeetingRequest, 'hostToken' | 'password'>;
  /** Of the meeting, as typed. */
  code: string;
  /** Of the asker, for the limits. */
  address: string;
  limits: RequestLimits;
  device: Device;
}

/**
 * M1: a wrong secret is counted and limited. Rejects with `token.invalid` or
 * `meeting.wrong_password`.
 */
export async function proofOf({ meeting, standing, member }: MeetingAccess, asked: Asked): Promise<Proof> {
  const { hostToken, password } = asked.request;
  if (hostToken !== undefined) {
    if (await hostTokenMatches(meeting, hostToken, asked)) return { hostTokenHash: meeting.hostTokenHash };
    throw new CodedError('token.invalid', 'This is not the host token of the meeting');
  }
  const needed = meeting.passwordHash !== null && standing !== 'host-token' && member?.state !== 'joined';
  if (!needed || !password) return {};
  if (await passwordMatches(meeting, password, asked)) return { passwordHash: meeting.passwordHash };
  throw new CodedError('meeting.wrong_password');
}

/**
 * M2: takes the time of a wrong secret at a visible meeting. Returns the asker's access after all
 * when the secret is the host token.
 */
export async function proofOfUnseen(
  access: MeetingAccess | undefined,
  asked: Asked,
): Promise<MeetingAccess | undefined> {
  const { hostToken, password } = asked.request;
  if (hostToken !== undefined) {
    const right = await hostTokenMatches(access?.meeting, hostToken, asked);
    return right && access ? { ...access, standing: 'host-token' } : undefined;
  }
  if (password) await passwordMatches(undefined, password, asked);
  return undefined;
}

/** The conditions of a join. Members need no password, and neither lock nor waiting room applies. */
export interface Entry {
  role: Role;
  waits: boolean;
}

/**
 * M1: the conditions for an asker with this access, which `accessWith` found with the meeting
 * locked. Rejects with the reason of the refusal.
 */
export function entryOf({ meeting, standing, member }: MeetingAccess, proof: Proof): Entry {
  if (standing === 'host-token') return { role: 'host', waits: false };
  if (member?.state === 'joined') return { role: member.role, waits: false };
  if (settingsOf(meeting).access === 'members')
    throw new CodedError('permission.denied', 'This meeting is for members');
  if (meeting.passwordHash !== null && proof.passwordHash !== meeting.passwordHash) {
    throw new CodedError(proof.passwordHash ? 'meeting.wrong_password' : 'meeting.password_required');
  }
  if (meeting.locked) throw new CodedError('meeting.locked');
  return { role: 'guest', waits: meeting.waitingRoom };
}

/** The access of an asker with this proof. The host token may have changed since. */
export function accessWith(proof: Proof, found: MeetingAccess | undefined): MeetingAccess | undefined {
  const host = found && proof.hostTokenHash && proof.hostTokenHash === found.meeting.hostTokenHash;
  return host ? { ...found, standing: 'host-token' } : found;
}

/**
 * A host token has 256 random bits and cannot be guessed: wrong ones of others do not block the
 * right one.
 */
async function hostTokenMatches(meeting: MeetingRow | undefined, hostToken: string, asked: Asked): Promise<boolean> {
  if (secretMatches(hostToken, meeting?.hostTokenHash)) return true;
  await asked.limits.attempt(asked.address, target(asked));
  return false;
}

async function passwordMatches(meeting: MeetingRow | undefined, password: string, asked: Asked): Promise<boolean> {
  const known = await asked.device.knows(target(asked), meeting?.passwordHash);
  const right = await asked.limits.attempt(asked.address, target(asked), known);
  if (!(await verifyPassword(meeting?.passwordHash ?? undefined, password, asked.address))) return false;
  await right();
  if (meeting?.passwordHash) await asked.device.remember(target(asked), meeting.passwordHash);
  return true;
}

/** An invalid code counts like a code without a meeting. */
function target(asked: Asked): string {
  return readMeetingCode(asked.code) ?? 'malformed';
}
