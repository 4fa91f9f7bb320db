import { describe, expect, it } from 'vitest';
import type { Case } from './cases/case.js';
import { ONE_SENDER } from './cases/one-sender.js';
import { RFC_8867 } from './cases/rfc8867.js';
import { SIX_PEOPLE } from './cases/six-people.js';
import { figuresOf, printed, verdicts } from './judge.js';
import type { Pictures } from './page/pictures.js';
import type { Sample } from './page/samples.js';
import type { LinkReport } from './path/messages.js';
import type { Recording } from './run-case.js';

const BEGUN = 1_000_000;

function caseOf(name: string): Case {
  return [...ONE_SENDER, ...SIX_PEOPLE, ...RFC_8867].find((one) => one.name === name)!;
}

/** Pictures with their heights; times are seconds since the begin. */
function pictures(...stretches: { from: number; to: number; height?: number }[]): Pictures {
  const result: Pictures = { at: [], height: [] };
  for (const { from, to, height = 720 } of stretches) {
    for (let time = from * 1000; time <= to * 1000; time += 40) {
      result.at.push(BEGUN + time);
      result.height.push(height);
    }
  }
  return result;
}

function sampleAt(second: number, received: Sample['received']): Sample {
  return { at: BEGUN + second * 1000, received, sent: {} };
}

function recordingOf(
  test: Case,
  seen: Record<string, { pictures: Record<string, Pictures>; samples?: Sample[] }>,
  streams: LinkReport['streams'] = {},
): Recording {
  const bin = { offered: 1000, dropped: 0, lost: 0, forwarded: 1000, rate: 1_000_000 };
  const bins = Array.from({ length: test.duration * 10 }, (_, index) => ({ at: BEGUN + index * 100, ...bin }));
  const viewers = Object.entries(seen).map(
    ([name, { pictures, samples = [] }]) => [name, { pictures, samples }] as const,
  );
  return {
    begun: BEGUN,
    ended: BEGUN + test.duration * 1000,
    seen: Object.fromEntries(viewers),
    sent: {},
    links: { [test.bottleneck]: { bins, waits: { at: [BEGUN + 20_000], waited: [30] }, streams } },
    transports: [],
    lateness: { p50: 0, p99: 0 },
    load: 0,
  };
}

describe('figuresOf', () => {
  it('judges a call without any picture or sound as frozen and silent', () => {
    const test = caseOf('down-600');
    const figures = figuresOf(test, recordingOf(test, { Ben: { pictures: {} } }));
    expect(figures).toMatchObject({ pictures: 0, frozen: 1, height: 0, concealed: 1 });
    expect(
      verdicts(test, figures)
        .filter(({ kept }) => !kept)
        .map(({ aim }) => aim.figure),
    ).toEqual(['frozen', 'utilisation', 'concealed']);
  });

  it('takes the worst stream of several', () => {
    const test = caseOf('six-people');
    const fluid = pictures({ from: 0, to: 45 });
    const seen = {
      Ada: fluid,
      Ben: fluid,
      Cleo: pictures({ from: 0, to: 45, height: 180 }),
      Dan: fluid,
      Eve: pictures(),
    };
    expect(figuresOf(test, recordingOf(test, { Zoe: { pictures: seen } }))).toMatchObject({ frozen: 1, height: 0 });
    const all = { ...seen, Eve: fluid };
    expect(figuresOf(test, recordingOf(test, { Zoe: { pictures: all } }))).toMatchObject({ frozen: 0, height: 180 });
  });

  it('measures recovery from the steps of the case', () => {
    const test = caseOf('steps');
    const shown = pictures(
      { from: 0, to: 15 },
      { from: 17, to: 40, height: 360 },
      { from: 40.04, to: 60, height: 720 },
    );
    const { fluid, fullQuality } = figuresOf(test, recordingOf(test, { Ben: { pictures: { Ada: shown } } }));
    expect(fluid).toBeCloseTo(2, 1);
    expect(fullQuality).toBeCloseTo(5, 1);
  });

  it('leaves out the time of a switched-off camera', () => {
    const test = caseOf('rfc8867-5.8');
    const shown = pictures({ from: 0, to: 20 }, { from: 36, to: 60 });
    const both = { Ben: { pictures: { Ada: shown } }, Cleo: { pictures: { Ada: shown } } };
    expect(figuresOf(test, recordingOf(test, both)).frozen).toBe(0);
    const late = pictures({ from: 0, to: 20 }, { from: 47, to: 60 });
    const one = { ...both, Cleo: { pictures: { Ada: late } } };
    expect(figuresOf(test, recordingOf(test, one)).frozen).toBeCloseTo(10 / 33, 1);
  });

  it('computes the shares of sound and of repairs', () => {
    const test = caseOf('loss-5');
    const heard = (concealedSamples: number, totalSamplesReceived: number) => ({
      'Ada microphone': { ssrc: 1, concealedSamples, totalSamplesReceived },
      'Ada camera': { ssrc: 2, rtxSsrc: 3 },
    });
    const samples = [
      sampleAt(2, heard(5000, 90_000)),
      sampleAt(11, heard(6000, 500_000)),
      sampleAt(34, heard(8000, 1_500_000)),
    ];
    const streams = {
      1: { offered: 100, delivered: 100 },
      2: { offered: 700, delivered: 700 },
      3: { offered: 200, delivered: 190 },
    };
    const recording = recordingOf(test, { Ben: { pictures: {}, samples } }, streams);
    const figures = figuresOf(test, recording);
    expect(figures.concealed).toBeCloseTo(0.002);
    expect(figures.retransmitted).toBeCloseTo(0.2);
  });

  it('compares the bits of several viewers of the same stream', () => {
    const test = caseOf('rfc8867-5.2');
    const got = (bytes: number) => ({
      pictures: {},
      samples: [
        sampleAt(20, { 'Ada camera': { bytesReceived: 0 } }),
        sampleAt(90, { 'Ada camera': { bytesReceived: bytes } }),
      ],
    });
    const recording = recordingOf(test, { Ben: got(3000), Cleo: got(1000) });
    expect(figuresOf(test, recording).unfairness).toBe(3);
  });
});

it('prints figures in readable units', () => {
  expect(printed('frozen', 0.0123)).toBe('1.2 %');
  expect(printed('fluid', Number.POSITIVE_INFINITY)).toBe('never');
  expect(printed('utilisation', undefined)).toBe('');
});

it('gives every case a bottleneck and viewers that exist in its network', () => {
  const cases = [...ONE_SENDER, ...SIX_PEOPLE, ...RFC_8867];
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  for (const { network, bottleneck, viewers, people, aims } of cases) {
    expect(network.links).toHaveProperty([bottleneck]);
    const routes = Object.values(network.people).flatMap(({ up, down }) => [...up, ...down]);
    for (const link of routes) expect(network.links).toHaveProperty([link]);
    for (const { name, context = name } of people) expect(network.people).toHaveProperty([context]);
    for (const viewer of viewers) expect(people.map(({ name }) => name)).toContain(viewer);
    expect(aims.length).toBeGreaterThan(0);
  }
});
