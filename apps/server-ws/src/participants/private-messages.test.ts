import type { MeetingEvent } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS, type Participant } from '../../test/system/signalling.js';

useSignalling();

const types = ({ client }: Participant) =>
  client.events.filter(({ name }) => name === 'meeting').map(({ event }) => (event as MeetingEvent).type);

const message = {
  id: crypto.randomUUID(),
  clientId: 'c',
  author: { userId: null, participantId: 'a', name: 'Ada' },
  to: { userId: null, participantId: 'b', name: 'Ben' },
  createdAt: new Date(0).toISOString(),
};

test('a private message reaches the devices of both sides on their nodes, and no moderator', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const second = await signalling.join(two, { name: 'Ben' });
  const namesake = await signalling.join(two, { name: 'Ben' });
  const moderator = await signalling.join(one, { role: 'host', grants: { ...ALL_GRANTS, moderate: true } });
  const hidden = await signalling.join(one, { grants: { ...ALL_GRANTS, hidden: true } });
  const sides = { from: [ada.id], to: [ben.id, second.id] };
  await signalling.publishMeetingEvent({ type: 'private.created', message: { ...message, text: 'secret' }, ...sides });
  await signalling.publishMeetingEvent({ type: 'private.deleted', message, ...sides });
  const all = [ada, ben, second, namesake, moderator, hidden];
  await signalling.publishMeetingEvent({ type: 'poll.deleted', pollId: message.id });
  for (const who of all) await who.until(() => types(who).includes('poll.deleted'));
  for (const side of [ada, ben, second]) {
    expect(types(side)).toEqual(['private.created', 'private.deleted', 'poll.deleted']);
  }
  for (const other of [namesake, moderator, hidden]) {
    expect(types(other)).toEqual(['poll.deleted']);
    expect(JSON.stringify(other.client.events)).not.toContain('secret');
  }

  // Whoever resumes on the other node is the same participant there.
  const elsewhere = await signalling.resume(one, ben);
  const moved = await signalling.resume(two, moderator);
  await signalling.publishMeetingEvent({ type: 'private.created', message: { ...message, text: 'secret' }, ...sides });
  await signalling.publishMeetingEvent({ type: 'poll.deleted', pollId: message.id });
  for (const who of [elsewhere, moved]) await who.until(() => types(who).includes('poll.deleted'));
  expect(types(elsewhere)).toEqual(['private.created', 'poll.deleted']);
  expect(types(moved)).toEqual(['poll.deleted']);
});
