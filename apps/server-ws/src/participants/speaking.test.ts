import { defaultMeetingSettings } from '@waterbus/protocol';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';

useSignalling();

test('active speakers reach all participants, on any media nodes and homes, also later ones', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const microphones: { producerId: string; node: string }[] = [];
  for (const who of [ada, ben]) {
    const transport = await who.openTransport('send');
    microphones.push({ producerId: await who.produce(transport.id, 'microphone'), node: transport.mediaNodeId });
  }
  await ada.until(() => ada.other(ben.id)?.producers.length === 1);
  await ben.until(() => ben.other(ada.id)?.producers.length === 1);
  const talk = (which: number, level: number | undefined) => {
    const { producerId, node } = microphones[which]!;
    const media = [one, two].flatMap(({ mediaHost }) => mediaHost.nodes()).find(({ id }) => id === node)!;
    const speakers = level === undefined ? [] : [{ producerId, level }];
    media.emit({ type: 'router.speakers', routerId: 'room-1', speakers });
  };

  talk(0, -30);
  for (const who of [ada, ben]) {
    expect(await who.client.event('activeSpeakers')).toEqual({ speakers: [{ participantId: ada.id, level: -30 }] });
  }
  const cleo = await signalling.join(two, { name: 'Cleo' });
  expect(await cleo.client.event('activeSpeakers')).toEqual({ speakers: [{ participantId: ada.id, level: -30 }] });
  talk(0, undefined);
  await signalling.clock.advance(300);
  for (const who of [ada, ben, cleo]) expect(await who.client.event('activeSpeakers')).toEqual({ speakers: [] });
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('the number of forwarded sounds is the meeting’s setting, initially and after changes', async () => {
  const { one, two, ada, ben } = await signalling.twoHomes();
  const nodes = () => [one, two].flatMap(({ mediaHost }) => mediaHost.nodes());
  const cleo = await signalling.join(one, { name: 'Cleo', loudest: 3 });
  const { id, mediaNodeId } = await cleo.openTransport('send');
  const media = nodes().find((node) => node.id === mediaNodeId)!;
  expect(media.loudest.get('room-1')).toBe(3);
  await cleo.produce(id, 'microphone');
  for (const who of [ada, ben]) await who.until(() => who.other(cleo.id)?.producers.length === 1);
  await signalling.publishMeetingEvent({
    type: 'meeting.updated',
    meeting: {
      code: 'abc-defg-hjk',
      title: 'Weekly',
      passwordRequired: false,
      locked: false,
      waitingRoom: false,
      settings: { ...defaultMeetingSettings, loudest: 5 },
      scheduledStart: null,
      archivedAt: null,
      createdAt: '2026-01-01T00:00:00.000Z',
    },
  });
  await expect.poll(() => media.loudest.get('room-1')).toBe(5);
  // No home opens a router where the room is not.
  expect(nodes().filter((node) => node.routers.has('room-1'))).toEqual([media]);
  // An older join token does not revert it.
  await cleo.openTransport('receive', mediaNodeId);
  expect(media.loudest.get('room-1')).toBe(5);
  expect([...one.errors, ...two.errors]).toEqual([]);
});
