import type { Call } from '@waterbus/client';
import { expect, it } from 'vitest';
import { newHands, raisedHands } from './raised-hands.js';

function call(...hands: [id: string, raisedAt: number | undefined][]): Call {
  const [local, ...participants] = hands.map(([id, handRaisedAt]) => ({ id, name: id, handRaisedAt }));
  return { local, participants } as unknown as Call;
}

it('lists raised hands in the order of raising, and of joining at the same time', () => {
  const hands = raisedHands(call(['ada', 30], ['ben', undefined], ['cleo', 10], ['dora', 30]));
  expect(hands.map(({ name }) => name)).toEqual(['cleo', 'ada', 'dora']);
  expect(hands.map(({ self }) => self)).toEqual([false, true, false]);
  expect(raisedHands(call(['ada', undefined]))).toEqual([]);
});

it('reports the new hands of others alone', () => {
  const before = raisedHands(call(['ada', undefined], ['ben', 10]));
  const now = raisedHands(call(['ada', 30], ['ben', 10], ['cleo', 20]));
  expect(newHands(before, now).map(({ name }) => name)).toEqual(['cleo']);
  expect(newHands(now, before)).toEqual([]);
});
