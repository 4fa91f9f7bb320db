import { expect, it } from 'vitest';
import { node, signalling, useNode } from '../../test/system/each-test.js';
import { capacityOf } from './figures.js';

const workers = (...loads: number[]) => loads.map((placementLoad) => ({ placementLoad }));

it('the busiest worker counts alone, and free capacity ends where placement calls a worker full', () => {
  expect(capacityOf(workers(0, 0))).toEqual({ highestLoad: 0, headroom: 1 });
  expect(capacityOf(workers(0.35, 0.7))).toEqual({ highestLoad: 0.7, headroom: 0.25 });
  expect(capacityOf(workers(1.4, 0.7))).toEqual({ highestLoad: 1.4, headroom: 0 });
});

it('a node without workers has no capacity', () => {
  expect(capacityOf([])).toEqual({ highestLoad: 0, headroom: 0 });
});

const protocolVersion = 1;

useNode();

it('a node counts its rooms and participants, and each join by its outcome', async () => {
  const ada = await signalling.join(node, { name: 'Ada' });
  await signalling.join(node, { name: 'Ben' });
  const refused = { token: 'forged', protocolVersion };
  const code = await signalling.client(node).refused('join', refused);
  ada.client.socket.disconnect();
  await signalling.resume(node, ada);
  const { arrivals, ...figures } = node.serverWs.figures();
  expect(figures).toMatchObject({ rooms: 1, participants: 2, draining: false, workersLost: 0, httpParticipants: 0 });
  // Each kind of refusal, so that the first one is an increase.
  expect(Object.values(figures.refusals)).toEqual(Array(10).fill(0));
  expect(figures.workers).toMatchObject([{ place: 0, placementLoad: expect.any(Number) }]);
  const count = ({ counts }: { counts: readonly number[] }) => counts.reduce((sum, one) => sum + one, 0);
  expect(arrivals.map(({ labels, distribution }) => [labels, count(distribution)])).toEqual([
    [{ kind: 'join', outcome: 'ok' }, 2],
    [{ kind: 'join', outcome: code }, 1],
    [{ kind: 'resume', outcome: 'ok' }, 1],
  ]);
});

it('a node counts its drains by their end', async () => {
  const drained = node.serverWs.drain();
  await signalling.settled(drained);
  expect(node.serverWs.figures()).toMatchObject({ draining: true, drains: { empty: 1 } });
});
