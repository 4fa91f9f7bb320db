import { CodedError, type Page, type PageQuery, type Poll } from '@waterbus/protocol';
import { and, desc, eq, gte, inArray, isNull, or, type SQL } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { admissions, participants, polls, pollVotes } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { senderOf } from '../messages/author.js';
import type { ApiParts } from '../parts.js';
import { type CountedPoll, countedPoll, shownPoll } from './shown-poll.js';
import { voterHash } from './voter.js';

type Parts = Pick<ApiParts, 'queries' | 'options'>;

/**
 * The newest first, with the own votes. Guests: open ones, and those that were closed since they
 * joined.
 */
export async function listPolls(
  parts: Parts,
  access: MeetingAccess,
  principal: Principal,
  { cursor, limit }: PageQuery,
): Promise<Page<Poll>> {
  const after = beyond(cursor, { at: polls.createdAt, id: polls.id }, 'descending');
  const visible = await visibleTo(parts.queries, access, principal);
  const rows = await parts.queries
    .select(countedPoll)
    .from(polls)
    .where(and(eq(polls.meetingId, access.meeting.id), visible, after))
    .orderBy(desc(polls.createdAt), desc(polls.id))
    .limit(limit + 1);
  const own = await ownVotes(
    parts,
    principal,
    rows.map(({ poll }) => poll.id),
  );
  return pageOfRows(
    rows,
    limit,
    ({ poll }) => ({ at: poll.createdAt, id: poll.id }),
    (row) => ({ ...shownPoll(row), ownVote: own.get(row.poll.id) ?? null }),
  );
}

/** All of them, the oldest first, for a file. */
export async function allPolls(queries: Queries, meetingId: string): Promise<CountedPoll[]> {
  const rows = await queries
    .select(countedPoll)
    .from(polls)
    .where(eq(polls.meetingId, meetingId))
    .orderBy(desc(polls.createdAt), desc(polls.id));
  return rows.reverse();
}

/** One poll as the asker sees it. Rejects with `poll.not_found`. */
export async function readPoll(
  parts: Parts,
  access: MeetingAccess,
  principal: Principal,
  pollId: string,
): Promise<Poll> {
  const poll = shownPoll(await findPoll(parts.queries, access.meeting.id, pollId));
  const own = await ownVotes(parts, principal, [pollId]);
  return { ...poll, ownVote: own.get(pollId) ?? null };
}

/** Rejects with `poll.not_found`. */
export async function findPoll(queries: Queries, meetingId: string, pollId: string): Promise<CountedPoll> {
  const [row] = await queries
    .select(countedPoll)
    .from(polls)
    .where(and(eq(polls.id, pollId), eq(polls.meetingId, meetingId)));
  if (!row) throw new CodedError('poll.not_found');
  return row;
}

async function ownVotes(
  { queries, options }: Parts,
  principal: Principal,
  pollIds: string[],
): Promise<Map<string, number[]>> {
  const sender = senderOf(principal);
  if (sender === undefined || pollIds.length === 0) return new Map();
  const hashes = pollIds.map((pollId) => voterHash(options, pollId, sender));
  const rows = await queries
    .select({ pollId: pollVotes.pollId, choices: pollVotes.choices })
    .from(pollVotes)
    .where(and(inArray(pollVotes.pollId, pollIds), inArray(pollVotes.voter, hashes)));
  return new Map(rows.map(({ pollId, choices }) => [pollId, choices]));
}

async function visibleTo(
  queries: Queries,
  { standing }: MeetingAccess,
  principal: Principal,
): Promise<SQL | undefined> {
  if (standing !== 'guest' || principal.type !== 'participant') return undefined;
  const [row] = await queries
    .select({ requestedAt: admissions.createdAt, joinedAt: participants.joinedAt })
    .from(admissions)
    .leftJoin(participants, eq(participants.id, admissions.id))
    .where(eq(admissions.id, principal.participantId));
  if (!row) throw new CodedError('token.invalid');
  return or(isNull(polls.closedAt), gte(polls.closedAt, row.joinedAt ?? row.requestedAt));
}
