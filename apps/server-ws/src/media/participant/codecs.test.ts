import { defaultMeetingSettings, PROTOCOL_VERSION } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { node, signalling, useNode } from '../../../test/system/each-test.js';
import { ALL_GRANTS, joinToken } from '../../../test/system/signalling.js';

useNode();

const equipped = (name: string) => signalling.equipped(node, name);

describe('a source in two codecs', () => {
  const of = (...names: string[]) => ({
    codecs: names.map((name) => ({ kind: 'video' as const, mimeType: `video/${name}`, clockRate: 90_000 })),
  });
  const parameters = (name: string) => ({
    codecs: [{ mimeType: `video/${name}`, payloadType: 96, clockRate: 90_000 }],
  });
  const camera = (transportId: string, name: string, more: { alternative?: true; replaces?: string } = {}) => ({
    ...{ transportId, kind: 'video' as const, source: 'camera' as const, rtpParameters: parameters(name) },
    ...more,
  });

  test('counts as one, and needs the first: one more than the sources, while one replaces another', async () => {
    const ada = await equipped('Ada');
    const { client } = ada.who;
    expect(await client.refused('produce', camera(ada.send, 'VP8', { alternative: true }))).toBe('request.invalid');
    for (let i = 0; i < 7; i += 1) await ada.who.produce(ada.send, 'microphone');
    await client.ok('produce', camera(ada.send, 'VP9'));
    const { producerId } = await client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    await client.ok('produce', camera(ada.send, 'H264', { alternative: true, replaces: producerId }));
    expect(await client.refused('produce', camera(ada.send, 'AV1', { alternative: true }))).toBe('limit.reached');
    expect(await client.refused('produce', camera(ada.send, 'AV1'))).toBe('limit.reached');
  });

  test('is shown to the room with its codecs; the second is muted with the first, and by moderators', async () => {
    const ada = await equipped('Ada');
    const ben = await signalling.join(node, { name: 'Ben' });
    const { client } = ada.who;
    const { producerId } = await client.ok('produce', { ...camera(ada.send, 'VP9'), paused: true });
    await client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    const seen = () => ben.other(ada.who.id)!.producers.map(({ id: _, mediaNodeId: __, ...rest }) => rest);
    await ben.until(() => seen().length === 2);
    expect(seen()).toEqual([
      { kind: 'video', source: 'camera', codec: 'vp9', paused: true },
      { kind: 'video', source: 'camera', codec: 'vp8', alternative: true, paused: true },
    ]);
    await client.ok('producer.resume', { producerId });
    await signalling.command({ type: 'mute', roomId: 'room-1', participantId: ada.who.id, source: 'camera' });
    await ben.until(() => seen().every(({ paused }) => paused));
  });

  test('is received once, in the first codec if decodable; undecodable ones are not requested', async () => {
    const ada = await equipped('Ada');
    await ada.who.client.ok('produce', camera(ada.send, 'VP9'));
    await ada.who.client.ok('produce', camera(ada.send, 'VP8', { alternative: true }));
    const received = async (...names: string[]) => {
      const { who, receive } = await equipped(names.join());
      await who.until(() => who.other(ada.who.id)?.producers.length === 2);
      const subscribe = { participantId: ada.who.id, transportId: receive, rtpCapabilities: of(...names) };
      const { consumers } = await who.client.ok('subscribe', subscribe);
      return consumers.map(({ rtpParameters }) => rtpParameters.codecs[0]!.mimeType);
    };
    expect(await received('VP8', 'VP9')).toEqual(['video/VP9']);
    expect(await received('VP8')).toEqual(['video/VP8']);
    expect(await received('AV1')).toEqual([]);
  });

  test('is chosen by the codecs that all decode, announced once: with the join or a subscription', async () => {
    const ada = await equipped('Ada');
    await ada.who.produce(ada.send);
    const ben = await equipped('Ben');
    const decodes = () => ada.who.other(ben.who.id)?.decodes;
    await ada.who.until(() => ada.who.other(ben.who.id) !== undefined);
    expect(decodes()).toBeUndefined();
    const subscribe = (rtpCapabilities: ReturnType<typeof of>) =>
      ben.who.client.ok('subscribe', { participantId: ada.who.id, transportId: ben.receive, rtpCapabilities });
    await subscribe(of('VP8', 'VP9', 'H265'));
    await ada.who.until(() => decodes() !== undefined);
    expect(decodes()).toEqual(['vp8', 'vp9']);
    const { version } = ada.who.room;
    await subscribe(of('AV1'));
    await ben.who.client.ok('unsubscribe', { participantId: ada.who.id });
    expect(ada.who.room.version).toBe(version);
    const client = signalling.client(node);
    const token = await joinToken(signalling.clock, { sub: 'cleo' });
    await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION, media: { receive: of('VP8', 'AV1') } });
    await ada.who.until(() => ada.who.other('cleo')?.decodes !== undefined);
    expect(ada.who.other('cleo')!.decodes).toEqual(['vp8', 'av1']);
  });

  test('is chosen by the codecs of observers too, of whom the room receives nothing else', async () => {
    const ada = await equipped('Ada');
    await ada.who.produce(ada.send);
    const eve = await signalling.join(node, { name: 'Recorder', grants: { ...ALL_GRANTS, hidden: true } });
    const { mediaNodeId } = eve.other(ada.who.id)!.producers[0]!;
    const { id: transportId } = await eve.openTransport('receive', mediaNodeId);
    const subscribe = { participantId: ada.who.id, transportId, rtpCapabilities: of('VP8', 'VP9') };
    await eve.client.ok('subscribe', subscribe);
    await ada.who.until(() => ada.who.room.observerDecodes !== undefined);
    expect(ada.who.room).toMatchObject({ observers: [eve.id], observerDecodes: { [eve.id]: ['vp8', 'vp9'] } });
    expect(ada.who.room.participants.map(({ id }) => id)).toEqual([ada.who.id]);
    await signalling.client(node).ok('join', {
      token: await joinToken(signalling.clock, { sub: 'mallory', grants: { ...ALL_GRANTS, hidden: true } }),
      ...{ protocolVersion: PROTOCOL_VERSION, media: { receive: of('VP8', 'AV1') } },
    });
    await ada.who.until(() => ada.who.room.observerDecodes?.mallory !== undefined);
    await eve.client.ok('leave', {});
    await ada.who.until(() => ada.who.room.observers?.length === 1);
    expect(ada.who.room.observerDecodes).toEqual({ mallory: ['vp8', 'av1'] });
  });
});

test('the meeting’s codec comes with the join; later changes take precedence over any token', async () => {
  const wanted = async () => {
    const token = await joinToken(signalling.clock, { videoCodec: 'vp9' });
    return (await signalling.client(node).ok('join', { token, protocolVersion: PROTOCOL_VERSION })).videoCodec;
  };
  expect(await wanted()).toBe('vp9');
  await signalling.publishMeetingEvent({
    type: 'meeting.updated',
    meeting: {
      ...{ code: 'abc-defg-hjk', title: 'Weekly', passwordRequired: false, locked: false, waitingRoom: false },
      ...{ settings: { ...defaultMeetingSettings, videoCodec: 'h264' }, scheduledStart: null, archivedAt: null },
      createdAt: '2026-01-01T00:00:00.000Z',
    },
  });
  await expect.poll(wanted).toBe('h264');
});
