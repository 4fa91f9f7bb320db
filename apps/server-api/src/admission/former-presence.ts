import { createHash } from 'node:crypto';
import { CodedError, type JoinMeetingRequest, MAX_REPLACED, type OwnParticipant } from '@waterbus/protocol';
import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow, participants } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/**
 * Proof that a joiner is, or was a moment ago, in the call: a participant of the same account on
 * another device, or the return token of a guest. Such a joiner was admitted already.
 */
export interface Former {
  /** The meeting's, if it still has the password that admitted the former participant. */
  passwordHash: string | null;
  /** Participants that the new one replaces. */
  replaces: string[];
}

type Claim = Pick<JoinMeetingRequest, 'replaces' | 'returnToken'>;

/**
 * The former presence that the request claims and that counts now; undefined: none. `transaction`
 * has the meeting locked: a moderator who removes the former participant comes before or after.
 */
export async function formerPresence(
  parts: Pick<ApiParts, 'clock' | 'live' | 'tokens'>,
  transaction: Pick<Queries, '_' | 'select'>,
  meeting: MeetingRow,
  { replaces, returnToken }: Claim,
  userId: string | null,
): Promise<Former | undefined> {
  if (replaces?.length && userId !== null) {
    const own = await presentOf(parts, transaction, meeting.id, userId, replaces);
    if (own.length > 0) return { passwordHash: meeting.passwordHash, replaces: own.map(({ id }) => id) };
  }
  const returning = returnToken === undefined ? undefined : readReturnToken(parts, returnToken);
  if (returning?.meetingId !== meeting.id) return undefined;
  if (!(await countsYet(parts, transaction, meeting.id, returning.participantId, userId))) return undefined;
  const same = returning.password === digestOf(meeting);
  return { passwordHash: same ? meeting.passwordHash : null, replaces: [] };
}

/** The user's participants in the call now, the last to join first, without hidden ones. */
export async function ownParticipants(
  parts: Pick<ApiParts, 'queries' | 'live'>,
  meetingId: string,
  userId: string | undefined,
): Promise<OwnParticipant[]> {
  if (userId === undefined) return [];
  const shown = (await parts.live.rooms(meetingId)).flatMap(({ participants }) => participants);
  if (shown.length === 0) return [];
  const ids = shown.map(({ id }) => id);
  const own = new Set((await presentOf(parts, parts.queries, meetingId, userId, ids)).map(({ id }) => id));
  return shown
    .filter(({ id }) => own.has(id))
    .sort((a, b) => b.joinedAt - a.joinedAt)
    .slice(0, MAX_REPLACED)
    .map(({ id, name, joinedAt }) => ({ id, name, joinedAt }));
}

/**
 * For a guest who was admitted. It counts for the same account, or for none as before, until two
 * minutes after the participant has left, and no longer than a day.
 */
export function newReturnToken(
  parts: Pick<ApiParts, 'tokens'>,
  meeting: Pick<MeetingRow, 'id' | 'passwordHash'>,
  participantId: string,
): string {
  const claims = { sub: participantId, meetingId: meeting.id, password: digestOf(meeting) };
  return parts.tokens.sign(RETURN_AUDIENCE, claims, RETURN_LIFETIME);
}

function readReturnToken(parts: Pick<ApiParts, 'tokens'>, token: string) {
  try {
    const { sub, meetingId, password } = parts.tokens.read(token, RETURN_AUDIENCE);
    return { participantId: String(sub), meetingId: String(meetingId), password: String(password) };
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/** Those of `ids` that are admitted participants of the user, and have a place in the call. */
async function presentOf(
  { live }: Pick<ApiParts, 'live'>,
  queries: Pick<Queries, '_' | 'select'>,
  meetingId: string,
  userId: string,
  ids: string[],
): Promise<{ id: string }[]> {
  const present = new Set(await live.participantIds(meetingId, queries));
  const asked = ids.filter((id) => present.has(id));
  if (asked.length === 0) return [];
  return queries
    .select({ id: admissions.id })
    .from(admissions)
    .where(and(admittedIn(meetingId), eq(admissions.userId, userId), inArray(admissions.id, asked)))
    .orderBy(desc(admissions.createdAt))
    .limit(MAX_REPLACED);
}

/** Whether the participant is in the call, or left it within the time of a return. */
async function countsYet(
  { live, clock }: Pick<ApiParts, 'live' | 'clock'>,
  queries: Pick<Queries, '_' | 'select'>,
  meetingId: string,
  participantId: string,
  userId: string | null,
): Promise<boolean> {
  const sameUser = userId === null ? isNull(admissions.userId) : eq(admissions.userId, userId);
  const [row] = await queries
    .select({ createdAt: admissions.createdAt, joinedAt: participants.joinedAt, leftAt: participants.leftAt })
    .from(admissions)
    .leftJoin(participants, eq(participants.id, admissions.id))
    .where(and(admittedIn(meetingId), eq(admissions.id, participantId), sameUser));
  if (!row) return false;
  const now = clock.date();
  // A leave that is not recorded yet has just happened; a join that is not, happened after admission.
  const seen = row.leftAt ?? (row.joinedAt ? new Date(now) : row.createdAt);
  if (now - seen.getTime() <= RETURN_TIME) return true;
  return (await live.participantIds(meetingId, queries)).includes(participantId);
}

function admittedIn(meetingId: string) {
  return and(eq(admissions.meetingId, meetingId), eq(admissions.state, 'admitted'));
}

/** Changes with the password: another one has to be shown again. */
function digestOf({ id, passwordHash }: Pick<MeetingRow, 'id' | 'passwordHash'>): string {
  return createHash('sha256')
    .update(`${id} ${passwordHash ?? ''}`)
    .digest('base64url')
    .slice(0, 16);
}

const RETURN_AUDIENCE = 'waterbus:return';

/** Seconds: a day of one call, as of a resume token. */
const RETURN_LIFETIME = 86_400;

/** Milliseconds from leaving to returning: a reload on a slow network, and a restart of a browser. */
const RETURN_TIME = 120_000;
