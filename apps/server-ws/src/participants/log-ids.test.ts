import { expect, it, vi } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { Session } from './session.js';

useSignalling();

it('a request that fails is logged with the ids of request, meeting and participant', async () => {
  const node = await signalling.node();
  const ada = await signalling.join(node, { name: 'Ada' });
  vi.spyOn(Session.prototype, 'snapshot').mockRejectedValue(new Error('broken'));
  expect(await ada.client.refused('sync', {})).toBe('server.internal');
  const line = node.errors.find((error) => error.startsWith('request failed '));
  const details = JSON.parse(line!.slice('request failed '.length));
  expect(details).toMatchObject({ meetingId: ada.room.roomId, participantId: ada.id });
  expect(details.requestId).toMatch(/^[\w-]{20}-\d+$/);
});
