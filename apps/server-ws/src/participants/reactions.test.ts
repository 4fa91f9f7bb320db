import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS } from '../../test/system/signalling.js';

useSignalling();

test('a reaction reaches all, on any home and the sender too; further ones come together', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  await ada.client.ok('react', { emoji: '👍' });
  const first = { reactions: [{ participantId: ada.id, emoji: '👍' }] };
  for (const who of [ada, ben]) expect(await who.client.event('reactions')).toEqual(first);
  await ada.client.ok('react', { emoji: '👏' });
  await ada.client.ok('react', { emoji: '🎉' });
  await signalling.clock.advance(250);
  const { reactions } = await ben.client.event('reactions');
  expect(reactions.map(({ emoji }) => emoji)).toEqual(['👏', '🎉']);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('too many, and those of hidden participants, are refused', async () => {
  const node = await signalling.node();
  const ada = await signalling.join(node);
  for (let count = 0; count < 6; count += 1) await ada.client.ok('react', { emoji: '👍' });
  expect(await ada.client.refused('react', { emoji: '👍' })).toBe('limit.reached');
  await signalling.clock.advance(1000);
  await ada.client.ok('react', { emoji: '👍' });
  expect(await ada.client.refused('react', { emoji: '🖕' as never })).toBe('request.invalid');
  const hidden = await signalling.join(node, { grants: { ...ALL_GRANTS, publish: [], hidden: true } });
  expect(await hidden.client.refused('react', { emoji: '👍' })).toBe('permission.denied');
});
