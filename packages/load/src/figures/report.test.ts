import { RtpHeader } from '@waterbus/media';
import { describe, expect, it } from 'vitest';
import { JoinFigures } from './join-figures.js';
import { type RunTotals, reportOf } from './report.js';
import { RunFigures } from './run-figures.js';
import { StreamReception } from './stream-reception.js';
import { tableOf } from './table.js';

describe('join figures', () => {
  it('answer percentiles by nearest rank, and zeros without a join', () => {
    const joins = new JoinFigures();
    expect(joins.percentiles('joined')).toEqual({ count: 0, p50: 0, p95: 0, p99: 0 });
    for (let n = 100; n > 0; n -= 1) joins.reached('joined', n);
    expect(joins.percentiles('joined')).toEqual({ count: 100, p50: 50, p95: 95, p99: 99 });
  });

  it('count failures by code and keep the first detail of each', () => {
    const joins = new JoinFigures();
    joins.failed('meeting.full', 'first');
    joins.failed('meeting.full', 'second');
    joins.failed('media.blocked');
    expect([joins.failureCount, joins.failures, joins.details]).toEqual([
      3,
      new Map([
        ['meeting.full', 2],
        ['media.blocked', 1],
      ]),
      new Map([['meeting.full', 'first']]),
    ]);
  });
});

/** Ten seconds with one receiver of a picture; 2 of 10 packets were lost, one of them repaired. */
function totals(): RunTotals {
  const figures = new RunFigures();
  figures.joins.begun = 3;
  figures.joins.succeeded = 2;
  figures.joins.failed('request.rate_limited', 'Too many requests');
  figures.lost('signalling.transport_close');
  for (let n = 1; n <= 100; n += 1) figures.delayed('video', n, 5_000);
  figures.delayed('video', 700, 4_999);
  figures.paused.set('consumer', 'bandwidth');
  const reception = new StreamReception('video', 1);
  const header = new RtpHeader();
  for (const n of [0, 1, 2, 5, 6, 7, 8, 9]) {
    header.sequenceNumber = n;
    header.arrivedAt = n * 20;
    reception.arrive(header, 1_000, false);
  }
  reception.missing.collect(300, 50);
  header.sequenceNumber = 3;
  reception.arrive(header, 1_000, true);
  reception.frames[1] = 3;
  reception.frames[2] = 1;
  return {
    seconds: 10,
    participants: 3,
    figures,
    receptions: [reception],
    receivers: 1,
    expected: { audio: 0, video: 1 },
    sent: { packets: 200, resent: 4, lost: 5 },
    servers: [{ name: 'waterbus-media (12)', cores: 0.25, residentBytes: 100 << 20 }],
    tester: { cores: 0.1, busiest: 0.2, dropped: 0 },
  };
}

describe('the report', () => {
  it('has the figures of a run', () => {
    expect(reportOf(totals())).toMatchObject({
      joins: { begun: 3, succeeded: 2, failures: { 'request.rate_limited': { count: 1 } } },
      losses: { 'signalling.transport_close': 1 },
      sent: { packets: 200, resent: 4, lossBeforeRepair: 0.025 },
      audio: { expected: 0, received: 0, packets: 0, loss: 0 },
      video: { expected: 1, received: 1, packets: 9, lossBeforeRepair: 0.2, loss: 0.1, lost: 1 },
      layers: [0, 0.75, 0.25],
      paused: { bandwidth: 1 },
      receivers: { bitsPerSecond: 7_200, packetsPerSecond: 0.9 },
      tester: { isBottleneck: false },
    });
    const { p50, p95, p99 } = reportOf(totals()).video.delay;
    expect([p50, p95, p99].map(Math.round)).toEqual([50, 95, 99]);
    expect(Math.round(reportOf(totals()).video.delayAtStart.p99)).toBe(700);
  });

  it.each([
    ['a full core', { cores: 0.5, busiest: 0.95, dropped: 0 }, 0],
    ['datagrams that its kernel dropped', { cores: 0.1, busiest: 0.1, dropped: 1 }, 0],
    ['packets that left late', { cores: 0.1, busiest: 0.1, dropped: 0 }, 50],
  ])('warns that the tester was the limit: %s', (_, tester, lateness) => {
    const run = totals();
    for (let n = 0; n < 100; n += 1) run.figures.lateness.add(lateness);
    const report = reportOf({ ...run, tester });
    expect(report.tester.isBottleneck).toBe(true);
    expect(tableOf(report).join('\n')).toContain('WARNING');
  });

  it('names in its table the setting that raises a limit', () => {
    const table = tableOf(reportOf(totals())).join('\n');
    expect(table).toMatch(/joins +2 of 3, refused or failed:\n +1 × request\.rate_limited/);
    expect(table).toContain('JOINS_PER_MINUTE');
    expect(table).toContain('1 × signalling.transport_close');
    expect(table).toMatch(/streams received +0 of 0 +1 of 1/);
    expect(table).toMatch(/0\.25 cores, 277777\.8 µs a received packet, 100 MiB {2}waterbus-media \(12\)/);
    expect(table).not.toContain('WARNING');
  });
});
