import { t } from '@lingui/core/macro';
import type { Poll } from '@waterbus/client';
import { Check } from 'lucide-react';
import { votersText, votesText } from './poll-texts.js';

/** Bars with numbers, and the names in polls with names. */
export function PollResults({ poll }: { poll: Poll }) {
  const { choices, results, voters, ownVote } = poll;
  return (
    <div className="poll-results">
      <ul aria-label={t`Results`}>
        {choices.map((text, choice) => {
          const { votes = 0, voters: by = [] } = results?.[choice] ?? {};
          const percent = voters === 0 ? 0 : Math.round((100 * votes) / voters);
          return (
            <li key={text}>
              <span className="poll-choice">
                {text}
                {ownVote?.includes(choice) && <Check size={16} aria-label={t`Your vote`} />}
              </span>
              <span className="poll-count">
                {votesText(votes)}, {percent}%
              </span>
              <span className="poll-bar" aria-hidden="true">
                <span className="poll-fill" style={{ inlineSize: `${percent}%` }} />
              </span>
              {by.length > 0 && <span className="poll-names">{namesOf(by, votes)}</span>}
            </li>
          );
        })}
      </ul>
      <p className="poll-about">{votersText(voters)}</p>
    </div>
  );
}

function namesOf(voters: readonly { name: string }[], votes: number): string {
  const names = voters.map(({ name }) => name).join(', ');
  const more = votes - voters.length;
  return more > 0 ? t`${{ names }} and ${{ more }} more` : names;
}
