import { describe, expect, it } from 'vitest';
import { type Mentionable, matching, mentionPattern, mentionsIn, writtenMention } from './mentions.js';

const people: Mentionable[] = [
  { name: 'Ann', participantId: 'p1' },
  { name: 'Ann Lee', userId: 'u2' },
  { name: 'Béla (guest) [1]', participantId: 'p3' },
];

describe('a mention that is being written', () => {
  it.each([
    ['@', 1, { from: 0, letters: '' }],
    ['Hi @An', 6, { from: 3, letters: 'An' }],
    ['(@An', 4, { from: 1, letters: 'An' }],
    ['Hi @Ann Le', 10, { from: 3, letters: 'Ann Le' }],
    ['Hi @An', 2, undefined],
    ['ada@example.org', 15, undefined],
    ['@Ann\nhi', 7, undefined],
  ])('%j at %d', (text, caret, found) => {
    expect(writtenMention(text, caret)).toEqual(found);
  });

  it('offers people by each word of their names', () => {
    const names = (letters: string) => matching(people, letters).map(({ name }) => name);
    expect(names('')).toHaveLength(3);
    expect(names('aN')).toEqual(['Ann', 'Ann Lee']);
    expect(names('lee')).toEqual(['Ann Lee']);
    expect(names('Ann L')).toEqual(['Ann Lee']);
    expect(names('zoe')).toEqual([]);
  });
});

describe('the mentions of a text', () => {
  it.each([
    ['@Ann Lee, look', [{ userId: 'u2' }]],
    ['@Ann and @Ann Lee', [{ participantId: 'p1' }, { userId: 'u2' }]],
    ['@Béla (guest) [1]!', [{ participantId: 'p3' }]],
    ['@Anna Ann', []],
    ['nobody', []],
  ])('%j', (text, ids) => {
    expect(mentionsIn(text, people)).toEqual(ids);
  });

  it('are none without people', () => {
    expect(mentionPattern([])).toBeUndefined();
    expect(mentionsIn('@Ann', [])).toEqual([]);
  });
});
