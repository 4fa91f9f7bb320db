import { spotlitOf } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS } from '../../test/system/signalling.js';

useSignalling();

test('moderators put one participant at a time in the spotlight, on any home (R7)', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const moderator = await signalling.join(one, { name: 'Mo', grants: { ...ALL_GRANTS, moderate: true } });
  const spotlit = (who: typeof ada) => spotlitOf(who.room.participants)?.id;
  expect(await ben.client.refused('spotlight', { participantId: ben.id })).toBe('permission.denied');
  await moderator.client.ok('spotlight', { participantId: ada.id });
  await ben.until(() => spotlit(ben) === ada.id);
  await signalling.clock.advance(10);
  await moderator.client.ok('spotlight', { participantId: ben.id });
  await ada.until(() => spotlit(ada) === ben.id && ada.other(ada.id)?.spotlitAt === 0);
  // It goes with its participant, and nobody else comes instead.
  await ben.client.ok('leave', {});
  await ada.until(() => !ada.other(ben.id));
  expect(spotlit(ada)).toBeUndefined();
  await moderator.client.ok('spotlight', { participantId: moderator.id });
  await ada.until(() => spotlit(ada) === moderator.id);
  await moderator.client.ok('spotlight', { participantId: null });
  await ada.until(() => spotlit(ada) === undefined);
  expect([...one.errors, ...two.errors]).toEqual([]);
});
