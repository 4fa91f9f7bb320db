import { CodedError } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';

useSignalling();

test('a call moves to another device on another node, make-before-break', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const records = await signalling.records();
  const at = signalling.clock.date();
  await ada.client.ok('hand.raise', {});
  await ben.until(() => ben.other(ada.id)?.handRaisedAt === at);
  await signalling.clock.advance(500);
  const changes = ben.changes.length;
  // Nobody else receives it; the last one counts.
  await ada.client.ok('pin', { participantId: 'left-long-ago' });
  await ada.client.ok('pin', { participantId: ben.id });
  expect(await ada.client.refused('pin', { participantId: '' })).toBe('request.invalid');

  const again = await signalling.join(two, { replaces: [ada.id, 'left-already'] });
  expect(again.joined.pinned).toBe(ben.id);
  expect(await ada.client.event('ended')).toEqual({ reason: 'replaced' });
  await ada.client.disconnected();
  await ben.until(() => !ben.other(ada.id));
  // The hand stays up, with its place in the queue.
  expect(ben.other(again.id)?.handRaisedAt).toBe(at);
  expect(ben.changes.slice(changes)).toEqual(['participant.joined', 'participant.left']);
  await ben.until(() => records.some(({ type }) => type === 'participant.left'));
  expect(records.filter(({ type }) => type === 'participant.left')).toMatchObject([
    { participantId: ada.id, reason: 'replaced' },
  ]);
  await again.client.ok('hand.lower', {});
  await ben.until(() => ben.other(again.id)?.handRaisedAt === 0);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a pin moves with its participant to another home, and ends with the pinned one', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  expect(ada.joined).not.toHaveProperty('pinned');
  await ada.client.ok('pin', { participantId: ben.id });
  const moved = await signalling.resume(two, ada);
  expect(moved.joined.pinned).toBe(ben.id);
  await ben.client.ok('leave', {});
  await moved.until(() => !moved.other(ben.id));
  const again = await signalling.join(one, { replaces: [moved.id] });
  expect(again.joined).not.toHaveProperty('pinned');
});

test('a former home that does not answer, or does not know pins, delays no join', async () => {
  const { two, ada, ben } = await signalling.twoHomes();
  const request = two.cluster.bus.request.bind(two.cluster.bus);
  const never = () => new Promise<never>(() => {});
  const refused = () => Promise.reject(new CodedError('request.invalid'));
  let former = ada;
  for (const answer of [never, refused]) {
    await former.client.ok('pin', { participantId: ben.id });
    const asked = new Promise<void>((resolve) => {
      two.cluster.bus.request = (...of) => {
        if (of[1] !== 'session.pinned') return request(...of);
        resolve();
        return answer();
      };
    });
    const joining = signalling.join(two, { replaces: [former.id] });
    await asked;
    await signalling.clock.advance(300);
    former = await joining;
    expect(former.joined).not.toHaveProperty('pinned');
  }
});

test('a device without a connection does not join anew when it is back', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  await signalling.vanish(ada, ben);
  await signalling.join(two, { replaces: [ada.id] });
  await ben.until(() => !ben.other(ada.id));
  expect(await signalling.refusedResume(one, ada)).toBe('session.replaced');
});

test('a home of an earlier version removes the former device with an ordinary reason', async () => {
  const { ada, ben } = await signalling.twoHomes();
  // It does not know `replaced`.
  await signalling.command({ type: 'remove', roomId: 'room-1', participantId: ada.id, reason: 'kicked' });
  expect(await ada.client.event('ended')).toEqual({ reason: 'kicked' });
  await ben.until(() => !ben.other(ada.id));
});
