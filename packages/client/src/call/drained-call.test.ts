import { describe, expect, it } from 'vitest';
import { gathered, pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

useCallTime();
const both = [
  { track: track('audio'), source: 'microphone' as const },
  { track: track('video'), source: 'camera' as const },
];

async function enter(publish = both, prepare?: (server: FakeServer) => void) {
  const server = new FakeServer();
  const device = new FakeDevice();
  prepare?.(server);
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', tracks: publish },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  const events: string[] = [];
  call.on('connection', (state) => events.push(state));
  call.on('track.subscribed', ({ id }) => events.push(`shows ${id}`));
  call.on('track.unsubscribed', () => events.push('shows nothing'));
  call.on('publication.added', () => events.push('publication.added'));
  call.on('publication.removed', () => events.push('publication.removed'));
  call.on('participant.left', () => events.push('participant.left'));
  await pass();
  events.splice(0);
  return { server, device, call, events };
}

function drain(server: FakeServer, mediaNodeId = 'node-1', to = 'node-2') {
  server.placement = to;
  server.send('mediaNode.draining', { mediaNodeId, draining: true });
}

/** Own producers in the room's state, by media node. */
function published(server: FakeServer): string[] {
  const me = server.room.participants.find(({ id }) => id === server.me)!;
  return me.producers.map(({ source, mediaNodeId }) => `${source} ${mediaNodeId}`);
}

describe('R10: a stream through a media node that drains', () => {
  it('is sent from another node too, and only from there when no participant receives the old stream any more', async () => {
    const { server, device, call, events } = await enter();
    server.receivers = 1;
    const [old] = device.allSending;
    const before = server.room.participants.find(({ id }) => id === 'me')!.producers;
    drain(server);
    await pass(100);
    expect(published(server)).toEqual(['microphone node-1', 'camera node-1', 'microphone node-2', 'camera node-2']);
    const after = server.room.participants.find(({ id }) => id === 'me')!.producers.slice(2);
    expect(after.map(({ replaces }) => replaces)).toEqual(before.map(({ id }) => id));
    for (const { senders } of device.allSending) {
      expect(senders.map((sender) => [sender.track?.kind, sender.closed])).toEqual([
        ['audio', false],
        ['video', false],
      ]);
    }
    await pass(10_000);
    expect(old!.state).not.toBe('closed');
    server.receivers = 0;
    await pass(1_000);
    expect(old!.state).toBe('closed');
    expect(published(server)).toEqual(['microphone node-2', 'camera node-2']);
    expect(call.local.publications.map(({ source }) => source)).toEqual(['microphone', 'camera']);
    expect(events).toEqual([]);
    await call.leave();
  });

  it('ends on the old path after twenty seconds, even with receivers', async () => {
    const { server, device, call } = await enter();
    const [old] = device.allSending;
    server.receivers = 1;
    server.overrides['producer.stats'] = () => {
      delete server.overrides['producer.stats'];
      throw coded('server.unavailable');
    };
    drain(server);
    await pass(19_000);
    expect(old!.state).not.toBe('closed');
    await pass(2_000);
    expect(old!.state).toBe('closed');
    expect(published(server)).toEqual(['microphone node-2', 'camera node-2']);
    await call.leave();
  });

  it('falls silent on both paths at once when it is muted meanwhile', async () => {
    const { server, device, call } = await enter();
    drain(server);
    await pass(100);
    const muting = call.local.publication('microphone')!.mute();
    expect(device.allSending.map(({ senders }) => senders[0]!.track)).toEqual([null, null]);
    await muting;
    await pass(6_000);
    expect(server.room.participants.find(({ id }) => id === 'me')!.producers.map(({ paused }) => paused)).toEqual([
      true,
      false,
    ]);
    await call.leave();
  });

  it('never leaves the microphone when it is muted while the answer is on its way', async () => {
    const { server, device, call } = await enter([both[0]!]);
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    drain(server);
    server.overrides['transport.open'] = async () => {
      delete server.overrides['transport.open'];
      return { mediaNodeId: 'node-2', transport: transportParameters('late') };
    };
    server.transports.set('late', 'node-2');
    server.overrides.produce = async ({ transportId, replaces }) => {
      await held;
      server.change({
        type: 'producer.added',
        participantId: 'me',
        producer: {
          id: 'new',
          kind: 'audio',
          source: 'microphone',
          paused: false,
          mediaNodeId: server.transports.get(transportId as string)!,
          replaces: replaces as string,
        },
      });
      return { producerId: 'new' };
    };
    await pass(100);
    const muting = call.local.publication('microphone')!.mute();
    answer();
    await muting;
    expect(device.allSending.map(({ senders }) => senders[0]!.track)).toEqual([null, null]);
    expect(server.log).toContain('producer.pause new');
    await call.leave();
  });

  it('R11: uses the new path when the old one is lost meanwhile', async () => {
    const { server, device, call } = await enter([both[1]!]);
    const produce = server.handlers.produce!;
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.overrides.produce = async (...of) => {
      await held;
      return produce(...of);
    };
    drain(server);
    await pass(100);
    server.loseMediaNode('node-1');
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    answer();
    await pass(1_000);
    expect(published(server).filter((one) => one.endsWith('node-2'))).toEqual(['camera node-2']);
    expect(server.log.filter((entry) => entry.startsWith('produce '))).toHaveLength(2);
    expect(device.sending.senders.map(({ closed, track }) => [closed, track?.kind])).toEqual([[false, 'video']]);
    await call.leave();
  });

  it('leaves both paths when it is unpublished meanwhile', async () => {
    const { server, call } = await enter();
    drain(server);
    await pass(100);
    await call.local.publication('camera')!.unpublish();
    expect(published(server)).toEqual(['microphone node-1', 'microphone node-2']);
    await pass(6_000);
    expect(published(server)).toEqual(['microphone node-2']);
    await call.leave();
  });

  it('stays when there is no other node, and moves when there is one', async () => {
    const { server, device, call } = await enter();
    drain(server, 'node-1', 'node-1');
    await pass(3_000);
    expect(published(server)).toEqual(['microphone node-1', 'camera node-1']);
    expect(device.allSending).toHaveLength(1);
    // Meanwhile all other functions work.
    await call.local.publication('camera')!.mute();
    server.placement = 'node-3';
    await pass(20_000);
    expect(published(server)).toEqual(['microphone node-3', 'camera node-3']);
    await call.leave();
  });

  it('stays when the drain is cancelled', async () => {
    const { server, device, call } = await enter();
    server.overrides['transport.open'] = () => {
      throw coded('server.unavailable');
    };
    drain(server);
    await pass(1_000);
    server.send('mediaNode.draining', { mediaNodeId: 'node-1', draining: false });
    delete server.overrides['transport.open'];
    await pass(30_000);
    expect(published(server)).toEqual(['microphone node-1', 'camera node-1']);
    expect(device.allSending).toHaveLength(1);
    await call.leave();
  });

  it('is published afresh when the new path is lost, and continues when the old one is', async () => {
    const { server, device, call } = await enter();
    drain(server);
    await pass(100);
    server.loseMediaNode('node-1');
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    await pass(100);
    expect(device.allSending).toHaveLength(1);
    expect(device.sending.senders.every(({ closed }) => !closed)).toBe(true);
    server.placement = 'node-3';
    server.loseMediaNode('node-2');
    server.send('mediaNode.lost', { mediaNodeId: 'node-2' });
    await pass(1_000);
    expect(published(server).slice(-2)).toEqual(['microphone node-3', 'camera node-3']);
    await call.leave();
  });
});

describe('R10: the streams of a participant that moves', () => {
  const ada = (call: LiveCall) => call.participants[0]!;

  async function watching() {
    const all = await enter([], (server) => server.join('ada', ['camera', 'node-1']));
    const old = ada(all.call).publication('camera')!;
    const [from] = all.device.open;
    all.device.flowing = false;
    drain(all.server);
    all.server.produce('ada', 'camera', 'node-2', { replaces: 'ada-camera-node-1' });
    await gathered();
    return { ...all, publication: old, from: from! };
  }

  it('are shown from the old node until media arrive from the new one, as the same publication', async () => {
    const { call, device, server, events, publication, from } = await watching();
    const incoming = device.receivingFrom('ada-camera-node-2')!;
    device.receivingFrom('ada-camera-node-1')!.idle = 120.4;
    await pass(1_000);
    device.receivingFrom('ada-camera-node-1')!.idle = 30;
    expect(publication.track?.id).toBe('remote ada-camera-node-1');
    incoming.flowing = true;
    // Its first pictures arrive unevenly.
    await pass(700);
    expect(publication.track?.id).toBe('remote ada-camera-node-1');
    await pass(100);
    expect(publication.track?.id).toBe('remote ada-camera-node-2');
    expect(device.receivingFrom('ada-camera-node-1')!.closed).toBe(false);
    await pass(1_500);
    expect(device.receivingFrom('ada-camera-node-1')!.closed).toBe(true);
    expect([...server.consumers.keys()]).toEqual(['ada-camera-node-2']);
    expect(server.gaps).toEqual([120]);
    // It carries no media any more.
    expect(from.state).toBe('closed');
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-1' });
    await pass();
    expect(ada(call).publications).toEqual([publication]);
    expect(events).toEqual(['shows remote ada-camera-node-2']);
    await call.leave();
  });

  it('R11: are switched at once when the old stream does not arrive any more', async () => {
    const { call, device, publication } = await watching();
    device.receivingFrom('ada-camera-node-1')!.flowing = false;
    device.receivingFrom('ada-camera-node-2')!.flowing = true;
    await pass(100);
    expect(publication.track?.id).toBe('remote ada-camera-node-2');
    await call.leave();
  });

  it('are switched after fifteen seconds, when the old one ends, and when they are paused', async () => {
    for (const what of ['waits', 'goes', 'is paused']) {
      const { call, server, publication, events } = await watching();
      await pass(14_900);
      expect(publication.track?.id).toBe('remote ada-camera-node-1');
      const producerId = what === 'goes' ? 'ada-camera-node-1' : 'ada-camera-node-2';
      if (what === 'goes') server.change({ type: 'producer.removed', participantId: 'ada', producerId });
      if (what === 'is paused')
        server.change({ type: 'producer.updated', participantId: 'ada', producerId, paused: true });
      await pass(what === 'waits' ? 200 : 100);
      expect(publication.track?.id).toBe('remote ada-camera-node-2');
      expect(events).toEqual(['shows remote ada-camera-node-2']);
      await call.leave();
    }
  });

  it('continue from the old node when the new stream ends', async () => {
    const { call, server, publication, events } = await watching();
    await pass(500);
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-2' });
    await pass(5_000);
    expect(publication.track?.id).toBe('remote ada-camera-node-1');
    expect(events).toEqual([]);
    await call.leave();
  });

  it('are one publication for a participant that joins in between, or has missed the beginning', async () => {
    const { call, server, device } = await enter([], (server) => {
      server.join('ada', ['camera', 'node-1']);
      server.produce('ada', 'camera', 'node-2', { replaces: 'ada-camera-node-1' });
    });
    expect(ada(call).publications).toHaveLength(1);
    expect(device.receivingFrom('ada-camera-node-1')).toBeUndefined();
    const events: string[] = [];
    call.on('publication.removed', () => events.push('removed'));
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-1' }, false);
    server.produce('ada', 'camera', 'node-3', { replaces: 'ada-camera-node-2' });
    await pass(1_000);
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: 'ada-camera-node-2' }, false);
    server.change({ type: 'participant.updated', participantId: 'ada', name: 'Ada B.' });
    await pass(1_000);
    expect(events).toEqual([]);
    expect(ada(call).publications).toHaveLength(1);
    expect(ada(call).publication('camera')!.track?.id).toBe('remote ada-camera-node-3');
    await call.leave();
  });
});

describe('R10: a call whose server drains', () => {
  it('moves socket and media without a visible change', async () => {
    const { server, device, call, events } = await enter(both, (server) => server.join('ada', ['camera', 'node-1']));
    const old = server.socket;
    let refusals = 3;
    server.overrides.resume = () => {
      if (refusals-- > 0) throw coded('server.draining');
      old.listener.message({ name: 'ended', data: { reason: 'replaced' } });
      old.open = false;
      old.listener.lost();
      return server.joined();
    };
    server.send('moving', { reason: 'server-draining' });
    drain(server);
    await pass(50);
    // Requests succeed all the while.
    await call.local.publication('camera')!.mute();
    server.produce('ada', 'microphone', 'node-2');
    await pass(10_000);
    expect(server.log.filter((entry) => entry === 'resume')).toHaveLength(4);
    expect(server.socket).not.toBe(old);
    expect(call.connection).toBe('connected');
    expect(events.filter((event) => !event.startsWith('shows'))).toEqual(['publication.added']);
    expect(published(server)).toEqual(['microphone node-2', 'camera node-2']);
    expect(device.allSending).toHaveLength(1);
    expect(server.log).not.toContain('unsubscribe ada');
    await call.leave();
  });

  it('emits a message once that both servers sent', async () => {
    const { server, call } = await enter([]);
    const types: string[] = [];
    call.on('meeting', (event) => types.push(event.type));
    const message = {
      id: '6dbd4d3c-7a1b-4f0f-9a43-0a4a4c5a2f11',
      seq: 1,
      participantId: null,
      userId: null,
      name: 'Ada',
      text: 'Hello',
      createdAt: '2026-11-22T12:00:00Z',
      editedAt: null,
      deletedAt: null,
    };
    for (let i = 0; i < 2; i++)
      server.socket.listener.message({ name: 'meeting', data: { type: 'message.created', message } as never });
    expect(types).toEqual(['message.created']);
    await call.leave();
  });
});

function transportParameters(id: string) {
  return {
    id,
    iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
    iceCandidates: [],
    dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
  };
}
