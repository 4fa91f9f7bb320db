import { engineLimits } from '@waterbus/media-host';
import { describe, expect, test } from 'vitest';
import { FakeMediaNode } from '../../../test/system/fake-media-host.js';
import { place } from '../../placement/place.js';
import { FULL_OF_TRANSPORTS, ReportedNode } from '../../placement/reported-node.js';
import { LocalMediaNode } from './local-media-node.js';
import type { TransportQuotas } from './transport-quotas.js';

function localNode() {
  const worker = new FakeMediaNode('media-1');
  const refused: string[] = [];
  const node = new LocalMediaNode(
    worker,
    'ws-1',
    () => {},
    (account) => refused.push(account),
  );
  const open = (routerId: string, transportId: string, caller: string, owner?: string) =>
    node.openTransport({ routerId, transportId, accounts: { caller, owner } }).then(
      () => true,
      ({ code }) => code,
    );
  return { worker, node, refused, open };
}

describe('quotas of transports on one media node', () => {
  test('513 guests with 8 each from one address leave room for another meeting, also over many rooms', async () => {
    for (const rooms of [1, 50]) {
      const { worker, refused, open } = localNode();
      for (let guest = 0; guest < 513; guest += 1) {
        for (let n = 0; n < 8; n += 1) await open(`room-${guest % rooms}`, `t-${guest}-${n}`, '192.0.2.1');
      }
      expect(worker.transports.size).toBeLessThanOrEqual(engineLimits.transports / 4);
      expect(refused.length).toBe(513 * 8 - worker.transports.size);
      for (let n = 0; n < 100; n += 1) expect(await open('another', `other-${n}`, '198.51.100.1')).toBe(true);
    }
  });

  test('a room and an owner cannot fill it either, from any number of addresses', async () => {
    const { worker, open } = localNode();
    let n = 0;
    for (; (await open(`room-${n % 9}`, `t-${n}`, `192.0.${n >> 8}.${n & 255}`, 'user:1')) === true; n += 1);
    expect(worker.transports.size).toBeLessThan(engineLimits.transports * 0.71);
    expect(await open('room-1', 'other', '198.51.100.1', 'user:2')).toBe(true);
    expect(await open('room-99', 'yet another', '198.51.100.1', 'user:1')).toBe('limit-reached');
  });

  test('a transport that is closed, or was never opened, does not count', async () => {
    const { worker, node, open } = localNode();
    for (let n = 0; n < 3000; n += 1) {
      expect(await open('room', `t-${n}`, '192.0.2.1', 'user:1')).toBe(true);
      if (n % 2 === 0) await node.closeTransport(`t-${n}`);
      else worker.dropTransport(`t-${n}`, 'consent-expired');
    }
    expect(node.used).toBe(0);
    expect((node as unknown as { quotas: TransportQuotas }).quotas.accounts).toBe(0);
  });

  test('an open id counts once, and stays with its asker', async () => {
    const { node, open } = localNode();
    expect(await open('room', 't-1', '192.0.2.1')).toBe(true);
    expect(await open('room', 't-1', '192.0.2.1')).toBe(true);
    const request = { routerId: 'room', transportId: 't-1' };
    expect(await node.answer('ws-2', 'openTransport', [request])).toMatchObject({ code: 'invalid-parameters' });
    expect(node.used).toBe(1);
    await node.closeTransport('t-1');
    expect((node as unknown as { routers: Map<string, unknown> }).routers.size).toBe(0);
  });
});

test('a media node with few free transports accepts no newcomers, until it has enough again', () => {
  const node = new ReportedNode('media-1', true);
  const other = new ReportedNode('media-2', false);
  const candidates = new Map([node, other].map((candidate) => [candidate.id, candidate]));
  const room = { id: 'room', participants: 2, holding: ['media-1'] };
  const report = (candidate: ReportedNode, transports: number) =>
    candidate.report({ cpu: 0, consumers: 0, transports });
  report(node, FULL_OF_TRANSPORTS - 1);
  report(other, 0);
  expect(place(candidates, room)).toBe('media-1');
  report(node, FULL_OF_TRANSPORTS);
  expect(place(candidates, room)).toBe('media-2');
  report(other, FULL_OF_TRANSPORTS);
  expect(place(candidates, room)).toBeUndefined();
  report(node, 0);
  expect(place(candidates, room, 'media-1')).toBe('media-1');
});
