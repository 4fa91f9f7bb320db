import { CodedError, type Poll, type VotePollRequest } from '@waterbus/protocol';
import { and, eq, isNull, ne, or, sql } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { meetings, type PollRow, polls, pollVotes } from '../database/schema.js';
import { type Author, authorOf } from '../messages/author.js';
import type { ApiParts } from '../parts.js';
import type { PollAnnouncer } from './announcing.js';
import { readPoll } from './reading.js';
import { voterHash } from './voter.js';

type Parts = Pick<ApiParts, 'queries' | 'options' | 'clock' | 'limits'> & { announcer: PollAnnouncer };

/**
 * Replaces the asker's vote; empty `chosen` withdraws it. Rejects with `poll.not_found`,
 * `poll.closed`, `request.invalid` (no such choice, or several where one is permitted),
 * `meeting.archived` (M4), or a `RateLimitedError`.
 */
export async function vote(
  parts: Parts,
  access: MeetingAccess,
  principal: Principal,
  pollId: string,
  { chosen, voterKey }: VotePollRequest,
): Promise<Poll> {
  const { queries, options, clock, limits, announcer } = parts;
  const author = await authorOf(queries, principal);
  await limits.countBy('vote', author.sender);
  const meetingId = access.meeting.id;
  // A user is the same person under any participant's id.
  const isKeyed = voterKey !== undefined && author.userId === null;
  const voter = {
    voter: voterHash(options, pollId, author.sender),
    voterKey: isKeyed ? voterHash(options, pollId, `key ${voterKey}`) : null,
  };
  await queries.transaction(async (transaction) => {
    const poll = await lockOpen(transaction, meetingId, pollId);
    checkChoices(poll, chosen);
    const about = { ...voter, ...personOf(poll, author), choices: [...chosen].sort((a, b) => a - b) };
    await replaceVote(transaction, pollId, about, poll.anonymous ? null : new Date(clock.date()));
    await transaction
      .update(polls)
      .set({ version: sql`${polls.version} + 1` })
      .where(eq(polls.id, pollId));
  });
  await announcer.voted(meetingId, pollId);
  return readPoll(parts, access, principal, pollId);
}

/** The poll stays locked: a close waits, or is visible here. So does an archive (M4). */
async function lockOpen(transaction: Queries, meetingId: string, pollId: string): Promise<PollRow> {
  const [open] = await transaction
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.id, meetingId), isNull(meetings.archivedAt)))
    .for('share');
  if (!open) throw new CodedError('meeting.archived');
  const [poll] = await transaction
    .select()
    .from(polls)
    .where(and(eq(polls.id, pollId), eq(polls.meetingId, meetingId)))
    .for('no key update');
  if (!poll) throw new CodedError('poll.not_found');
  if (poll.closedAt) throw new CodedError('poll.closed');
  return poll;
}

function checkChoices({ choices, multiple }: PollRow, chosen: readonly number[]): void {
  if (chosen.some((choice) => choice >= choices.length)) throw new CodedError('request.invalid', 'No such choice');
  if (!multiple && chosen.length > 1) throw new CodedError('request.invalid', 'The poll permits one choice');
}

function personOf(
  { anonymous }: PollRow,
  { userId, participantId, authorName }: Author,
): Pick<typeof pollVotes.$inferInsert, 'userId' | 'participantId' | 'name'> {
  return anonymous ? { userId: null, participantId: null, name: null } : { userId, participantId, name: authorName };
}

/**
 * One row for each voter: that of the participant, or of the same guest under an earlier id. When a
 * guest has both, the later one stays.
 */
async function replaceVote(
  transaction: Queries,
  pollId: string,
  about: Omit<typeof pollVotes.$inferInsert, 'id' | 'pollId' | 'createdAt'>,
  createdAt: Date | null,
): Promise<void> {
  const { voter, voterKey, choices } = about;
  const own = or(eq(pollVotes.voter, voter), voterKey ? eq(pollVotes.voterKey, voterKey) : undefined);
  const found = await transaction
    .select({ id: pollVotes.id, voter: pollVotes.voter, voterKey: pollVotes.voterKey })
    .from(pollVotes)
    .where(and(eq(pollVotes.pollId, pollId), own));
  const kept = choices.length > 0 ? (found.find((one) => one.voter === voter) ?? found[0]) : undefined;
  await transaction
    .delete(pollVotes)
    .where(and(eq(pollVotes.pollId, pollId), own, kept ? ne(pollVotes.id, kept.id) : undefined));
  if (choices.length === 0) return;
  if (kept) {
    const set = { ...about, voterKey: voterKey ?? kept.voterKey };
    await transaction.update(pollVotes).set(set).where(eq(pollVotes.id, kept.id));
  } else {
    await transaction.insert(pollVotes).values({ pollId, ...about, createdAt });
  }
}
