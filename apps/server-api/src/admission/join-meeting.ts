import { randomUUID } from 'node:crypto';
import { ROOM_CAPACITY } from '@waterbus/cluster';
import {
  CodedError,
  type JoinMeetingRequest,
  type JoinMeetingResponse,
  type Role,
  type WaitingResponse,
} from '@waterbus/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { permitted } from '../access/guard.js';
import { userIdOf } from '../access/principal.js';
import { accessStatement, readAccess } from '../access/standing.js';
import { stillCounts } from '../access/still-counts.js';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow } from '../database/schema.js';
import { network } from '../limits/network.js';
import { findBreakouts, openOnes, shownBreakouts } from '../live/open-breakouts.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import { checkGuest } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import { admit, checkCapacity } from './admit.js';
import { formerRoom, presentRoom } from './breakout-token.js';
import { accessWith, entryOf, type Proof, proofOf } from './entry.js';
import { formerPresence } from './former-presence.js';
import { guestInvitationBy } from './guest-invitation.js';
import { type SentBack, sentBackColumns } from './sent-back.js';
import { countWaiting, newAdmissionToken, publishWaiting } from './waiting.js';

/** Admits a person or makes them wait (M1). */
export async function joinMeeting(
  parts: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, replaces, returnToken, breakoutToken, invitationToken, ...secrets }: JoinMeetingRequest,
): Promise<JoinMeetingResponse | WaitingResponse> {
  const attempt = {
    request: secrets,
    code: request.access.meeting.code,
    address: request.ip,
    limits: parts.limits,
    device: parts.devices.of(request, reply),
  };
  const proof = await proofOf(request.access, attempt);
  checkGuest(parts, request, proof.hostTokenHash !== undefined);
  const meetingId = request.access.meeting.id;
  await checkCapacity(parts, meetingId);
  const answer = await parts.queries.transaction(async (transaction) => {
    const from = { userId: userIdOf(request.principal) ?? null, network: network(request.ip) };
    const { access, sentBack } = await stateNow(transaction, request, proof, from);
    const claim = { replaces, returnToken };
    const former = await formerPresence(parts, transaction, access.meeting, claim, from.userId);
    const guest = await guestInvitationBy(parts, transaction, access.meeting.id, invitationToken);
    const entry = entryOf(access, proof, sentBack, { former, guest });
    const joiner = { name, ...from, role: entry.role, mayReturn: true, ...(former && { replaces: former.replaces }) };
    if (entry.waits) return wait(parts, transaction, access.meeting, joiner);
    // The other device may be in a breakout room: the call moves there.
    const room =
      (await presentRoom(parts, transaction, meetingId, former?.replaces ?? [])) ??
      (await formerRoom(parts, transaction, { token: breakoutToken, meetingId, userId: from.userId }));
    return admit(parts, transaction, access.meeting, { ...joiner, breakoutId: room?.assigned ?? null }, room?.was);
  });
  if (answer.status === 'admitted') return withBreakouts(parts, meetingId, answer);
  await publishWaiting(parts, meetingId);
  return answer;
}

/** A late comer learns of the rooms that are open. */
async function withBreakouts(
  { queries, clock }: ApiParts,
  meetingId: string,
  answer: JoinMeetingResponse,
): Promise<JoinMeetingResponse> {
  const now = clock.date();
  const row = openOnes(await findBreakouts(queries, meetingId), now);
  return row ? { ...answer, breakouts: shownBreakouts(row, now) } : answer;
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
  const [, found] = await Promise.all([
    lockMeeting(transaction, meeting.id, 'share'),
    readAccess(joinState, transaction, meeting.code, request.principal, from.network),
    stillCounts(transaction, request.principal),
  ]);
  const access = permitted(accessWith(proof, found?.access), 'join', request.principal);
  return { access, sentBack: found?.row ?? NEVER_SENT_BACK };
}

const joinState = accessStatement<SentBack>(sentBackColumns);

/** Of a person that is refused, because there is no meeting. */
const NEVER_SENT_BACK: SentBack = { userSentBack: false, networkSentBack: false };

async function wait(
  parts: ApiParts,
  transaction: Queries,
  meeting: MeetingRow,
  { name, role, userId, network }: { name: string; role: Role; userId: string | null; network: string },
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
