import { expect, it } from 'vitest';
import { reactionNames } from './reaction-names.js';
import { reactionsText, type ShownReaction, showReaction } from './shown-reactions.js';

const reaction = (id: number, emoji: ShownReaction['emoji'], name: string): ShownReaction => ({
  id,
  participantId: name,
  emoji,
  name,
});

it('keeps the newest ones', () => {
  let shown: ShownReaction[] = [];
  for (let id = 0; id < 14; id += 1) shown = showReaction(shown, reaction(id, '👍', 'Ada'));
  expect(shown.map(({ id }) => id)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

it('names each kind once, with the people or their number', () => {
  const many = ['Ada', 'Ben', 'Cleo'].map((name, id) => reaction(id, '👏', name));
  expect(reactionsText([...many, reaction(9, '🎉', 'Ben')], reactionNames())).toBe(
    'Applause: 3 people. Celebration: Ben',
  );
  expect(reactionsText([many[0]!, many[0]!, many[1]!], reactionNames())).toBe('Applause: Ada and Ben');
});
