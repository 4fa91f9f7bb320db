import { randomUUID } from 'node:crypto';
import { ROOM_CAPACITY } from '@waterbus/cluster';
import {
  CodedError,
  type JoinMeetingRequest,
  type JoinMeetingResponse,
  type WaitingResponse,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { permitted } from '../access/guard.js';
import { userIdOf } from '../access/principal.js';
import { findAccess } from '../access/standing.js';
import { stillCounts } from '../access/still-counts.js';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow, users } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { network } from '../limits/network.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import { checkGuest } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import { type Entry, entryOf } from './entry.js';
import { issueJoinToken } from './issue-join-token.js';
import { sentBackBefore, waits } from './must-wait.js';
import { type Proof, proofOf } from './proof.js';
import { announceWaiting, countWaiting, newAdmissionToken } from './waiting.js';

/** Admits a person or makes them wait (M1). */
export async function joinMeeting(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, ...secrets }: JoinMeetingRequest,
): Promise<JoinMeetingResponse | WaitingResponse> {
  const asked = {
    request: secrets,
    code: request.access.meeting.code,
    address: request.ip,
    limits: parts.limits,
    device: parts.devices.of(request, reply),
  };
  const proof = await proofOf(request.access, asked);
  checkGuest(parts, request, proof.hostTokenHash !== undefined);
  await checkCapacity(parts, request.access.meeting.id);
  const answer = await parts.queries.transaction(async (transaction) => {
    const from = { userId: userIdOf(request.principal) ?? null, network: network(request.ip) };
    const { access, sentBack, avatarId } = await stateNow(transaction, request, proof, from);
    const joiner = { name, ...from, avatarId, ...entryOf(access, proof) };
    return joiner.waits || waits(joiner.role, sentBack)
      ? wait(parts, transaction, access.meeting, joiner)
      : letIn(parts, transaction, access.meeting, joiner);
  });
  if (answer.status === 'waiting') await announceWaiting(parts, request.access.meeting.id);
  return answer;
}

/** Rejects with `meeting.full`. */
export async function checkCapacity(parts: Pick<ApiParts, 'live'>, meetingId: string): Promise<void> {
  if ((await parts.live.participantIds(meetingId)).length >= ROOM_CAPACITY) throw new CodedError('meeting.full');
}

/**
 * With the meeting locked against changes: nobody joins by an outdated state. All statements are
 * sent at once, and PostgreSQL executes them in order: those after the lock read the locked state.
 */
async function stateNow(
  transaction: Queries,
  request: FastifyRequest,
  proof: Proof,
  from: { userId: string | null; network: string },
) {
  const { meeting } = request.access;
  const [, found, sentBack, avatarId] = await Promise.all([
    lockMeeting(transaction, meeting.id, 'share'),
    findAccess(transaction, meeting.code, request.principal, from.network),
    sentBackBefore(transaction, meeting, from),
    avatarOf(transaction, from.userId),
    stillCounts(transaction, request.principal),
  ]);
  const host = found && proof.hostTokenHash && proof.hostTokenHash === found.meeting.hostTokenHash;
  const access = permitted(host ? { ...found, standing: 'host-token' } : found, 'join', request.principal);
  return { access, sentBack, avatarId };
}

interface Joiner extends Entry {
  name: string;
  userId: string | null;
  network: string;
  avatarId: string | null;
}

async function letIn(
  parts: ApiParts,
  transaction: Queries,
  meeting: MeetingRow,
  { name, role, userId, network, avatarId }: Joiner,
): Promise<JoinMeetingResponse> {
  const issued = await issueJoinToken(parts, transaction, { meeting, name, role, userId, avatarId, network });
  return { status: 'admitted', ...issued, meeting: shownMeeting(meeting), signalling: parts.signallingOrigins };
}

async function wait(
  parts: ApiParts,
  transaction: Queries,
  meeting: MeetingRow,
  { name, role, userId, network }: Joiner,
): Promise<WaitingResponse> {
  const now = parts.clock.date();
  if ((await countWaiting(transaction, meeting.id, now)) >= ROOM_CAPACITY) throw new CodedError('meeting.full');
  const at = new Date(now);
  const id = randomUUID();
  await transaction
    .insert(admissions)
    .values({ id, meetingId: meeting.id, userId, name, role, network, state: 'waiting', seenAt: at, createdAt: at });
  const admissionToken = newAdmissionToken(parts, id, meeting.id);
  return { status: 'waiting', admissionToken, participantId: id, meeting: shownMeeting(meeting) };
}

export async function avatarOf(queries: Pick<Queries, '_'>, userId: string | null): Promise<string | null> {
  if (userId === null) return null;
  const [user] = await avatarOfUser(queries, { userId });
  return user?.avatarId ?? null;
}

const avatarOfUser = statement<{ userId: string }, { avatarId: string | null }[]>((queries, value) =>
  queries
    .select({ avatarId: users.avatarId })
    .from(users)
    .where(eq(users.id, value('userId'))),
);
