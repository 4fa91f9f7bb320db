import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS } from '../../test/system/signalling.js';

useSignalling();

test('a raised hand keeps its time, also on another home, until it is lowered', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const at = signalling.clock.date();
  await ada.client.ok('hand.raise', {});
  await ben.until(() => ben.other(ada.id)?.handRaisedAt === at);
  await signalling.clock.advance(500);
  await ada.client.ok('hand.raise', {});
  const again = await signalling.resume(two, ada);
  await ben.until(() => ben.changes.includes('participant.updated'));
  expect(again.other(ada.id)?.handRaisedAt).toBe(at);
  // The new home knows it too: it would assert it after a loss.
  await again.client.ok('hand.lower', {});
  await ben.until(() => ben.other(ada.id)?.handRaisedAt === 0);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('moderators lower the hands of others, on any home; nobody else does (R7)', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const grants = { ...ALL_GRANTS, moderate: true };
  const moderator = await signalling.join(one, { name: 'Mo', grants });
  for (const who of [ada, ben]) await who.client.ok('hand.raise', {});
  expect(await ben.client.refused('hand.lower', { participantIds: [ada.id] })).toBe('permission.denied');
  await moderator.client.ok('hand.lower', { participantIds: [ada.id, ben.id, 'gone'] });
  for (const who of [ada, ben]) await moderator.until(() => moderator.other(who.id)?.handRaisedAt === 0);
  // Lowered once: a second request changes nothing.
  const { version } = moderator.room;
  await moderator.client.ok('hand.lower', { participantIds: [ada.id] });
  expect((await signalling.root.rooms.snapshot('room-1'))?.version).toBe(version);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a hidden participant has no hand', async () => {
  const node = await signalling.node();
  await signalling.join(node);
  const hidden = await signalling.join(node, { grants: { ...ALL_GRANTS, publish: [], hidden: true } });
  expect(await hidden.client.refused('hand.raise', {})).toBe('permission.denied');
});
