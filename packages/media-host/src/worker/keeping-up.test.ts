import { expect, it } from 'vitest';
import { KeepingUp } from './keeping-up.js';

const totals = { receivedDatagrams: 0, sentDatagrams: 0, kernelDrops: 0, droppedQueueFull: 0 };

it('returns the share of datagrams lost since the last call', () => {
  const keepingUp = new KeepingUp();
  expect(keepingUp.figures({ ...totals, receivedDatagrams: 300, sentDatagrams: 700 })).toMatchObject({
    loss: 0,
    delay: 0,
  });
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

it('remembers the worst second of the last minute', () => {
  const keepingUp = new KeepingUp();
  for (const now of [1000, 1300]) keepingUp.tick(now, 100);
  const lossy = { ...totals, receivedDatagrams: 75, kernelDrops: 25 };
  expect(keepingUp.figures(lossy).worst).toEqual({ loss: 0.25, delay: 200 });
  for (let second = 0; second < 59; second += 1) {
    expect(keepingUp.figures(lossy)).toEqual({ loss: 0, delay: 0, worst: { loss: 0.25, delay: 200 } });
  }
  expect(keepingUp.figures(lossy).worst).toEqual({ loss: 0, delay: 0 });
});
