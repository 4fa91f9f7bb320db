import { CodedError, type createPollRequestSchema, MOST_OPEN_POLLS, MOST_POLLS, type Poll } from '@waterbus/protocol';
import { and, count, eq, isNull, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { changeMeeting } from '../access/change-meeting.js';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { type PollRow, polls, pollVotes } from '../database/schema.js';
import { authorOf, senderOf } from '../messages/author.js';
import type { ApiParts } from '../parts.js';
import { findPoll, readPoll } from './reading.js';
import { shownPoll } from './shown-poll.js';

type Parts = Pick<ApiParts, 'queries' | 'options' | 'live' | 'clock' | 'limits'>;

/** Opens a poll at once. Rejects with `limit.reached` or a `RateLimitedError`. */
export async function createPoll(
  parts: Parts,
  request: FastifyRequest,
  { question, choices, multiple, anonymous, resultsFrom }: z.output<typeof createPollRequestSchema>,
): Promise<Poll> {
  const { queries, live, clock, limits } = parts;
  const meetingId = request.access.meeting.id;
  await limits.countBy('poll', meetingId);
  const author = await pollAuthor(queries, request.principal);
  const poll = await changeMeeting(parts, request, 'createPoll', async (transaction) => {
    await checkRoom(transaction, meetingId);
    const [row] = await transaction
      .insert(polls)
      .values({
        ...{ meetingId, question, choices, multiple, anonymous, resultsFrom },
        ...author,
        createdAt: new Date(clock.date()),
      })
      .returning();
    if (!row) throw new Error('no poll');
    return shownPoll({ poll: row, voters: 0, results: [] });
  });
  await live.publish(meetingId, { type: 'poll.created', poll });
  return { ...poll, ownVote: null };
}

/**
 * Ends the votes. A repetition changes nothing. Moderators close all polls, authors their own. The
 * server forgets the voters of an anonymous poll.
 */
export async function closePoll(parts: Parts, request: FastifyRequest, pollId: string): Promise<Poll> {
  const { queries, live, clock } = parts;
  const { access, principal } = request;
  const closed = await changeMeeting(parts, request, 'closePoll', async (transaction, now) => {
    await checkMayManage(transaction, now, principal, pollId);
    const [row] = await transaction
      .update(polls)
      .set({ closedAt: new Date(clock.date()), version: sql`${polls.version} + 1` })
      .where(and(eq(polls.id, pollId), isNull(polls.closedAt)))
      .returning({ anonymous: polls.anonymous });
    if (row?.anonymous) {
      await transaction
        .update(pollVotes)
        .set({ voter: sql`${pollVotes.id}::text`, voterKey: null })
        .where(eq(pollVotes.pollId, pollId));
    }
    return row !== undefined;
  });
  if (closed) {
    const poll = shownPoll(await findPoll(queries, access.meeting.id, pollId));
    await live.publish(access.meeting.id, { type: 'poll.updated', poll });
  }
  return readPoll(parts, access, principal, pollId);
}

/** With its votes. Moderators delete all polls, authors their own. */
export async function deletePoll(parts: Parts, request: FastifyRequest, pollId: string): Promise<void> {
  const meetingId = request.access.meeting.id;
  await changeMeeting(parts, request, 'deletePoll', async (transaction, now) => {
    await checkMayManage(transaction, now, request.principal, pollId);
    await transaction.delete(polls).where(eq(polls.id, pollId));
  });
  await parts.live.publish(meetingId, { type: 'poll.deleted', pollId });
}

async function pollAuthor(
  queries: Queries,
  principal: Principal,
): Promise<Pick<PollRow, 'userId' | 'participantId' | 'authorName'>> {
  if (senderOf(principal) === undefined) return { userId: null, participantId: null, authorName: null };
  const { userId, participantId, authorName } = await authorOf(queries, principal);
  return { userId, participantId, authorName };
}

/** The meeting is locked: polls are counted one after the other. */
async function checkRoom(transaction: Queries, meetingId: string): Promise<void> {
  const [row] = await transaction
    .select({ all: count(), open: sql<number>`(count(*) filter (where ${polls.closedAt} is null))::integer` })
    .from(polls)
    .where(eq(polls.meetingId, meetingId));
  if ((row?.all ?? 0) >= MOST_POLLS) throw new CodedError('limit.reached', `${MOST_POLLS} polls`);
  if ((row?.open ?? 0) >= MOST_OPEN_POLLS) throw new CodedError('limit.reached', `${MOST_OPEN_POLLS} open polls`);
}

/** Rejects with `poll.not_found`, or with `permission.denied` for the poll of another person. */
async function checkMayManage(
  transaction: Queries,
  { meeting, standing }: MeetingAccess,
  principal: Principal,
  pollId: string,
): Promise<void> {
  const [poll] = await transaction
    .select({ userId: polls.userId, participantId: polls.participantId })
    .from(polls)
    .where(and(eq(polls.id, pollId), eq(polls.meetingId, meeting.id)))
    .for('no key update');
  if (!poll) throw new CodedError('poll.not_found');
  if (standing !== 'member' && standing !== 'guest') return;
  if ((poll.userId ?? poll.participantId) !== senderOf(principal)) throw new CodedError('permission.denied');
}
