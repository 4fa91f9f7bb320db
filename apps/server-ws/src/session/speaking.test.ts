import { afterEach, beforeEach, expect, test } from 'vitest';
import { Signalling } from '../../test/system/signalling.js';

let signalling: Signalling;
beforeEach(() => {
  signalling = new Signalling();
});
afterEach(() => signalling.close());

test('who talks is known to everybody, whichever media nodes and homes they have, also to latecomers', async () => {
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
