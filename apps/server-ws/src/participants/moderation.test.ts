import { type CodedError, type Grants, ROOM_COMMAND, type RoomCommand } from '@waterbus/protocol';
import { describe, expect, test } from 'vitest';
import { signalling, useSignalling } from '../../test/system/each-test.js';
import { ALL_GRANTS, joinToken, Participant, RTP_PARAMETERS } from '../../test/system/signalling.js';

const protocolVersion = 1;
const roomId = 'room-1';
const rtpCapabilities = { codecs: [], headerExtensions: [] };
useSignalling();

const remove = (participantId: string, reason: 'kicked' | 'waiting-room' | 'room-closed' = 'kicked'): RoomCommand => ({
  type: 'remove',
  roomId,
  participantId,
  reason,
});
const mute = (participantId: string, source: 'camera' | 'microphone'): RoomCommand => ({
  type: 'mute',
  roomId,
  participantId,
  source,
});
const grant = (participantId: string, grants: Partial<Grants>): RoomCommand => ({
  type: 'update',
  roomId,
  participantId,
  grants: { ...ALL_GRANTS, ...grants },
});

describe('R8: a removed participant', () => {
  test.each(['kicked', 'waiting-room', 'room-closed'] as const)(
    'is out on all nodes when the command is answered (%s)',
    async (reason) => {
      const { one, two, ada, ben } = await signalling.twoHomes();
      const records = await signalling.records();
      const { id: transportId } = await ada.openTransport('send', 'ws-2-media-0');
      await ada.produce(transportId);
      await ben.until(() => ben.other(ada.id)?.producers.length === 1);

      await signalling.command(remove(ada.id, reason));
      expect((await signalling.root.rooms.snapshot(roomId))?.participants.map(({ id }) => id)).toEqual([ben.id]);
      expect(two.mediaHost.nodes()[0]!.transports.size).toBe(0);
      expect(await ada.client.event('ended')).toEqual({ reason });
      await ada.client.disconnected();
      await ben.until(() => !ben.other(ada.id));
      await ben.until(() => records.some(({ type }) => type === 'participant.left'));
      expect(records.filter(({ type }) => type === 'participant.left')).toMatchObject([
        { participantId: ada.id, reason },
      ]);
      expect(await signalling.refusedResume(one, ada)).toBe('session.expired');
      expect(await signalling.refusedResume(two, ada)).toBe('session.expired');
      expect([...one.errors, ...two.errors]).toEqual([]);
    },
  );

  test('without a socket is notified when it resumes', async () => {
    const { one, ada, ben } = await signalling.twoHomes();
    await signalling.vanish(ada, ben);
    await signalling.command(remove(ada.id));
    await ben.until(() => !ben.other(ada.id));
    const client = signalling.client(one);
    const { resumeToken } = ada.joined;
    expect(await client.refused('resume', { resumeToken, protocolVersion })).toBe('session.expired');
    expect(await client.event('ended')).toEqual({ reason: 'kicked' });
  });

  test('that is joining is removed too, and notified', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node);
    const client = signalling.client(node);
    const sub = 'just-coming';
    const joining = client.request('join', { token: await joinToken(signalling.clock, { sub }), protocolVersion });
    await expect.poll(() => signalling.root.rooms.home(roomId, sub), { interval: 0 }).toBeDefined();
    await expect
      .poll(
        () =>
          signalling.command(remove(sub)).then(
            () => 'done',
            (error: CodedError) => error.code,
          ),
        { interval: 1 },
      )
      .toBe('done');
    await joining;
    expect(await client.event('ended')).toEqual({ reason: 'kicked' });
    await ada.client.ok('sync', {});
    expect((await signalling.root.rooms.snapshot(roomId))?.participants.map(({ id }) => id)).toEqual([ada.id]);
    expect(await signalling.root.rooms.home(roomId, sub)).toBeUndefined();
    expect(node.errors).toEqual([]);
  });

  test('that is moving to another node is removed from both', async () => {
    const { one, two, ada, ben } = await signalling.twoHomes();
    const client = signalling.client(two);
    const { resumeToken } = ada.joined;
    const moving = client.request('resume', { resumeToken, protocolVersion });
    // As Server API does, which queries the home again after a move.
    await expect
      .poll(
        () =>
          signalling.command(remove(ada.id)).then(
            () => 'done',
            (error: CodedError) => error.code,
          ),
        {
          interval: 1,
        },
      )
      .toBe('done');
    await moving;
    await ben.until(() => !ben.other(ada.id));
    await client.until(() => client.events.some(({ name }) => name === 'ended') || client.socket.connected);
    expect(await signalling.root.rooms.home(roomId, ada.id)).toBeUndefined();
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('is not at home elsewhere: the requester must query the home again', async () => {
    const { ada } = await signalling.twoHomes();
    const asked = (nodeId: string, body: unknown) =>
      signalling.root.bus.request(nodeId, ROOM_COMMAND, body).catch((error: CodedError) => error.code);
    expect(await asked('ws-2', remove(ada.id))).toBe('participant.not_found');
    expect(await asked('ws-1', { ...remove(ada.id), roomId: 'room-2' })).toBe('participant.not_found');
    expect(await asked('ws-1', { ...remove(ada.id), reason: 'bored' })).toBe('request.invalid');
    expect(await asked('ws-1', { type: 'explode' })).toBe('request.invalid');
    expect((await ada.client.ok('sync', {})).room.participants).toHaveLength(2);
  });
});

describe('R7: a muted participant', () => {
  test('is paused wherever it sends that source, other sources are not, and it may start again', async () => {
    const { two, ada, ben } = await signalling.twoHomes();
    const far = two.mediaHost.nodes()[0]!;
    const { id: transportId } = await ada.openTransport('send', far.id);
    const microphone = await ada.produce(transportId, 'microphone');
    await ada.produce(transportId, 'camera');
    await ben.until(() => ben.other(ada.id)?.producers.length === 2);
    await signalling.command(mute(ada.id, 'microphone'));
    expect(far.calls).toContain(`pauseProducer ${microphone}`);
    const paused = () => ben.other(ada.id)!.producers.map(({ source, paused }) => `${source} ${paused}`);
    await ben.until(() => paused().includes('microphone true'));
    expect(paused()).toEqual(['microphone true', 'camera false']);
    await ada.client.ok('producer.resume', { producerId: microphone });
    await ben.until(() => paused().includes('microphone false'));
  });

  test('is paused at once, ahead of its earlier requests that still wait', async () => {
    const node = await signalling.node();
    const [media] = node.mediaHost.nodes();
    const ada = await signalling.join(node);
    const { id: transportId } = await ada.openTransport('send');
    const producerId = await ada.produce(transportId);
    let release = () => {};
    media!.hold = new Promise((resolve) => {
      release = resolve;
    });
    const restarts = Array.from({ length: 50 }, () => ada.client.ok('transport.restartIce', { transportId }));
    const late = ada.client.ok('produce', {
      transportId,
      kind: 'video',
      source: 'camera',
      rtpParameters: RTP_PARAMETERS,
    });
    await expect.poll(() => media!.calls).toContain('restartIce');
    // A socket's requests are processed in order: once this one is answered, all earlier ones wait.
    await ada.client.ok('sync', {});
    const muting = signalling.command(mute(ada.id, 'camera'));
    await expect.poll(() => media!.calls).toContain(`pauseProducer ${producerId}`);
    release();
    const { producerId: lateId } = await late;
    await Promise.all([...restarts, muting]);
    expect(media!.calls).toContain(`pauseProducer ${lateId}`);
    const { room } = await ada.client.ok('sync', {});
    expect(room.participants[0]!.producers.map(({ paused }) => paused)).toEqual([true, true]);
  });
});

describe('R7: a change of grants', () => {
  test('ends streams that may not be published any more, after a notification', async () => {
    const { one, two, ada, ben } = await signalling.twoHomes();
    const { id: transportId } = await ada.openTransport('send', 'ws-2-media-0');
    await ada.produce(transportId, 'microphone');
    const camera = await ada.produce(transportId, 'camera');
    await ben.until(() => ben.other(ada.id)?.producers.length === 2);
    await signalling.command({ ...grant(ada.id, { publish: ['microphone'] }), role: 'member' } as RoomCommand);
    expect(await ada.client.event('grants')).toEqual({ ...ALL_GRANTS, publish: ['microphone'] });
    await ben.until(() => ben.other(ada.id)?.role === 'member');
    expect(ben.other(ada.id)!.producers.map(({ source }) => source)).toEqual(['microphone']);
    expect(two.mediaHost.nodes()[0]!.producers.size).toBe(1);
    expect(await ada.client.refused('producer.resume', { producerId: camera })).toBe('producer.not_found');
    const again = { transportId, kind: 'video', source: 'camera', rtpParameters: RTP_PARAMETERS } as const;
    expect(await ada.client.refused('produce', again)).toBe('permission.denied');
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('without subscribing closes the received streams', async () => {
    const { two, ada, ben } = await signalling.twoHomes();
    const far = two.mediaHost.nodes()[0]!;
    await ben.produce((await ben.openTransport('send', far.id)).id);
    const { id: transportId } = await ada.openTransport('receive', far.id);
    await ada.until(() => ada.other(ben.id)?.producers.length === 1);
    const subscribe = { participantId: ben.id, transportId, rtpCapabilities };
    expect((await ada.client.ok('subscribe', subscribe)).consumers).toHaveLength(1);
    await signalling.command(grant(ada.id, { subscribe: false }));
    expect(await ada.client.event('transport.closed')).toEqual({ transportId, reason: 'not-granted' });
    expect([far.consumers.size, far.transports.has(transportId)]).toEqual([0, false]);
    expect(await ada.client.refused('transport.open', { direction: 'receive', mediaNodeId: far.id })).toBe(
      'permission.denied',
    );
    expect(ben.other(ada.id)).toBeDefined();
  });

  test('applies to earlier requests whose turn comes later', async () => {
    const node = await signalling.node();
    const [media] = node.mediaHost.nodes();
    const ada = await signalling.join(node);
    const { id: transportId, mediaNodeId } = await ada.openTransport('send');
    const { id: receiving } = await ada.openTransport('receive', mediaNodeId);
    let release = () => {};
    media!.hold = new Promise((resolve) => {
      release = resolve;
    });
    const first = [transportId, receiving].map((transportId) => ada.client.ok('transport.restartIce', { transportId }));
    const producing = ada.client.request('produce', {
      transportId,
      kind: 'video',
      source: 'camera',
      rtpParameters: RTP_PARAMETERS,
    });
    const opening = ada.client.request('transport.open', { direction: 'receive', mediaNodeId });
    await expect.poll(() => media!.calls.filter((call) => call === 'restartIce')).toHaveLength(2);
    const granted = signalling.command(grant(ada.id, { publish: ['microphone'], subscribe: false }));
    await ada.client.event('grants');
    release();
    await Promise.all([...first, granted]);
    expect(await producing).toMatchObject({ ok: false, error: { code: 'permission.denied' } });
    expect(await opening).toMatchObject({ ok: false, error: { code: 'permission.denied' } });
    expect([media!.producers.size, media!.transports.size]).toEqual([0, 1]);
  });

  test('R3: takes precedence over the token after resuming, on the same node and on another', async () => {
    const { one, two, ada, ben } = await signalling.twoHomes();
    const grants = { ...ALL_GRANTS, publish: ['microphone' as const], moderate: true };
    await signalling.command({ type: 'update', roomId, participantId: ada.id, role: 'moderator', grants });
    await signalling.vanish(ada, ben);
    const back = await signalling.resume(one, ada);
    expect(back.joined.grants).toEqual(grants);
    // The token from before the change, at a node that has only the token.
    const moved = await signalling.resume(two, ada);
    expect(moved.joined.grants).toEqual(grants);
    expect(moved.room.participants.find(({ id }) => id === ada.id)?.role).toBe('moderator');
    const restored = await signalling.resume(one, moved);
    expect(restored.joined.grants).toEqual(grants);
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  test('R3: is not lost while the participant moves', async () => {
    const { one, two, ada } = await signalling.twoHomes();
    await ada.produce((await ada.openTransport('send', 'ws-1-media-0')).id);
    const client = signalling.client(two);
    const moving = client.ok('resume', { resumeToken: ada.joined.resumeToken, protocolVersion });
    const command = () => signalling.command(grant(ada.id, { publish: ['microphone'] }));
    await expect
      .poll(
        () =>
          command().then(
            () => 'done',
            (error: CodedError) => error.code,
          ),
        { interval: 1 },
      )
      .toBe('done');
    const moved = new Participant(client, await moving);
    await moved.until(() => moved.room.participants.find(({ id }) => id === ada.id)?.producers.length === 0);
    expect(one.mediaHost.nodes()[0]!.producers.size).toBe(0);
    const again = await signalling.resume(one, moved);
    expect(again.joined.grants.publish).toEqual(['microphone']);
    expect([...one.errors, ...two.errors]).toEqual([]);
  });
});

describe('events of the meeting', () => {
  const settled = { type: 'members.changed' };

  test('reach every client concerned on every node, and invalid ones reach none', async () => {
    const { one, two, ben } = await signalling.twoHomes();
    const host = await signalling.join(one, { role: 'host', grants: { ...ALL_GRANTS, moderate: true } });
    const member = await signalling.join(two, { role: 'member' });
    await signalling.publishMeetingEvent({ type: 'message.created', message: { ...MESSAGE, text: 42 } });
    await signalling.publishMeetingEvent({ type: 'waiting.changed', waiting: 1 });
    await signalling.publishMeetingEvent(settled);
    await signalling.publishMeetingEvent({ type: 'message.created', message: MESSAGE });
    await signalling.publishMeetingEvent({ type: 'message.deleted', message: MESSAGE }, 'room-2');
    const told = async (who: Participant, count: number) => {
      const own = () => who.client.events.filter(({ name }) => name === 'meeting');
      await who.until(() => own().length === count);
      return own().map(({ event }) => (event as { type: string }).type);
    };
    expect(await told(host, 3)).toEqual(['waiting.changed', 'members.changed', 'message.created']);
    expect(await told(member, 2)).toEqual(['members.changed', 'message.created']);
    expect(await told(ben, 1)).toEqual(['message.created']);
    for (const node of [one, two]) {
      expect(node.errors.splice(0)).toEqual([expect.stringContaining('busInvalid')]);
    }
  });

  test('depend on the current grants', async () => {
    const node = await signalling.node();
    const ada = await signalling.join(node, { role: 'moderator', grants: { ...ALL_GRANTS, moderate: true } });
    await signalling.command({ type: 'update', roomId, participantId: ada.id, role: 'guest', grants: ALL_GRANTS });
    await signalling.publishMeetingEvent({ type: 'waiting.changed', waiting: 1 });
    await signalling.publishMeetingEvent(settled);
    await signalling.publishMeetingEvent({ type: 'message.created', message: MESSAGE });
    expect(await ada.client.event('meeting')).toMatchObject({ type: 'message.created' });
  });
});

const MESSAGE = {
  id: 'b2c7b0a8-6f0e-4b6e-9a3c-0a4ea7a3d0c1',
  seq: 1,
  clientId: 'one',
  author: { userId: null, participantId: 'ada', name: 'Ada', avatarUrl: null },
  text: 'Hello',
  createdAt: '2026-11-22T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
};
