// Beyond 400 lines because one call is tested from entering to leaving against one server in
// memory; split, each part would set that up anew.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gathered, pass } from '../../test/call-time.js';
import { holdReceiving } from '../../test/enter.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer, LOSE, participant } from '../../test/fake-server.js';
import { admitted } from '../../test/meeting.js';
import type { CallEvents } from '../api/call.js';
import type { JoinOptions } from '../api/join-options.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

let unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => unhandled.push(reason);

beforeEach(() => {
  vi.useFakeTimers();
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
  vi.stubGlobal('fetch', async () => Response.json(admitted));
});

afterEach(async () => {
  await vi.advanceTimersByTimeAsync(0);
  process.off('unhandledRejection', onUnhandled);
  vi.unstubAllGlobals();
  vi.useRealTimers();
  expect(unhandled).toEqual([]);
});

async function enter(options: Partial<JoinOptions> = {}, prepare?: (server: FakeServer) => void) {
  const server = new FakeServer();
  const device = new FakeDevice();
  prepare?.(server);
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', ...options },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  const events: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      events.push(`${name} ${args.map((arg) => (arg as { name?: string })?.name ?? '').join('')}`.trim());
  for (const name of ['participant.joined', 'participant.left', 'participant.updated', 'closed'] as const) {
    call.on(name, note(name) as CallEvents[typeof name]);
  }
  await settle();
  return { server, device, call, events };
}

const settle = () => pass();
const both = [
  { track: track('audio'), source: 'microphone' as const },
  { track: track('video'), source: 'camera' as const },
];

describe('entering', () => {
  it('publishes and subscribes to all participants at once, with one transport per direction and node (R9)', async () => {
    const { server, call, device } = await enter({ tracks: both }, (server) => {
      server.join('ada', ['camera', 'node-1'], ['microphone', 'node-1']);
      server.join('ben', ['camera', 'node-2']);
      server.join('eve', ['camera', 'node-1']);
    });
    expect(call.title).toBe('Weekly');
    expect(call.participants.map(({ name }) => name)).toEqual(['ADA', 'BEN', 'EVE']);
    const opens = server.log.filter((entry) => entry.startsWith('transport.open'));
    expect(opens.sort()).toEqual(['transport.open node-1', 'transport.open node-2', 'transport.open send']);
    // No open request waits for the answer to another one.
    expect(server.log.slice(0, 2)).toEqual(['open', 'join']);
    expect(server.log.slice(2, 5).every((entry) => entry.startsWith('transport.open'))).toBe(true);
    for (const { publications } of call.participants) for (const { track } of publications) expect(track).toBeDefined();
    expect(device.sending.senders.map((sender) => sender.track?.kind)).toEqual(['audio', 'video']);
    expect(device.loads).toBe(1);
    await call.leave();
  });

  it('starts a picture once the browser can receive it, and again when no answer came', async () => {
    const { server, call } = await enter();
    let refusals = 2;
    server.overrides['consumer.resume'] = () => {
      if (refusals-- > 0) throw coded('server.unavailable');
      return {};
    };
    server.join('ada', ['camera', 'node-1'], ['microphone', 'node-1']);
    await vi.advanceTimersByTimeAsync(10_000);
    const names = server.log.map((entry) => entry.split(' ')[0]);
    // The camera's only, after its negotiation: two refusals, one success.
    expect(names.filter((name) => name === 'consumer.resume')).toHaveLength(3);
    expect(names.indexOf('consumer.resume')).toBeGreaterThan(names.indexOf('subscribe'));
    await call.leave();
  });

  it('R2: emits each join and each leave once', async () => {
    const { server, call, events } = await enter();
    server.join('ada', ['camera', 'node-1']);
    await gathered();
    expect(call.participants[0]?.publication('camera')?.track?.id).toBe('remote ada-camera-node-1');
    server.change({ type: 'participant.updated', participantId: 'ada', connection: 'reconnecting' });
    expect(call.participants[0]?.connection).toBe('reconnecting');
    server.change({ type: 'participant.left', participantId: 'ada', reason: 'left' });
    expect(call.participants).toEqual([]);
    expect(events).toEqual(['participant.joined ADA', 'participant.updated ADA', 'participant.left ADA']);
    await call.leave();
  });

  it('rejects with the server’s code and leaves no timer behind', async () => {
    vi.stubGlobal('fetch', async () =>
      Response.json(
        { type: 'about:blank', title: 'The password is not right', status: 403, code: 'meeting.wrong_password' },
        { status: 403 },
      ),
    );
    await expect(enter({ tracks: both })).rejects.toMatchObject({ code: 'meeting.wrong_password' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('changes the array of participants with every change, and emits once per task', async () => {
    const { server, call } = await enter();
    let changes = 0;
    call.on('change', () => changes++);
    const before = call.participants;
    server.change({ type: 'participant.joined', participant: participant('ada') });
    server.change({ type: 'participant.joined', participant: participant('ben') });
    await settle();
    expect(call.participants).not.toBe(before);
    expect(changes).toBe(1);
    await call.leave();
  });
});

describe('publications', () => {
  it('muting takes the track off at once and notifies the server; unmuting brings it back', async () => {
    const { server, call, device } = await enter({ tracks: both });
    const microphone = call.local.publication('microphone')!;
    const muting = microphone.mute();
    expect(device.sending.senders[0]?.track).toBeNull();
    expect(microphone.muted).toBe(true);
    await muting;
    expect(ownProducer(server, 'microphone')?.paused).toBe(true);
    await microphone.unmute();
    expect(device.sending.senders[0]?.track).toBe(both[0]!.track);
    expect(ownProducer(server, 'microphone')?.paused).toBe(false);
    await call.leave();
  });

  it('R6: repeats a refused request that may have been carried out', async () => {
    const { server, call } = await enter();
    await call.publish(track('audio'), { source: 'microphone' });
    const [own] = server.producers.keys();
    const paused = () => server.room.participants.find(({ id }) => id === server.me)?.producers[0]?.paused;
    server.overrides['producer.pause'] = () => {
      server.change({ type: 'producer.updated', participantId: server.me, producerId: own!, paused: true });
      throw coded('server.unavailable');
    };
    const microphone = call.local.publication('microphone')!;
    void microphone.mute();
    await settle();
    expect(paused()).toBe(true);
    await microphone.unmute();
    expect(paused()).toBe(false);
    expect(microphone.muted).toBe(false);
    await call.leave();
  });

  it('publishes muted without sending media', async () => {
    const { server, call, device } = await enter();
    await call.publish(track('audio'), { source: 'microphone', muted: true });
    expect(device.sending.senders[0]?.track).toBeNull();
    expect(ownProducer(server, 'microphone')?.paused).toBe(true);
    await call.leave();
  });

  it('replaces tracks, also while muted, without a new producer', async () => {
    const { server, call, device } = await enter({ tracks: both });
    const camera = call.local.publication('camera')!;
    const other = track('video', 'other');
    await camera.mute();
    await camera.replaceTrack(other);
    expect(device.sending.senders[1]?.track).toBeNull();
    await camera.unmute();
    expect(device.sending.senders[1]?.track).toBe(other);
    expect(server.log.filter((entry) => entry === 'produce camera')).toHaveLength(1);
    await call.leave();
  });

  it('unpublishes, and publishes again', async () => {
    const { server, call } = await enter({ tracks: both });
    await call.local.publication('camera')!.unpublish();
    expect(ownProducer(server, 'camera')).toBeUndefined();
    expect(call.local.publication('camera')).toBeUndefined();
    await call.publish(track('video'), { source: 'camera' });
    expect(ownProducer(server, 'camera')).toBeDefined();
    await call.leave();
  });

  it('R7: rejects for a refused source and affects no other one', async () => {
    const { server, call } = await enter({ tracks: [both[0]!] });
    server.overrides.produce = () => {
      throw coded('permission.denied');
    };
    await expect(call.publish(track('video'), { source: 'screen' })).rejects.toMatchObject({
      code: 'permission.denied',
    });
    expect(call.local.publications.map(({ source }) => source)).toEqual(['microphone']);
    await call.leave();
  });
});

describe('subscriptions', () => {
  it('subscribes to later publications, on the transport that is open', async () => {
    const { server, call } = await enter({}, (server) => server.join('ada', ['microphone', 'node-1']));
    server.produce('ada', 'camera', 'node-1');
    await gathered();
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    expect(server.log.filter((entry) => entry === 'subscribe ada')).toHaveLength(2);
    expect(server.log.filter((entry) => entry === 'transport.open node-1')).toHaveLength(1);
    await call.leave();
  });

  it('requests streams once that are announced together', async () => {
    const { server, call } = await enter();
    server.join('ada');
    server.produce('ada', 'microphone', 'node-1');
    await pass(20);
    server.produce('ada', 'camera', 'node-1');
    await gathered();
    expect(call.participants[0]?.publications.every(({ track }) => track)).toBe(true);
    expect(server.log.filter((entry) => entry === 'subscribe ada')).toHaveLength(1);
    await call.leave();
  });

  it('can be made by hand', async () => {
    const { server, call } = await enter({ autoSubscribe: false }, (server) =>
      server.join('ada', ['camera', 'node-1']),
    );
    const [ada] = call.participants;
    expect(ada?.publication('camera')?.track).toBeUndefined();
    await ada?.subscribe();
    await settle();
    expect(ada?.publication('camera')?.track).toBeDefined();
    await ada?.unsubscribe();
    expect(ada?.publication('camera')?.track).toBeUndefined();
    expect(server.consumers.size).toBe(0);
    await call.leave();
  });

  it('stops requesting streams that cannot be received', async () => {
    const { server, call } = await enter();
    server.overrides.subscribe = () => ({ consumers: [] });
    server.join('ada', ['camera', 'node-1']);
    await vi.advanceTimersByTimeAsync(120_000);
    const requested = server.log.filter((entry) => entry === 'subscribe ada').length;
    expect(requested).toBeLessThanOrEqual(6);
    await call.leave();
  });

  it('subscribes again after a consumer was closed while its producer continues', async () => {
    const { server, call } = await enter({}, (server) => server.join('ada', ['camera', 'node-1']));
    const { id } = server.consumers.get('ada-camera-node-1')!;
    server.consumers.clear();
    server.send('consumer.closed', { consumerId: id, reason: 'whatever' });
    expect(call.participants[0]?.publication('camera')?.track).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });
});

describe('streams that arrive one after the other', () => {
  it('do not wait for each other’s negotiation, nor for a transport where this side publishes', async () => {
    const { server, call, device } = await enter({ tracks: both });
    expect(server.log).toContain('transport.open node-1');
    // The browser is slow: no negotiation finishes.
    const finish = holdReceiving(device);
    server.join('ada', ['microphone', 'node-1']);
    await gathered();
    server.produce('ada', 'camera', 'node-1');
    server.join('ben', ['camera', 'node-1']);
    await gathered();
    expect(server.consumers.size).toBe(3);
    finish();
    await settle();
    expect(call.participants[0]?.publications.every(({ track }) => track)).toBe(true);
    expect(call.participants[1]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });

  it('are requested afresh when the server assumes that they are received', async () => {
    const { server, call, device } = await enter({ tracks: both });
    device.receiving.receive = async () => {
      device.receiving.receive = receive;
      throw new Error('no decoder today');
    };
    const { receive } = Object.getPrototypeOf(device.receiving);
    server.join('ada', ['camera', 'node-1']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.log).toContain('unsubscribe ada');
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });

  it('leave nothing behind when they end during their negotiation', async () => {
    const { server, call, device } = await enter({ tracks: both });
    const finish = holdReceiving(device);
    server.join('ada', ['camera', 'node-1']);
    await settle();
    server.change({ type: 'participant.left', participantId: 'ada', reason: 'left' });
    finish();
    await settle();
    expect(device.receiving.receivers.every(({ closed }) => closed)).toBe(true);
    await call.leave();
  });
});

describe('R1: a gap', () => {
  it('brings one snapshot', async () => {
    const { server, call } = await enter();
    server.change({ type: 'participant.joined', participant: participant('ada') }, false);
    server.join('ben', ['camera', 'node-1']);
    await settle();
    expect(server.log.filter((entry) => entry === 'sync').length).toBeLessThanOrEqual(2);
    expect(call.participants.map(({ name }) => name)).toEqual(['ADA', 'BEN']);
    expect(call.participants[1]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });
});

describe('a lost socket', () => {
  it('leaves media alone and catches up with the room', async () => {
    const { server, call, device, events } = await enter({ tracks: both }, (server) => {
      server.join('ada', ['camera', 'node-1']);
    });
    const before = device.open;
    const shown = call.participants[0]?.publication('camera')?.track;
    server.cut();
    expect(call.connection).toBe('reconnecting');
    server.join('ben', ['camera', 'node-1']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(call.connection).toBe('connected');
    expect(device.open).toEqual(before);
    expect(device.transports.every(({ restarts }) => restarts === 0)).toBe(true);
    expect(call.participants[0]?.publication('camera')?.track).toBe(shown);
    expect(call.participants[1]?.publication('camera')?.track).toBeDefined();
    expect(events).toEqual(['participant.joined BEN']);
    await call.leave();
  });

  it('restarts ICE where it was lost too', async () => {
    const { server, call, device } = await enter({ tracks: both }, (server) =>
      server.join('ada', ['camera', 'node-1']),
    );
    device.receiving.state = 'disconnected';
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(device.receiving.restarts).toBe(1);
    expect(device.sending.restarts).toBe(0);
    await call.leave();
  });

  it('restarts ICE everywhere when the network changed, and only then', async () => {
    const { server, call, device } = await enter({ tracks: both }, (server) =>
      server.join('ada', ['camera', 'node-1']),
    );
    (call as LiveCall).networkChanged();
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([device.receiving.restarts, device.sending.restarts]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(15_000);
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([device.receiving.restarts, device.sending.restarts]).toEqual([1, 1]);
    await call.leave();
  });

  it('carries out the requests made meanwhile', async () => {
    const { server, call } = await enter({ tracks: both });
    server.cut();
    const muting = call.local.publication('microphone')!.mute();
    const publishing = call.publish(track('video', 'screen'), { source: 'screen' });
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all([muting, publishing]);
    expect(ownProducer(server, 'microphone')?.paused).toBe(true);
    expect(ownProducer(server, 'screen')).toBeDefined();
    await call.leave();
  });

  it('closes producers and requests consumers again whose answers were lost', async () => {
    const { server, call } = await enter();
    server.join('ada');
    server.overrides.produce = ({ kind, source }) => {
      const producer = {
        id: 'orphan',
        kind: kind as 'video',
        source: source as 'camera',
        paused: false,
        mediaNodeId: 'node-1',
      };
      server.change({ type: 'producer.added', participantId: 'me', producer });
      return LOSE;
    };
    server.overrides.subscribe = () => {
      server.consumers.set('ada-camera-node-1', { id: 'orphan', transportId: 'receive-2', participantId: 'ada' });
      return LOSE;
    };
    const publishing = call.publish(track('video'), { source: 'camera' });
    server.produce('ada', 'camera', 'node-1');
    await settle();
    server.overrides = {};
    server.cut();
    await vi.advanceTimersByTimeAsync(2_000);
    await publishing;
    const own = server.room.participants.find(({ id }) => id === 'me')!;
    expect(own.producers.map(({ id }) => id)).not.toContain('orphan');
    expect(own.producers).toHaveLength(1);
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });

  it('joins afresh after the participant expired, without an event that a participant left', async () => {
    const { server, call, events, device } = await enter({ tracks: both }, (server) => {
      server.join('ada', ['camera', 'node-1']);
    });
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    const old = device.open;
    server.cut();
    server.change({ type: 'participant.left', participantId: 'me', reason: 'connection-lost' });
    server.me = 'me-again';
    server.consumers.clear();
    server.transports.clear();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(call.connection).toBe('connected');
    expect(call.local.id).toBe('me-again');
    expect(old.every(({ state }) => state === 'closed')).toBe(true);
    expect(ownProducer(server, 'camera')).toBeDefined();
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    expect(events).toEqual([]);
    await call.leave();
  });
});

describe('a lost transport', () => {
  it('R11: a crashed media node is replaced, and no participant leaves', async () => {
    const { server, call, device, events } = await enter({ tracks: both }, (server) => {
      server.join('ada', ['camera', 'node-1']);
    });
    const old = device.open;
    server.loseMediaNode('node-1');
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    for (const { id } of server.room.participants.find(({ id }) => id === 'me')!.producers) {
      server.change({ type: 'producer.removed', participantId: 'me', producerId: id });
    }
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-1' });
    server.produce('ada', 'camera', 'node-2');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(old.every(({ state }) => state === 'closed')).toBe(true);
    expect(ownProducer(server, 'camera')).toBeDefined();
    expect(ownProducer(server, 'microphone')).toBeDefined();
    expect(own(server).producers).toHaveLength(2);
    expect(call.participants[0]?.publication('camera')?.track?.id).toBe('remote ada-camera-node-2');
    expect(events).toEqual([]);
    await call.leave();
  });

  it('R11: streams through a crashed media node end with its connection, without a negotiation', async () => {
    const { server, call, device } = await enter({}, (server) => {
      for (const name of ['ada', 'ben']) server.join(name, ['camera', 'node-1'], ['microphone', 'node-1']);
    });
    const { receivers } = device.receiving;
    server.loseMediaNode('node-1');
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    expect(receivers.map(({ closed, closedAlone }) => [closed, closedAlone])).toEqual(Array(4).fill([true, false]));
    await call.leave();
  });

  it('R11: streams of a crashed media node are not requested until the room reports it, unless they still exist', async () => {
    const { server, call } = await enter({}, (server) => {
      server.join('ada', ['camera', 'node-1']);
      server.join('ben', ['camera', 'node-1']);
    });
    const requested = server.log.length;
    server.loseMediaNode('node-1');
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    await pass(400);
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-1' });
    server.produce('ada', 'camera', 'node-2');
    await gathered();
    expect(call.participants[0]?.publication('camera')?.track?.id).toBe('remote ada-camera-node-2');
    const open = /^(transport\.open|subscribe)/;
    expect(server.log.slice(requested).filter((entry) => open.test(entry))).toEqual([
      'transport.open node-2',
      'subscribe ada',
    ]);
    await pass(5_000);
    expect(call.participants[1]?.publication('camera')?.track?.id).toBe('remote ben-camera-node-1');
    await call.leave();
  });

  it('is opened again when the server closes it', async () => {
    const { server, call, device } = await enter({}, (server) => server.join('ada', ['camera', 'node-1']));
    const { id } = device.receiving;
    server.loseMediaNode('node-1');
    server.send('transport.closed', { transportId: id, reason: 'consent-expired' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(device.receiving.id).not.toBe(id);
    expect(call.participants[0]?.publication('camera')?.track).toBeDefined();
    await call.leave();
  });

  it('checks the socket at once when it is disconnected, and continues on a new socket when that is dead too', async () => {
    const { server, call, device } = await enter({ tracks: both });
    server.overrides.sync = () => LOSE;
    device.sending.become('disconnected');
    await vi.advanceTimersByTimeAsync(1_900);
    expect(server.log.filter((entry) => entry === 'resume')).toHaveLength(1);
    expect(device.sending.restarts).toBe(1);
    await call.leave();
  });

  it('restarts ICE after 2 s of disconnection, and at once when it failed', async () => {
    const { call, device } = await enter({ tracks: both });
    device.sending.become('disconnected');
    await vi.advanceTimersByTimeAsync(1_900);
    expect(device.sending.restarts).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(device.sending.restarts).toBe(1);
    device.sending.become('failed');
    await settle();
    expect(device.sending.restarts).toBe(2);
    await call.leave();
  });

  it('restarts ICE with the newest servers, whose credentials have not expired', async () => {
    const { server, call, device } = await enter({ tracks: both });
    server.iceServers = [{ urls: ['turns:renewed.example'] }];
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    device.sending.become('failed');
    await settle();
    expect(device.sending.iceServers).toEqual(server.iceServers);
    await call.leave();
  });

  it('restarts ICE at once when media stop that flowed, on all paths', async () => {
    const { server, call, device } = await enter({ tracks: both }, (server) =>
      server.join('ada', ['camera', 'node-1']),
    );
    await vi.advanceTimersByTimeAsync(3_000);
    expect([device.receiving.restarts, device.sending.restarts]).toEqual([0, 0]);
    for (const { receivers } of device.allReceiving) for (const receiver of receivers) receiver.flowing = false;
    device.sending.arrivedAt = performance.timeOrigin + performance.now() - 400;
    await vi.advanceTimersByTimeAsync(600);
    expect([device.receiving.restarts, device.sending.restarts]).toEqual([1, 1]);
    await settle();
    const of = (transportId: string) => server.credentials.get(transportId);
    expect(of(device.receiving.id)).toBe(device.receiving.iceParameters.usernameFragment);
    expect(of(device.sending.id)).toBe(device.sending.iceParameters.usernameFragment);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([device.receiving.restarts, device.sending.restarts]).toEqual([1, 1]);
    await call.leave();
  });

  it('is replaced when the server does not know it any more', async () => {
    const { server, call, device } = await enter({ tracks: both });
    const { id } = device.sending;
    server.transports.clear();
    device.sending.become('failed');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(device.sending.id).not.toBe(id);
    expect(device.sending.senders).toHaveLength(2);
    await call.leave();
  });
});

describe('the end', () => {
  it('leaves no transport, timer or listener', async () => {
    const { server, call, device, events } = await enter({ tracks: both }, (server) => {
      server.join('ada', ['camera', 'node-1']);
    });
    await call.leave();
    expect(call.connection).toBe('closed');
    expect(call.closeReason).toBe('left');
    expect(events).toEqual(['closed']);
    expect(device.open).toEqual([]);
    expect(server.socket.open).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    await expect(call.publish(track('audio'), { source: 'microphone' })).rejects.toMatchObject({
      code: 'session.not_joined',
    });
    await call.leave();
  });

  it('is reported when the server ends it', async () => {
    const { server, call, events } = await enter({ tracks: both });
    server.send('ended', { reason: 'kicked' });
    expect(call.closeReason).toBe('kicked');
    expect(events).toEqual(['closed']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function own(server: FakeServer) {
  return server.room.participants.find(({ id }) => id === server.me)!;
}

function ownProducer(server: FakeServer, source: string) {
  return own(server).producers.find((producer) => producer.source === source);
}
