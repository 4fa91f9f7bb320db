import { describe, expect, it } from 'vitest';
import { gathered, pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

useCallTime();

async function enter(prepare: (device: FakeDevice) => void = () => {}) {
  const server = new FakeServer();
  const device = new FakeDevice();
  prepare(device);
  const call = (await joinWith(
    {
      ...{ server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me' },
      tracks: [{ track: track('audio'), source: 'microphone' }],
    },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  const paths: (string | undefined)[] = [];
  call.on('path', (path) => paths.push(path && [path.kind, path.relayProtocol].filter(Boolean).join(' ')));
  server.join('ada', ['camera', 'node-2']);
  await gathered();
  return { server, device, call, paths };
}

const TCP = { candidateType: 'host', protocol: 'tcp' };
const TLS = { candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' };

describe('the path of media', () => {
  it('is reported once it is known', async () => {
    const { call, paths } = await enter();
    expect(call.path).toEqual({ kind: 'direct' });
    await pass(10_000);
    expect(paths).toEqual(['direct']);
    await call.leave();
  });

  it('is that of the slowest transport, and follows the selected candidate pairs', async () => {
    const { call, device, paths } = await enter();
    device.sending.candidate = TCP;
    await pass(1_000);
    expect(call.path).toEqual({ kind: 'tcp' });
    for (const transport of device.allReceiving) transport.candidate = TLS;
    await call.reportFrames();
    expect(call.path).toEqual({ kind: 'relay', relayProtocol: 'tls' });
    for (const transport of device.allReceiving) transport.candidate = TCP;
    await call.reportFrames();
    expect(paths).toEqual(['direct', 'tcp', 'relay tls', 'tcp']);
    await call.leave();
  });

  it('of a closed transport does not count', async () => {
    const { server, call, device, paths } = await enter();
    const other = device.allReceiving.find(({ id }) => server.transports.get(id) === 'node-2')!;
    other.candidate = TLS;
    await call.reportFrames();
    server.change({ type: 'participant.left', participantId: 'ada', reason: 'left' });
    server.send('transport.closed', { transportId: other.id, reason: 'ice-timeout' });
    await pass(1_000);
    expect(paths).toEqual(['direct', 'relay tls', 'direct']);
    await call.leave();
  });
});

describe('a call whose media never connect', () => {
  it('reports within five seconds that there is no path, and connects on a request to try again', async () => {
    const { call, device, paths } = await enter((device) => {
      device.blocked = true;
    });
    await pass(4_000);
    expect(paths).toEqual([]);
    await pass(1_000);
    expect(call.path).toEqual({ kind: 'none' });
    expect(call.media).toEqual({ sending: 'lost', receiving: 'lost' });
    await pass(60_000);
    expect(paths).toEqual(['none']);

    device.blocked = false;
    for (const transport of device.open) transport.dead = false;
    call.reconnectMedia();
    await pass(100);
    expect(paths.at(-1)).toBe('direct');
    expect(call.media).toEqual({ sending: 'ok', receiving: 'ok' });
    await call.leave();
  });

  it('has lost its media, not its path, where some have been connected before', async () => {
    const { call, device, paths } = await enter();
    device.blocked = true;
    for (const transport of device.open) {
      transport.dead = true;
      transport.become('failed');
    }
    await pass(60_000);
    expect(call.media).toEqual({ sending: 'lost', receiving: 'lost' });
    expect(paths).toEqual(['direct']);
    await call.leave();
  });
});
