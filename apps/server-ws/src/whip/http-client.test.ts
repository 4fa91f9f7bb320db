import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { expect, test } from 'vitest';
import { HttpClient } from './http-client.js';

function newClient() {
  const clock = new VirtualClock();
  let ends = 0;
  const client = new HttpClient('192.0.2.1', clock, () => {
    ends += 1;
  });
  client.transportId = 'transport';
  client.produces('sound');
  client.produces('picture');
  const arriving = (producerId: string, arrives: boolean) =>
    client.emit('producer.arriving', { producerId, arriving: arrives });
  return { client, clock, arriving, ends: () => ends };
}

test('ends, once, with its transport', () => {
  const { client, ends } = newClient();
  client.emit('transport.closed', { transportId: 'another', reason: 'ice-timeout' });
  expect(ends()).toBe(0);
  client.emit('transport.closed', { transportId: 'transport', reason: 'consent-expired' });
  client.emit('mediaNode.lost', { mediaNodeId: 'node' });
  client.end();
  expect(ends()).toBe(1);
});

test('ends when nothing has arrived for 15 s, and not while one of its streams arrives', async () => {
  const { clock, arriving, ends } = newClient();
  arriving('picture', false);
  await clock.advance(60_000);
  arriving('sound', false);
  await clock.advance(14_000);
  arriving('sound', true);
  await clock.advance(60_000);
  expect(ends()).toBe(0);
  arriving('sound', false);
  await clock.advance(14_999);
  expect(ends()).toBe(0);
  await clock.advance(1);
  expect(ends()).toBe(1);
});
