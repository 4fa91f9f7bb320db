import type { Call, Poll } from '@waterbus/client';
import type { PollList } from '@waterbus/react';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { PollCard } from './poll-card.js';

const poll = (more: Partial<Poll> = {}): Poll => ({
  ...{ id: 'one', question: 'When?', choices: ['Monday', 'Friday'], multiple: false, anonymous: false },
  ...{ resultsFrom: 'start', author: { userId: 'ada', participantId: null, name: 'Ada' } },
  ...{ createdAt: '2030-01-01T12:00:00.000Z', closedAt: null, version: 2, voters: 3, ownVote: [1] },
  results: [
    { votes: 1, voters: [{ userId: null, participantId: 'ben', name: 'Ben' }] },
    { votes: 2, voters: [{ userId: 'cy', participantId: null, name: 'Cy' }] },
  ],
  ...more,
});

function shown(more: Partial<Poll>, moderate = false, userId?: string): string {
  const call = { grants: { moderate }, local: { id: 'self' } } as unknown as Call;
  const list = {} as PollList;
  const about = { call, userId, list, onSaid: () => {} };
  return renderToStaticMarkup(createElement(PollCard, { poll: poll(more), ...about }));
}

it('states before the vote whether names are shown, and when results are', () => {
  expect(shown({})).toContain('Everyone sees how you vote.');
  const secret = shown({ anonymous: true, multiple: true, resultsFrom: 'end', results: null });
  expect(secret).toContain(
    'Anonymous: nobody sees your name. You can choose several. Results are shown when the poll closes.',
  );
  expect(secret).toContain('3 people have voted.');
  expect(secret).not.toContain('Results"');
});

it('is a native form while it is open, with the own vote', () => {
  const [one, several] = [shown({}), shown({ multiple: true })];
  expect(one.match(/type="radio"/g)).toHaveLength(2);
  expect(one).toMatch(/checked=""[^>]*\/?><span>Friday/);
  expect(one).toContain('Change vote');
  expect(several.match(/type="checkbox"/g)).toHaveLength(2);
  expect(shown({ closedAt: '2030-01-01T12:05:00.000Z' })).not.toContain('<form');
});

it('shows numbers and names beside the bars, and counts the unnamed', () => {
  const text = shown({ closedAt: '2030-01-01T12:05:00.000Z' }).replace(/<[^>]+>/g, '|');
  expect(text).toMatch(/Monday\|+1 vote, 33%/);
  expect(text).toMatch(/Friday\|+2 votes, 67%\|+Cy and 1 more/);
});

it('offers closing and deleting to moderators and to the author', () => {
  expect(shown({})).not.toContain('Delete');
  expect(shown({}, true)).toContain('End poll');
  expect(shown({ author: { userId: null, participantId: 'self', name: 'Me' } })).toContain('End poll');
  expect(shown({ author: { userId: null, participantId: 'ben', name: 'Ben' } })).not.toContain('End poll');
  expect(shown({}, false, 'ada')).toContain('End poll');
  expect(shown({}, false, 'cy')).not.toContain('End poll');
});
