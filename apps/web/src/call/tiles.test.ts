import { expect, it } from 'vitest';
import { takeLarge } from './tiles.js';

const [ann, ben, cleo] = ['ann', 'ben', 'cleo'].map((participantId) => ({ participantId })) as [Id, Id, Id];
const tiles = [ann, ben, cleo];

it('takes the pinned tile out before the speaker’s, and none of participants that have left', () => {
  expect(takeLarge(tiles, { pinned: 'ben', speaker: 'ann' })).toEqual({ large: ben, others: [ann, cleo] });
  expect(takeLarge(tiles, { pinned: 'gone', speaker: 'ann' })).toEqual({ large: ann, others: [ben, cleo] });
  // The user's own pin is stronger than the moderators' spotlight.
  expect(takeLarge(tiles, { pinned: 'ben', spotlight: 'cleo', speaker: 'ann' }).large).toBe(ben);
  expect(takeLarge(tiles, { pinned: undefined, spotlight: 'cleo', speaker: 'ann' }).large).toBe(cleo);
  expect(takeLarge(tiles, { pinned: 'gone', speaker: 'gone' })).toEqual({ large: undefined, others: tiles });
  expect(takeLarge(tiles, { pinned: undefined, speaker: undefined })).toEqual({ large: undefined, others: tiles });
});

interface Id {
  participantId: string;
}
