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
import { findAccess, type MeetingAccess } from '../access/standing.js';
import { stillCounts } from '../access/still-counts.js';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow, users } from '../database/schema.js';
import { network } from '../limits/network.js';
import { lockMeeting } from '../meetings/change-meeting.js';
import { shownMeeting } from '../meetings/shown-meeting.js';
import { checkGuest } from '../offer/opening.js';
import { mustWait } from '../participants/must-wait.js';
import type { ApiParts } from '../parts.js';
import { type Entry, entryOf } from './entry.js';
import { issueJoinToken } from './issue-join-token.js';
import { type Proof, proofOf } from './proof.js';
import { announceWaiting, countWaiting, newAdmissionToken } from './waiting.js';

/** Lets somebody in or has them wait (M1). */
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
    const access = await accessNow(transaction, request, proof);
    await stillCounts(transaction, request.principal);
    const joiner = {
      name,
      userId: userIdOf(request.principal) ?? null,
      network: network(request.ip),
      ...entryOf(access, proof),
    };
    return joiner.waits || (await mustWait(transaction, access.meeting, joiner))
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

/** While the meeting is locked against changes: nobody comes in by what held a moment ago. */
async function accessNow(transaction: Queries, request: FastifyRequest, proof: Proof): Promise<MeetingAccess> {
  const { meeting } = request.access;
  await lockMeeting(transaction, meeting.id, 'share');
  const access = await findAccess(transaction, meeting.code, request.principal, network(request.ip));
  const host = access && proof.hostTokenHash && proof.hostTokenHash === access.meeting.hostTokenHash;
  return permitted(host ? { ...access, standing: 'host-token' } : access, 'join', request.principal);
}

interface Joiner extends Entry {
  name: string;
  userId: string | null;
  network: string;
}

async function letIn(
  parts: ApiParts,
  transaction: Queries,
  meeting: MeetingRow,
  { name, role, userId, network }: Joiner,
): Promise<JoinMeetingResponse> {
  const avatarId = await avatarOf(transaction, userId);
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
  const admissionToken = await newAdmissionToken(parts, id, meeting.id);
  return { status: 'waiting', admissionToken, participantId: id, meeting: shownMeeting(meeting) };
}

export async function avatarOf(queries: Pick<Queries, 'select'>, userId: string | null): Promise<string | null> {
  if (userId === null) return null;
  const [user] = await queries.select({ avatarId: users.avatarId }).from(users).where(eq(users.id, userId));
  return user?.avatarId ?? null;
}
