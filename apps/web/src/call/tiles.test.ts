import { expect, it } from 'vitest';
import { placesFor, takePinned } from './tiles.js';

const people = (count: number) => Array.from({ length: count }, (_, index) => (index === count - 1 ? 'self' : index));

it('shows all tiles while they fit', () => {
  expect(placesFor(people(1), 16)).toEqual({ shown: ['self'], rest: 0 });
  expect(placesFor(people(16), 16)).toEqual({ shown: people(16), rest: 0 });
});

it('otherwise gives one place to the rest, and keeps the user in view', () => {
  for (const count of [17, 18, 40]) {
    const { shown, rest } = placesFor(people(count), 16);
    expect(shown).toHaveLength(15);
    expect(shown.at(-1)).toBe('self');
    expect(shown.length + rest).toBe(count);
  }
});

it('takes the pinned tile out, and none when the pinned participant has left', () => {
  const [ann, ben, cleo] = ['ann', 'ben', 'cleo'].map((participantId) => ({ participantId })) as [Id, Id, Id];
  expect(takePinned([ann, ben, cleo], 'ben')).toEqual({ large: ben, others: [ann, cleo] });
  expect(takePinned([ann, cleo], 'ben')).toEqual({ large: undefined, others: [ann, cleo] });
  expect(takePinned([ann], undefined)).toEqual({ large: undefined, others: [ann] });
});

interface Id {
  participantId: string;
}
