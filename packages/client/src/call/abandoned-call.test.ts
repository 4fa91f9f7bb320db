import { describe, expect, it } from 'vitest';
import { gathered, pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer, LOSE } from '../../test/fake-server.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

useCallTime();

/** Sends and receives. */
async function call() {
  const server = new FakeServer();
  const device = new FakeDevice();
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me' },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  server.join('ada');
  const far = server.produce('ada', 'camera', 'node-1');
  await gathered();
  await call.publish(track('video'), { source: 'camera' });
  await pass();
  const closings = () => server.log.filter((one) => one.startsWith('transport.close')).length;
  /** The servers have no transport open that is not open here. */
  const isEven = () => expect([...server.transports.keys()].sort()).toEqual(device.open.map(({ id }) => id).sort());
  isEven();
  return { server, device, call, far, closings, isEven };
}

type Called = Awaited<ReturnType<typeof call>>;

/** No packets arrive through a transport, and restarts do not help. */
async function dies({ device }: Called, direction: 'sending' | 'receiving') {
  const transport = device[direction];
  transport.dead = true;
  for (const receiver of direction === 'receiving' ? device.receiving.receivers : []) receiver.flowing = false;
  await pass(40_000);
  expect(transport.state).toBe('closed');
}

describe('a transport that is given up', () => {
  it.each(['sending', 'receiving'] as const)(
    '%s, because restarts do not help, is closed on the servers',
    async (direction) => {
      const called = await call();
      for (let n = 1; n <= 3; n++) {
        await dies(called, direction);
        called.isEven();
        expect(called.closings()).toBe(n);
      }
      expect(called.server.producers.size).toBe(1);
      await called.call.leave();
    },
  );

  it('while the servers are unreachable is closed when they are reachable again', async () => {
    const called = await call();
    const { server } = called;
    server.overrides['transport.close'] = () => LOSE;
    await dies(called, 'sending');
    expect(server.transports.size).toBe(3);
    delete server.overrides['transport.close'];
    await pass(30_000);
    called.isEven();
    await called.call.leave();
  });

  it('before it was open here is closed once its id is known', async () => {
    const called = await call();
    const { server, device } = called;
    const open = server.handlers['transport.open']!;
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    server.overrides['transport.open'] = async (request, socket) => {
      await held;
      return open(request, socket);
    };
    for (const { id } of device.open) {
      server.transports.delete(id);
      server.send('transport.closed', { transportId: id, reason: 'consent-expired' });
    }
    await pass();
    expect(server.transports.size).toBe(0);
    // Both are given up while they are being opened.
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    called.call.publishSoon(track('audio'), { source: 'microphone' });
    await pass();
    goOn();
    delete server.overrides['transport.open'];
    await pass(20_000);
    called.isEven();
    expect(called.closings()).toBeGreaterThan(0);
    expect(device.open).toHaveLength(2);
    await called.call.leave();
  });

  it('because the browser refuses another one is closed', async () => {
    const called = await call();
    const { device, server } = called;
    const { openReceive } = device;
    let refusals = 2;
    device.openReceive = (options) => {
      if (refusals-- > 0) throw new Error('too many peer connections');
      return openReceive.call(device, options);
    };
    await dies(called, 'receiving');
    await pass(10_000);
    called.isEven();
    expect(called.closings()).toBe(3);
    expect(device.receivingFrom(called.far)).toMatchObject({ closed: false });
    expect(server.transports.size).toBe(2);
    await called.call.leave();
  });

  it('because its media node drains is closed, on either side', async () => {
    const called = await call();
    const { server } = called;
    server.placement = 'node-2';
    server.send('mediaNode.draining', { mediaNodeId: 'node-1', draining: true });
    server.produce('ada', 'camera', 'node-2', { replaces: called.far });
    await pass(60_000);
    called.isEven();
    expect(new Set(server.transports.values())).toEqual(new Set(['node-2']));
    await called.call.leave();
  });

  it('of a former participant needs no closing', async () => {
    const called = await call();
    const { server } = called;
    server.log.splice(0);
    server.transports.clear();
    server.consumers.clear();
    server.producers.clear();
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    server.cut();
    await pass(10_000);
    expect(called.closings()).toBe(0);
    expect(called.device.open.length).toBeGreaterThan(0);
    await called.call.leave();
  });

  it('by the server needs no closing', async () => {
    const called = await call();
    const { server, device } = called;
    for (const { id } of device.open) {
      server.transports.delete(id);
      server.send('transport.closed', { transportId: id, reason: 'consent-expired' });
    }
    await pass(5_000);
    called.isEven();
    server.send('mediaNode.lost', { mediaNodeId: 'node-1' });
    await pass(10_000);
    expect(called.closings()).toBe(0);
    await called.call.leave();
  });
});

it('a stream that exists twice, because its sender was given up, is shown as the newer one', async () => {
  const { server, call: joined, device } = await call();
  const before = joined.participants[0]!.publication('camera');
  const again = 'ada-camera-again';
  const producer = { id: again, kind: 'video', source: 'camera', paused: false, mediaNodeId: 'node-1' } as const;
  server.change({ type: 'producer.added', participantId: 'ada', producer });
  await gathered();
  const camera = joined.participants[0]!.publication('camera')!;
  expect(camera).not.toBe(before);
  expect(device.receivingFrom(again)).toMatchObject({ closed: false });
  await joined.leave();
});
