import type { QualityMinute } from '@waterbus/client';
import { expect, it } from 'vitest';
import { qualityRows } from './quality-rows.js';

const minute = (participantId: string, index: number, change: Partial<QualityMinute> = {}): QualityMinute => ({
  at: `2026-01-01T10:0${index}:00.000Z`,
  ...{ seconds: 60, participantId, name: participantId.toUpperCase(), userId: null, quality: 'good' },
  ...{ limitation: 'none', side: 'none', impairedSeconds: 0, way: 'udp', roundTripTime: null },
  ...{ uploadLoss: null, downloadLoss: null, uploadBitrate: 0, downloadBitrate: 0, availableBitrate: null },
  ...{ serverLoss: 0, serverDelay: 0, missingPictures: 0, frameHeight: null, freezes: null, freezeTime: null },
  ...change,
});

it('has a row for each participant and a cell for each minute, also of those who were not there', () => {
  const rows = qualityRows([minute('ada', 0), minute('ada', 1), minute('ben', 1), minute('ada', 3)]);
  expect(rows.map(({ name, cells }) => [name, cells.map((cell) => cell?.at.slice(14, 16))])).toEqual([
    ['ADA', ['00', '01', '03']],
    ['BEN', [undefined, '01', undefined]],
  ]);
});

it('sums up how bad it was, and whose side it was most often', () => {
  const [row] = qualityRows([
    minute('ada', 0, { quality: 'poor', side: 'upload', uploadLoss: 0.2, roundTripTime: 80 }),
    minute('ada', 1, { quality: 'lost', side: 'server', downloadLoss: 0 }),
    minute('ada', 2, { quality: 'poor', side: 'upload', uploadLoss: 0.1 }),
    minute('ada', 3, { side: 'download' }),
  ]);
  expect(row).toMatchObject({ poorMinutes: 3, side: 'upload', uploadLoss: 0.2, downloadLoss: 0, roundTripTime: 80 });
  expect(qualityRows([minute('ada', 0)])[0]).toMatchObject({ poorMinutes: 0, side: undefined, uploadLoss: undefined });
});
