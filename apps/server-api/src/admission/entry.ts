import { CodedError, type JoinMeetingRequest, type Role } from '@waterbus/protocol';
import type { Device } from '../access/known-devices.js';
import { verifyPassword } from '../access/password.js';
import { secretMatches } from '../access/secrets.js';
import type { MeetingAccess } from '../access/standing.js';
import type { MeetingRow } from '../database/schema.js';
import type { RequestLimits } from '../limits/limits.js';
import { readMeetingCode } from '../meeting/meeting-code.js';
import { settingsOf } from '../meeting/settings.js';
import type { Former } from './former-presence.js';
import type { SentBack } from './sent-back.js';

/**
 * The secrets that a person has proven: the matched hashes, since either may change before their
 * use.
 */
export interface Proof {
  hostTokenHash?: string | null;
  passwordHash?: string | null;
}

interface Attempt {
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
export async function proofOf({ meeting, standing, member }: MeetingAccess, attempt: Attempt): Promise<Proof> {
  const { hostToken, password } = attempt.request;
  if (hostToken !== undefined) {
    if (await hostTokenMatches(meeting, hostToken, attempt)) return { hostTokenHash: meeting.hostTokenHash };
    throw new CodedError('token.invalid', 'This is not the host token of the meeting');
  }
  const needed = meeting.passwordHash !== null && standing !== 'host-token' && member?.state !== 'joined';
  if (!needed || !password) return {};
  if (await passwordMatches(meeting, password, attempt)) return { passwordHash: meeting.passwordHash };
  throw new CodedError('meeting.wrong_password');
}

/**
 * M2: takes the time of a wrong secret at a visible meeting. Returns the asker's access after all
 * when the secret is the host token.
 */
export async function proofOfUnseen(
  access: MeetingAccess | undefined,
  attempt: Attempt,
): Promise<MeetingAccess | undefined> {
  const { hostToken, password } = attempt.request;
  if (hostToken !== undefined) {
    const right = await hostTokenMatches(access?.meeting, hostToken, attempt);
    return right && access ? { ...access, standing: 'host-token' } : undefined;
  }
  if (password) await passwordMatches(undefined, password, attempt);
  return undefined;
}

/** The conditions of a join. Members need no password, and neither lock nor waiting room applies. */
export interface Entry {
  role: Role;
  waits: boolean;
}

/**
 * M1: the conditions for an asker with this access, which `accessWith` found with the meeting
 * locked. `former`: the asker is in the call already, or was a moment ago, and was admitted then.
 * `guest`: the asker holds an invitation of a guest, which stands for the password. Rejects with
 * the reason of the refusal.
 */
export function entryOf(
  { meeting, standing, member }: MeetingAccess,
  proof: Proof,
  sentBack: SentBack,
  { former, guest }: { former?: Pick<Former, 'passwordHash'> | undefined; guest?: { waits: boolean } | undefined },
): Entry {
  if (standing === 'host-token') return { role: 'host', waits: false };
  if (member?.state === 'joined') return { role: member.role, waits: waits(member.role, sentBack) };
  if (settingsOf(meeting).access === 'members')
    throw new CodedError('permission.denied', 'This meeting is for members');
  const shown = [proof.passwordHash, former?.passwordHash];
  if (meeting.passwordHash !== null && !guest && !shown.includes(meeting.passwordHash)) {
    throw new CodedError(proof.passwordHash ? 'meeting.wrong_password' : 'meeting.password_required');
  }
  if (meeting.locked && !former) throw new CodedError('meeting.locked');
  const knocks = meeting.waitingRoom && !former && guest?.waits !== false;
  return { role: 'guest', waits: knocks || waits('guest', sentBack) };
}

/**
 * Whether a person who was sent to the waiting room, and not admitted since, waits: with or without
 * a waiting room of the meeting, members too. Signing in or out does not evade it: guests wait by
 * network as well. M3: nobody sends the host there.
 */
export function waits(role: Role, { userSentBack, networkSentBack }: SentBack): boolean {
  return role !== 'host' && (userSentBack || (role === 'guest' && networkSentBack));
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
async function hostTokenMatches(
  meeting: MeetingRow | undefined,
  hostToken: string,
  attempt: Attempt,
): Promise<boolean> {
  if (secretMatches(hostToken, meeting?.hostTokenHash)) return true;
  await attempt.limits.attempt(attempt.address, target(attempt));
  return false;
}

async function passwordMatches(meeting: MeetingRow | undefined, password: string, attempt: Attempt): Promise<boolean> {
  const known = await attempt.device.knows(target(attempt), meeting?.passwordHash);
  const right = await attempt.limits.attempt(attempt.address, target(attempt), known);
  if (!(await verifyPassword(meeting?.passwordHash ?? undefined, password, attempt.address))) return false;
  await right();
  if (meeting?.passwordHash) await attempt.device.remember(target(attempt), meeting.passwordHash);
  return true;
}

/** An invalid code counts like a code without a meeting. */
function target(attempt: Attempt): string {
  return readMeetingCode(attempt.code) ?? 'malformed';
}
