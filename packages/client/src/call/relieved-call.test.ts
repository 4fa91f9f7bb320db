import { expect, it } from 'vitest';
import { pass, useCallTime } from '../../test/call-time.js';
import { FakeDevice, track } from '../../test/fake-device.js';
import { FakeServer } from '../../test/fake-server.js';
import { coded } from '../failures.js';
import { joinWith } from '../join.js';
import type { LiveCall } from './live-call.js';

useCallTime();

async function enter() {
  const server = new FakeServer();
  const device = new FakeDevice();
  const tracks = [{ track: track('video'), source: 'camera' as const }];
  const call = (await joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', name: 'Me', tracks },
    { device, openSocket: server.openSocket },
  )) as LiveCall;
  await pass();
  const [transportId] = [...server.transports].find(([id]) => id.startsWith('send'))!;
  return { server, device, call, transportId };
}

function published(server: FakeServer): string[] {
  const me = server.room.participants.find(({ id }) => id === server.me)!;
  return me.producers.map(({ source, mediaNodeId }) => `${source} ${mediaNodeId}`);
}

const opened = (server: FakeServer) => server.log.filter((entry) => entry === 'transport.open send').length;

it('a stream through a transport that shall be left moves to another one, make before break', async () => {
  const { server, device, call, transportId } = await enter();
  server.placement = 'node-2';
  server.send('transport.leave', { transportId });
  await pass(100);
  expect(published(server)).toEqual(['camera node-1', 'camera node-2']);
  expect(device.allSending.map(({ state }) => state)).not.toContain('closed');
  await pass(6_000);
  expect(published(server)).toEqual(['camera node-2']);
  expect(device.allSending).toHaveLength(1);
  // The node is no worse than others afterwards.
  server.placement = 'node-1';
  server.loseMediaNode('node-2');
  server.send('mediaNode.lost', { mediaNodeId: 'node-2' });
  await pass(1_000);
  expect(published(server)).toContain('camera node-1');
  await call.leave();
});

it('stays when there is no better place, and does not request one again', async () => {
  const { server, device, call, transportId } = await enter();
  server.send('transport.leave', { transportId });
  await pass(30_000);
  expect(opened(server)).toBe(2);
  server.overrides['transport.open'] = () => {
    throw coded('server.unavailable');
  };
  server.send('transport.leave', { transportId });
  await pass(30_000);
  expect(opened(server)).toBe(3);
  expect(published(server)).toEqual(['camera node-1']);
  expect(device.allSending).toHaveLength(1);
  await call.leave();
});

it('ignores a request for a former transport, and a drain takes precedence', async () => {
  const { server, call, transportId } = await enter();
  server.send('transport.leave', { transportId: 'another' });
  await pass(1_000);
  expect(opened(server)).toBe(1);
  server.placement = 'node-2';
  server.send('mediaNode.draining', { mediaNodeId: 'node-1', draining: true });
  server.send('transport.leave', { transportId });
  await pass(10_000);
  expect(opened(server)).toBe(2);
  expect(published(server)).toEqual(['camera node-2']);
  await call.leave();
});

it('moves after it has reconnected when it was disconnected meanwhile', async () => {
  const { server, call, transportId } = await enter();
  server.cut();
  await pass(2_000);
  server.placement = 'node-2';
  server.send('transport.leave', { transportId });
  await pass(10_000);
  expect(published(server)).toEqual(['camera node-2']);
  await call.leave();
});

it('closes the connection to a media node whose last stream was moved off it', async () => {
  const { server, device, call } = await enter();
  server.join('ada', ['camera', 'node-3']);
  server.join('ben', ['camera', 'node-3'], ['microphone', 'node-3']);
  await pass(1_000);
  const open = device.open.length;
  server.produce('ada', 'camera', 'node-4', { replaces: 'ada-camera-node-3' });
  await pass(5_000);
  // Ben is still received from there.
  expect(device.open.filter(({ state }) => state !== 'closed')).toHaveLength(open + 1);
  server.produce('ben', 'camera', 'node-4', { replaces: 'ben-camera-node-3' });
  server.produce('ben', 'microphone', 'node-4', { replaces: 'ben-microphone-node-3' });
  await pass(5_000);
  expect(device.open.filter(({ state }) => state !== 'closed')).toHaveLength(open);
  await call.leave();
});
