import { CodedError, type JoinMeetingRequest } from '@waterbus/protocol';
import type { Device } from '../access/known-devices.js';
import { verifyPassword } from '../access/password.js';
import { secretMatches } from '../access/secrets.js';
import type { MeetingAccess } from '../access/standing.js';
import type { MeetingRow } from '../database/schema.js';
import type { RequestLimits } from '../limits/limits.js';
import { readMeetingCode } from '../meeting/meeting-code.js';

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
