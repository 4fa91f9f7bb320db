import { MOST_NAMED_VOTERS, type Poll, type PollResult } from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import { type PollRow, polls, pollVotes } from '../database/schema.js';

/** A poll with its votes, of which choices without any are absent. */
export interface CountedPoll {
  poll: PollRow;
  voters: number;
  results: (PollResult & { choice: number })[];
}

/** The columns of a `CountedPoll`, from `polls`. */
export const countedPoll = {
  poll: polls,
  voters: sql<number>`(select count(*)::integer from ${pollVotes} v where v.poll_id = polls.id)`,
  results: sql<CountedPoll['results']>`(
    select coalesce(json_agg(json_build_object('choice', choice, 'votes', votes, 'voters', by)), '[]')
    from (
      select c.choice, count(*)::integer as votes,
        (array_agg(
          json_build_object('userId', v.user_id, 'participantId', v.participant_id, 'name', v.name)
          order by v.created_at, v.id
        ))[1:${sql.raw(String(MOST_NAMED_VOTERS))}] as by
      from ${pollVotes} v, unnest(v.choices) as c(choice) where v.poll_id = polls.id group by c.choice
    ) as counts)`,
};

/** A poll in the API and in events. Hidden results are left out for all, host and author included. */
export function shownPoll({ poll, voters, results }: CountedPoll): Poll {
  const { userId, participantId, authorName } = poll;
  const isShown = poll.closedAt !== null || poll.resultsFrom === 'start';
  const resultOf = (choice: number): PollResult => {
    const { votes = 0, voters: by = [] } = results.find((one) => one.choice === choice) ?? {};
    return poll.anonymous ? { votes } : { votes, voters: by };
  };
  return {
    id: poll.id,
    question: poll.question,
    choices: poll.choices,
    multiple: poll.multiple,
    anonymous: poll.anonymous,
    resultsFrom: poll.resultsFrom,
    author: authorName === null ? null : { userId, participantId, name: authorName },
    createdAt: poll.createdAt.toISOString(),
    closedAt: poll.closedAt?.toISOString() ?? null,
    version: poll.version,
    voters,
    results: isShown ? poll.choices.map((_, choice) => resultOf(choice)) : null,
  };
}
