import { expect, it } from 'vitest';
import { KeepingUp } from './keeping-up.js';

const totals = { receivedDatagrams: 0, sentDatagrams: 0, kernelDrops: 0, droppedQueueFull: 0 };

it('returns the share of datagrams lost since the last call', () => {
  const keepingUp = new KeepingUp();
  expect(keepingUp.figures({ ...totals, receivedDatagrams: 300, sentDatagrams: 700 })).toEqual({ loss: 0, delay: 0 });
  const later = { ...totals, receivedDatagrams: 400, sentDatagrams: 1500, kernelDrops: 60, droppedQueueFull: 40 };
  expect(keepingUp.figures(later).loss).toBe(0.1);
  expect(keepingUp.figures(later).loss).toBe(0);
});

it('returns the largest delay of a timer', () => {
  const keepingUp = new KeepingUp();
  for (const now of [1000, 1101, 1400, 1502]) keepingUp.tick(now, 100);
  expect(keepingUp.figures(totals).delay).toBe(199);
  expect(keepingUp.figures(totals).delay).toBe(0);
});
