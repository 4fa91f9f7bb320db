import { stringify } from 'csv-stringify/sync';
import { asc, inArray } from 'drizzle-orm';
import { DateTime } from 'luxon';
import type { Queries } from '../database/database.js';
import { pollVotes } from '../database/schema.js';
import { type CountedPoll, shownPoll } from './shown-poll.js';

/**
 * A table for spreadsheets (CSV, RFC 4180) with a row for each choice, with a byte order mark as
 * that of the attendance. Texts that begin as a formula does get an apostrophe.
 *
 * @param names Of the voters, by poll and choice.
 * @param timeZone Of the times, IANA.
 */
export function pollsFile(polls: readonly CountedPoll[], names: VoterNames, timeZone: string): string {
  const time = (at: Date | null) =>
    at ? DateTime.fromJSDate(at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm:ss') : '';
  const rows = polls.flatMap((counted) => {
    const { id, question, choices, anonymous, createdAt, closedAt } = counted.poll;
    const { results, voters } = shownPoll(counted);
    return choices.map((choice, index) => [
      question,
      choice,
      results?.[index]?.votes ?? '',
      voters,
      anonymous || !results ? '' : (names.get(id)?.[index] ?? []).join('; '),
      time(createdAt),
      time(closedAt),
    ]);
  });
  const opened = `Opened (${timeZone})`;
  const head = ['Question', 'Choice', 'Votes', 'People who voted', 'Names', opened, `Closed (${timeZone})`];
  return stringify([head, ...rows], {
    bom: true,
    escape_formulas: true,
    quoted_string: true,
    record_delimiter: 'windows',
  });
}

export type VoterNames = Map<string, string[][]>;

/** All of them, where answers of the API name the first ones. Anonymous polls have none. */
export async function voterNames(queries: Queries, polls: readonly CountedPoll[]): Promise<VoterNames> {
  const named = polls.filter(({ poll }) => !poll.anonymous);
  const names: VoterNames = new Map(named.map(({ poll }) => [poll.id, poll.choices.map((): string[] => [])]));
  if (named.length === 0) return names;
  const rows = await queries
    .select({ pollId: pollVotes.pollId, choices: pollVotes.choices, name: pollVotes.name })
    .from(pollVotes)
    .where(
      inArray(
        pollVotes.pollId,
        named.map(({ poll }) => poll.id),
      ),
    )
    .orderBy(asc(pollVotes.createdAt), asc(pollVotes.id));
  for (const { pollId, choices, name } of rows) {
    for (const choice of choices) names.get(pollId)?.[choice]?.push(name ?? '');
  }
  return names;
}
