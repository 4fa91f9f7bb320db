import { describe, expect, it } from 'vitest';
import { gathered, pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeElements } from '../../test/fake-elements.js';
import { FakeServer, LOSE } from '../../test/fake-server.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

useCallTime();

async function enter(options: { onlyObserved?: boolean } = {}) {
  const server = new FakeServer();
  const device = new FakeDevice();
  const page = new FakeElements();
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', ...options },
    { device, openSocket: server.openSocket, watch: page.watch },
  )) as LiveCall;
  await pass();
  return { server, device, page, call };
}

/** A participant with a camera whose picture is received. */
async function withCamera(server: FakeServer, id = 'ada', mediaNodeId = 'node-1') {
  server.join(id);
  const producerId = server.produce(id, 'camera', mediaNodeId);
  await gathered();
  return producerId;
}

const camera = (call: LiveCall, id = 'ada') => call.participants.find((one) => one.id === id)!.publication('camera')!;

/** The client's view of each picture, by producer. */
const shown = (server: FakeServer) =>
  Object.fromEntries(
    [...server.consumers].flatMap(([producerId, { id }]) => {
      const view = server.preferences.get(id);
      return view ? [[producerId, `${view.visible ? `${view.width}x${view.height}` : 'hidden'} ${view.priority}`]] : [];
    }),
  );

describe('the received layers of pictures', () => {
  it('follow the elements that show them, many in one request', async () => {
    const { server, page, call } = await enter();
    const ada = await withCamera(server);
    const ben = await withCamera(server, 'ben');
    expect(shown(server)).toEqual({});
    server.log.splice(0);
    const stop = camera(call).observe(page.element(640, 360), { priority: 'high' });
    camera(call, 'ben').observe(page.element(320, 180));
    await pass();
    expect(shown(server)).toEqual({ [ada]: '640x360 high', [ben]: '320x180 low' });
    expect(server.log).toEqual(['consumer.setPreferences']);
    stop();
    await pass(2_000);
    expect(shown(server)).toEqual({ [ada]: 'hidden high', [ben]: '320x180 low' });
    await call.leave();
  });

  it('are known before a new picture starts', async () => {
    const { server, page, call } = await enter();
    await withCamera(server);
    camera(call).observe(page.element(640, 360));
    await pass(100);
    server.log.splice(0);
    const { id } = [...server.consumers.values()][0]!;
    server.consumers.clear();
    server.send('consumer.closed', { consumerId: id, reason: 'transport-closed' });
    await pass(1_000);
    const requests = server.log.filter((one) => one.startsWith('consumer.'));
    expect(requests.map((one) => one.split(' ')[0])).toEqual(['consumer.setPreferences', 'consumer.resume']);
    await call.leave();
  });

  it('are requested again for the consumers on another media node', async () => {
    const { server, page, call } = await enter();
    const ada = await withCamera(server);
    camera(call).observe(page.element(640, 360));
    await pass();
    const moved = server.produce('ada', 'camera', 'node-2', { replaces: ada });
    await gathered();
    await pass(3_000);
    expect(shown(server)).toMatchObject({ [moved]: '640x360 low' });
    await call.leave();
  });

  it('R10: are the lowest of one copy at most, while a stream arrives over two paths', async () => {
    const { server, device, page, call } = await enter();
    const ada = await withCamera(server);
    const others = await withCamera(server, 'ben');
    camera(call).observe(page.element(1280, 720), { priority: 'high' });
    camera(call, 'ben').observe(page.element(320, 180));
    await pass(500);
    device.flowing = false;
    server.log.splice(0);
    const moved = server.produce('ada', 'camera', 'node-2', { replaces: ada });
    await gathered();
    await pass(1_000);
    expect(shown(server)).toEqual({ [ada]: '1280x720 high', [moved]: '1x1 high', [others]: '320x180 low' });
    // No higher layer arrives before.
    const requests = server.log.filter((one) => one.startsWith('consumer.')).map((one) => one.split(' ')[0]);
    expect(requests).toEqual(['consumer.setPreferences', 'consumer.resume']);
    device.receivingFrom(moved)!.flowing = true;
    await pass(1_000);
    expect(shown(server)).toMatchObject({ [ada]: 'hidden low', [moved]: '1280x720 high' });
    // The servers' events about the old copy do not change the picture.
    const { id: consumerId } = server.consumers.get(ada)!;
    server.send('consumer.layers', { consumers: [{ consumerId, spatial: -1, temporal: -1, cause: 'hidden' }] });
    expect(camera(call).pausedBy).toBeUndefined();
    await pass(2_000);
    expect(device.receivingFrom(ada)!.closed).toBe(true);
    await call.leave();
  });

  it('R10: are as before when the path to which a stream moved is lost at once', async () => {
    const { server, device, page, call } = await enter();
    const ada = await withCamera(server);
    camera(call).observe(page.element(640, 360));
    await pass();
    const moved = server.produce('ada', 'camera', 'node-2', { replaces: ada });
    await gathered();
    await pass(1_000);
    expect(shown(server)).toMatchObject({ [ada]: 'hidden low', [moved]: '640x360 low' });
    server.change({ type: 'producer.removed', participantId: 'ada', producerId: moved });
    await pass();
    expect(shown(server)).toMatchObject({ [ada]: '640x360 low' });
    expect(device.receivingFrom(ada)!.closed).toBe(false);
    await call.leave();
  });

  it('are requested again when the answer was lost or the servers were busy, and not when nothing changed', async () => {
    const { server, page, call } = await enter();
    const ada = await withCamera(server);
    server.overrides['consumer.setPreferences'] = () => {
      throw coded('limit.reached');
    };
    camera(call).observe(page.element(640, 360));
    await pass();
    server.overrides['consumer.setPreferences'] = () => LOSE;
    await pass(4_000);
    expect(shown(server)).toEqual({});
    delete server.overrides['consumer.setPreferences'];
    server.cut();
    await pass(5_000);
    expect(call.connection).toBe('connected');
    expect(shown(server)).toEqual({ [ada]: '640x360 low' });
    server.log.splice(0);
    server.cut();
    await pass(5_000);
    expect(server.log).not.toContain('consumer.setPreferences');
    await call.leave();
  });

  it('are none for pictures that no element shows, with `onlyObserved`', async () => {
    const { server, page, call } = await enter({ onlyObserved: true });
    const ada = await withCamera(server);
    const ben = await withCamera(server, 'ben');
    camera(call).observe(page.element(640, 360));
    await pass(1_000);
    expect(shown(server)).toEqual({ [ada]: '640x360 low' });
    await pass(1_000);
    expect(shown(server)).toEqual({ [ada]: '640x360 low', [ben]: 'hidden low' });
    camera(call, 'ben').observe(page.element(320, 180));
    await pass();
    expect(shown(server)).toEqual({ [ada]: '640x360 low', [ben]: '320x180 low' });
    await withCamera(server, 'cleo');
    await call.leave();
  });

  it('report why a picture is paused', async () => {
    const { server, call } = await enter();
    const ada = await withCamera(server);
    const consumerId = server.consumers.get(ada)!.id;
    const updates: (string | undefined)[] = [];
    call.on('publication.updated', ({ pausedBy }) => updates.push(pausedBy));
    const layers = (spatial: number, cause: 'none' | 'bandwidth' | 'no-media' | 'hidden') =>
      server.send('consumer.layers', { consumers: [{ consumerId, spatial, temporal: spatial, cause }] });
    layers(-1, 'bandwidth');
    expect(camera(call).limitedBy).toBe('bandwidth');
    expect(camera(call).layers).toBeUndefined();
    layers(0, 'bandwidth');
    expect(camera(call).limitedBy).toBe('bandwidth');
    expect(camera(call).layers).toEqual({ spatial: 0, temporal: 0 });
    layers(2, 'none');
    expect(camera(call).limitedBy).toBeUndefined();
    layers(2, 'no-media');
    layers(-1, 'hidden');
    layers(0, 'hidden');
    expect(updates).toEqual(['bandwidth', undefined, undefined, 'no-media', 'hidden', undefined]);
    await pass();
    server.change({ type: 'producer.updated', participantId: 'ada', producerId: ada, paused: true });
    expect(camera(call).pausedBy).toBe('muted');
    await call.leave();
  });

  it('are not awaited while the picture is withheld, when the stream arrives from another media node', async () => {
    const { server, device, page, call } = await enter();
    const ada = await withCamera(server);
    const element = page.element(640, 360);
    camera(call).observe(element);
    page.change(element, { visible: false });
    await pass(2_000);
    device.flowing = false;
    const moved = server.produce('ada', 'camera', 'node-2', { replaces: ada });
    await gathered();
    await pass(100);
    expect(camera(call).track?.id).toBe(`remote ${moved}`);
    await pass(3_000);
    expect(device.receivingFrom(ada)!.closed).toBe(true);
    await call.leave();
  });

  it('are cleaned up after a participant that has left', async () => {
    const { server, page, call } = await enter();
    await withCamera(server);
    const element = page.element(640, 360);
    camera(call).observe(element);
    await pass();
    page.change(element, { width: 1280 });
    server.change({ type: 'participant.left', participantId: 'ada', reason: 'left' });
    // A timer that is still active would be found after the test.
    await call.leave();
  });
});

describe('the sent layers of pictures', () => {
  const wanted = (server: FakeServer, producerId: string, spatial: number) =>
    server.send('producer.wanted', { producerId, spatial });

  async function publishing() {
    const entered = await enter();
    await entered.call.publish(track('video'), { source: 'camera' });
    const [sender] = entered.device.sending.senders;
    return { ...entered, sender: sender! };
  }

  it('are those that a receiver takes', async () => {
    const { server, call, sender } = await publishing();
    expect(sender.encodes).toBeUndefined();
    wanted(server, sender.producerId, 0);
    expect(sender.encodes).toBe(0);
    wanted(server, sender.producerId, -1);
    await call.local.publication('camera')!.mute();
    await call.local.publication('camera')!.unmute();
    expect(sender.encodes).toBe(-1);
    wanted(server, sender.producerId, 2);
    expect(sender.encodes).toBe(2);
    await call.leave();
  });

  it('may be requested before the answer to publishing', async () => {
    const { server, device, call } = await enter();
    const { produce } = server.handlers;
    server.overrides.produce = (data, socket) => {
      const answer = produce!(data, socket) as { producerId: string };
      wanted(server, answer.producerId, 1);
      return answer;
    };
    await call.publish(track('video'), { source: 'camera' });
    await pass();
    expect(device.sending.senders[0]!.encodes).toBe(1);
    await call.leave();
  });

  it('are all on another media node, until that one has reported which it takes', async () => {
    const { server, device, call, sender } = await publishing();
    server.receivers = 1;
    wanted(server, sender.producerId, 0);
    server.placement = 'node-2';
    server.send('mediaNode.draining', { mediaNodeId: 'node-1', draining: true });
    await pass(100);
    const [before, after] = device.allSending.map(({ senders }) => senders[0]!);
    expect([before!.encodes, after!.encodes]).toEqual([0, undefined]);
    wanted(server, after!.producerId, 1);
    wanted(server, before!.producerId, -1);
    expect([before!.encodes, after!.encodes]).toEqual([-1, 1]);
    await call.leave();
  });

  it('of an unknown producer are ignored', async () => {
    const { server, call, sender } = await publishing();
    for (let i = 0; i < 100; i++) wanted(server, `unknown-${i}`, 0);
    expect(sender.encodes).toBeUndefined();
    await call.leave();
  });
});

describe('whether media get through', () => {
  async function both() {
    const entered = await enter();
    await withCamera(entered.server);
    await entered.call.publish(track('video'), { source: 'camera' });
    await pass();
    const states: string[] = [];
    entered.call.on('media', ({ sending, receiving }) => states.push(`${sending} ${receiving}`));
    return { ...entered, states, sender: entered.device.sending.senders[0]! };
  }

  it('is reported by each direction, and when it works again', async () => {
    const { device, call, states } = await both();
    device.receiving.become('disconnected');
    device.sending.become('disconnected');
    await pass(1_000);
    expect(call.media).toEqual({ sending: 'lost', receiving: 'lost' });
    await pass(2_000);
    // An ICE restart has recovered the one, then the other.
    expect(states).toEqual(['ok lost', 'lost lost', 'lost ok', 'ok ok']);
    expect(call.media).toEqual({ sending: 'ok', receiving: 'ok' });
    await call.leave();
  });

  it('is reported of sent media that do not arrive, unless they are muted or no receiver takes them', async () => {
    const { server, call, states, sender } = await both();
    const { producerId } = sender;
    const arriving = (arriving: boolean) => server.send('producer.arriving', { producerId, arriving });
    arriving(false);
    expect(call.media.sending).toBe('lost');
    arriving(true);
    server.send('producer.wanted', { producerId, spatial: -1 });
    arriving(false);
    server.send('producer.wanted', { producerId, spatial: 1 });
    await call.local.publication('camera')!.mute();
    arriving(false);
    expect(states).toEqual(['lost ok', 'ok ok']);
    await call.leave();
  });

  it('is measured: a path without packets is lost, restarted, and recovered', async () => {
    const { server, device, call, states } = await both();
    const { receiving, sending } = device;
    receiving.dead = sending.dead = true;
    for (const receiver of receiving.receivers) receiver.flowing = false;
    await pass(5_000);
    // No packets come back, and the servers have not reported that sent media do not arrive.
    expect(states).toEqual(['ok lost']);
    expect([receiving.restarts, sending.restarts]).toEqual([1, 1]);
    expect(server.log).toContain('sync');
    receiving.dead = sending.dead = false;
    await pass(1_000);
    expect(states).toEqual(['ok lost', 'ok ok']);
    await pass(60_000);
    expect([receiving.restarts, sending.restarts]).toEqual([1, 1]);
    await call.leave();
  });

  it('is measured at one stream of many while that flows, not at all that are hidden', async () => {
    const { server, device, call } = await enter();
    for (const id of ['ada', 'ben', 'cleo']) await withCamera(server, id);
    const { receivers } = device.receiving;
    for (const receiver of receivers.slice(0, 2)) receiver.flowing = false;
    await pass(1_000);
    for (const receiver of receivers) receiver.looks = 0;
    await pass(10_000);
    expect(receivers.map(({ looks }) => looks > 0)).toEqual([false, false, true]);
    // Another one flows instead.
    receivers[2]!.flowing = false;
    receivers[0]!.flowing = true;
    await pass(1_000);
    for (const receiver of receivers) receiver.looks = 0;
    await pass(10_000);
    expect(receivers.map(({ looks }) => looks > 0)).toEqual([true, false, false]);
    await call.leave();
  });

  it('is lost in both directions when the servers are unreachable too', async () => {
    const { server, device, call, states } = await both();
    device.receiving.dead = device.sending.dead = true;
    for (const receiver of device.receiving.receivers) receiver.flowing = false;
    server.overrides.sync = () => LOSE;
    server.reachable = false;
    await pass(7_000);
    expect(call.connection).toBe('reconnecting');
    expect(states).toEqual(['ok lost', 'lost lost']);
    server.reachable = true;
    device.receiving.dead = device.sending.dead = false;
    await pass(10_000);
    expect(call.media).toEqual({ sending: 'ok', receiving: 'ok' });
    await call.leave();
  });

  const reportQuality = (server: FakeServer, quality: 'lost' | 'excellent') =>
    server.send('quality', { participants: [{ participantId: 'me', quality, limitation: 'download' }] });

  it('is known to a participant that only receives: no media arrive, or no packets get back', async () => {
    const { server, device, call } = await enter();
    await withCamera(server);
    const states: string[] = [];
    call.on('media', ({ sending, receiving }) => states.push(`${sending} ${receiving}`));
    const { receiving } = device;
    receiving.dead = true;
    for (const receiver of receiving.receivers) receiver.flowing = false;
    await pass(5_000);
    expect(states).toEqual(['ok lost']);
    reportQuality(server, 'lost');
    expect(states).toEqual(['ok lost']);
    receiving.dead = false;
    for (const receiver of receiving.receivers) receiver.flowing = true;
    await pass(1_000);
    // Media arrive again; the servers still receive no packets.
    expect(states).toEqual(['ok lost', 'ok one-way']);
    reportQuality(server, 'excellent');
    expect(states).toEqual(['ok lost', 'ok one-way', 'ok ok']);
    await call.leave();
  });

  it('is known to a participant whose microphone and camera are off', async () => {
    const { server, call, states } = await both();
    await call.local.publication('camera')!.mute();
    reportQuality(server, 'lost');
    expect(states).toEqual(['ok one-way']);
    await call.leave();
  });

  it('is known to a participant that only sends', async () => {
    const { server, device, call } = await enter();
    await call.publish(track('video'), { source: 'camera' });
    await pass();
    const { producerId } = device.sending.senders[0]!;
    device.sending.dead = true;
    await pass(5_000);
    // Sent media may still arrive: the servers know.
    expect(call.media).toEqual({ sending: 'ok', receiving: 'ok' });
    server.send('producer.arriving', { producerId, arriving: false });
    reportQuality(server, 'lost');
    expect(call.media).toEqual({ sending: 'lost', receiving: 'ok' });
    await call.leave();
  });

  it('is reported of one of several media nodes, and on its tiles', async () => {
    const { server, device, call, states } = await both();
    const far = await withCamera(server, 'ben', 'node-2');
    await pass();
    const transport = device.allReceiving.find(({ receivers }) => receivers.some((one) => one.producerId === far))!;
    const updated: string[] = [];
    call.on('publication.updated', (_, { id }) => updated.push(id));
    transport.dead = true;
    for (const receiver of transport.receivers) receiver.flowing = false;
    await pass(5_000);
    expect(states).toEqual(['ok partly']);
    expect(updated).toEqual(['ben']);
    expect([camera(call).pausedBy, camera(call, 'ben').pausedBy]).toEqual([undefined, 'no-media']);
    // The servers detect it as well: ben's streams come from the other node from now on.
    server.send('mediaNode.lost', { mediaNodeId: 'node-2' });
    expect(states).toEqual(['ok partly', 'ok ok']);
    await withCamera(server, 'cleo');
    await pass(60_000);
    expect(states).toEqual(['ok partly', 'ok ok']);
    await call.leave();
  });

  it('is as before while streams move to another media node', async () => {
    const { server, device, call, states } = await both();
    const before = device.sending;
    server.placement = 'node-2';
    server.send('mediaNode.draining', { mediaNodeId: 'node-1', draining: true });
    const moved = server.produce('ada', 'camera', 'node-2', { replaces: 'ada-camera-node-1' });
    await pass(60_000);
    expect(device.receivingFrom(moved)).toMatchObject({ closed: false });
    expect(before.state).toBe('closed');
    expect(states).toEqual([]);
    await call.leave();
  });

  it('uses another transport where restarts do not help, and is lost until that works', async () => {
    const { device, call, states } = await both();
    const { receiving } = device;
    receiving.dead = true;
    for (const receiver of receiving.receivers) receiver.flowing = false;
    await pass(30_000);
    expect(receiving.restarts).toBe(6);
    expect(call.media.receiving).toBe('lost');
    await pass(10_000);
    expect(receiving.state).toBe('closed');
    expect(states).toEqual(['ok lost', 'ok ok']);
    await call.leave();
  });

  it('includes the quality of each participant’s connection', async () => {
    const { server, call } = await both();
    const updated: string[] = [];
    call.on('participant.updated', ({ id }) => updated.push(id));
    server.send('quality', {
      participants: [
        { participantId: 'ada', quality: 'poor', limitation: 'upload', unintelligible: ['me'] },
        { participantId: 'me', quality: 'good', limitation: 'download' },
        { participantId: 'nobody', quality: 'lost', limitation: 'server' },
      ],
    });
    expect(updated).toEqual(['ada']);
    expect(call.participants[0]!.connectionQuality).toEqual({
      ...{ quality: 'poor', limitation: 'upload', unintelligible: ['me'] },
    });
    expect(call.local.connectionQuality).toEqual({ quality: 'good', limitation: 'download' });
    await call.leave();
  });
});
