import { plural, t } from '@lingui/core/macro';
import type { Poll } from '@waterbus/client';

export function noticeOf({ author, question }: Poll): string {
  return author ? t`${{ name: author.name }} started a poll: ${{ question }}` : t`New poll: ${{ question }}`;
}

export function votersText(count: number): string {
  return plural(count, { one: '# person has voted.', other: '# people have voted.' });
}

export function votesText(count: number): string {
  return plural(count, { one: '# vote', other: '# votes' });
}

/** What voters should know before they vote. */
export function aboutOf({ anonymous, multiple, resultsFrom, closedAt }: Poll): string {
  if (closedAt) return anonymous ? t`Closed. The votes were anonymous.` : t`Closed.`;
  return [
    anonymous ? t`Anonymous: nobody sees your name.` : t`Everyone sees how you vote.`,
    ...(multiple ? [t`You can choose several.`] : []),
    ...(resultsFrom === 'end' ? [t`Results are shown when the poll closes.`] : []),
  ].join(' ');
}
