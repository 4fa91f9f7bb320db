import { describe, expect, it } from 'vitest';
import {
  connectionQuality,
  type DownloadFigures,
  type QualityFigures,
  type UploadFigures,
} from './connection-quality.js';
import { soundRating } from './sound-rating.js';
import { SteadyVerdict } from './steady-verdict.js';

const upload = (figures: Partial<UploadFigures> = {}): UploadFigures => ({
  loss: 0,
  jitter: 4,
  silentProducers: 0,
  hasLessLayers: false,
  ...figures,
});

const download = (figures: Partial<DownloadFigures> = {}): DownloadFigures => ({
  loss: 0,
  roundTripTime: 30,
  satisfaction: 1,
  isUnintelligible: false,
  ...figures,
});

const figures = (changes: Partial<QualityFigures> = {}): QualityFigures => ({
  isConnected: true,
  silence: 50,
  isAnswering: false,
  upload: upload(),
  download: download(),
  server: { loss: 0, delay: 5 },
  framesDropped: 0,
  ...changes,
});

/**
 * Figures of two seconds as in the engine's statistics for such calls. They are written by hand,
 * after the networks of `npm run bench:network`, and not recorded.
 */
const situations: [string, Partial<QualityFigures>, string][] = [
  ['two people on one desk', {}, 'excellent none'],
  [
    'a quiet DSL line',
    { upload: upload({ loss: 0.004, jitter: 11 }), download: download({ roundTripTime: 42 }) },
    'excellent none',
  ],
  ['Wi-Fi behind two walls', { upload: upload({ loss: 0.031, jitter: 28 }) }, 'good upload'],
  [
    'a sender with 500 kbit/s up, its large layer gone',
    { upload: upload({ hasLessLayers: true, jitter: 35 }) },
    'good upload',
  ],
  ['a sender with 10 % loss', { upload: upload({ loss: 0.104 }) }, 'poor upload'],
  [
    'a camera that stands still while the microphone works',
    { upload: upload({ silentProducers: 0.5 }) },
    'poor upload',
  ],
  ['a sender whose cable was pulled, 3 s on', { silence: 3100, upload: upload({ silentProducers: 1 }) }, 'lost upload'],
  ['six people on 3 Mbit/s', { download: download({ satisfaction: 0.62, roundTripTime: 90 }) }, 'good download'],
  ['six people on 250 kbit/s, one is visible', { download: download({ satisfaction: 0.03 }) }, 'poor download'],
  ['a receiver with 5 % loss', { download: download({ loss: 0.052 }) }, 'good download'],
  ['a receiver with 20 % loss', { download: download({ loss: 0.196, satisfaction: 0.3 }) }, 'poor download'],
  [
    'a receiver whose sound stays broken after repair',
    { download: download({ isUnintelligible: true }) },
    'poor download',
  ],
  [
    'a receiver whose sound is broken in both directions: what others notice of it',
    { upload: upload({ loss: 0.2 }), download: download({ isUnintelligible: true }) },
    'poor download',
  ],
  ['by satellite', { download: download({ roundTripTime: 640 }) }, 'good download'],
  ['a bloated queue', { download: download({ roundTripTime: 1450 }) }, 'poor download'],
  ['a laptop that decodes nine tiles', { framesDropped: 0.14 }, 'good processor'],
  [
    'a phone that decodes nine tiles',
    { framesDropped: 0.41, download: download({ satisfaction: 0.8 }) },
    'poor processor',
  ],
  [
    'a worker with too many calls: it loses what all send, and all lose what it sends',
    { server: { loss: 0.03, delay: 310 }, upload: upload({ loss: 0.09 }), download: download({ loss: 0.09 }) },
    'poor server',
  ],
  ['a worker whose loop stood still for 100 ms', { server: { loss: 0, delay: 104 } }, 'good server'],
  [
    'a worker that is busy, and a line that is bad',
    { server: { loss: 0.002, delay: 70 }, upload: upload({ loss: 0.12 }) },
    'poor upload',
  ],
  ['a listener who closed the laptop', { silence: 8000, upload: undefined }, 'lost download'],
  ['a listener whose answers are cut off', { silence: 3100, isAnswering: true, upload: undefined }, 'lost download'],
  ['a listener to whom nobody speaks, in Firefox', { silence: 6000, upload: undefined }, 'excellent none'],
  ['consent expired', { isConnected: false }, 'lost upload'],
  ['somebody alone', { upload: undefined, download: undefined }, 'excellent none'],
];

describe('the quality of a connection', () => {
  it.each(situations)('%s', (_, changes, expected) => {
    const { quality, limitation } = connectionQuality(figures(changes));
    expect(`${quality} ${limitation}`).toBe(expected);
  });
});

describe('a download', () => {
  const rank = { excellent: 0, good: 1, poor: 2, lost: 3 };
  const losses = [0, 0.01, 0.05, 0.1, 0.2, 0.4];
  const roundTrips = [0, 50, 100, 200, 300, 400, 600, 800, 1200, 2000];
  const verdict = (loss: number, roundTripTime: number) =>
    connectionQuality(figures({ download: download({ loss, roundTripTime }) }));

  it('is never better with more loss or more delay', () => {
    for (const loss of losses) {
      const ranks = roundTrips.map((roundTripTime) => rank[verdict(loss, roundTripTime).quality]);
      expect(ranks).toEqual(ranks.toSorted());
    }
    for (const roundTripTime of roundTrips) {
      const ranks = losses.map((loss) => rank[verdict(loss, roundTripTime).quality]);
      expect(ranks).toEqual(ranks.toSorted());
    }
  });

  it('has the rating that users give by ITU-T G.109', () => {
    for (let loss = 0; loss <= 0.4; loss += 0.005) {
      for (let roundTripTime = 0; roundTripTime <= 2000; roundTripTime += 20) {
        const rating = soundRating(loss, roundTripTime / 2 + 125);
        const { quality, limitation } = verdict(loss, roundTripTime);
        if (quality === 'excellent') expect(rating).toBeGreaterThanOrEqual(80);
        if (rating < 50) expect(`${quality} ${limitation}`).toBe('poor download');
      }
    }
  });

  it('is poor with a loss and a delay that are each acceptable alone', () => {
    expect([verdict(0.07, 50), verdict(0, 500), verdict(0.07, 500)].map(({ quality }) => quality)).toEqual([
      'good',
      'good',
      'poor',
    ]);
  });
});

describe('the rating of sound', () => {
  it.each([
    // The categories of ITU-T G.109, and the one-way limits of ITU-T G.114.
    [0, 0, 93.2],
    [0, 150, 89.6],
    [0, 400, 59.1],
    [0.01, 0, 89.6],
    [0.05, 100, 75],
    [0.2, 100, 48.7],
  ])('of %d lost and %d ms', (loss, delay, rating) => {
    expect(soundRating(loss, delay)).toBeCloseTo(rating, 0);
  });
});

describe('an announced quality', () => {
  const good = { quality: 'good', limitation: 'download' } as const;
  const poor = { quality: 'poor', limitation: 'upload' } as const;
  const excellent = { quality: 'excellent', limitation: 'none' } as const;
  const lost = { quality: 'lost', limitation: 'upload' } as const;

  function changes(...verdicts: Parameters<SteadyVerdict['update']>[0][]): string[] {
    const steady = new SteadyVerdict();
    return verdicts.flatMap((verdict, i) => (steady.update(verdict) ? [`${i} ${steady.current.quality}`] : []));
  }

  it('is worse after two verdicts, and better after three', () => {
    expect(changes(good, good, excellent, excellent, excellent)).toEqual(['1 good', '4 excellent']);
  });

  it('does not flicker with bursts of loss', () => {
    expect(changes(poor, excellent, poor, excellent, poor, excellent)).toEqual([]);
    expect(changes(poor, poor, excellent, poor, excellent, excellent, poor)).toEqual(['1 poor']);
  });

  it('becomes worse also with different worse verdicts in turn', () => {
    expect(changes(good, poor)).toEqual(['1 poor']);
  });

  it('is lost and restored at once', () => {
    expect(changes(lost, excellent)).toEqual(['0 lost', '1 excellent']);
  });
});
