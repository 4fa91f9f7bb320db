import { Plane, Svg } from '../simulate/svg.js';
import type { Case } from './cases/case.js';
import { freezes } from './figures.js';
import type { LinkBin } from './path/messages.js';
import type { Recording } from './run-case.js';

/** Rate, queueing delay and heights of a case over time, in seconds since its begin. */
export function plotCase(test: Case, recording: Recording): string {
  const svg = new Svg(WIDTH, 640, `${test.title}: rate, queueing delay and height of the pictures over time`);
  svg.text(LEFT, 26, test.title, { size: 16, weight: 600, fill: '#111827' });
  ratePanel(svg, test, recording);
  delayPanel(svg, test, recording);
  heightPanel(svg, test, recording);
  return svg.toString();
}

function ratePanel(svg: Svg, test: Case, recording: Recording): void {
  const { bins } = recording.links[test.bottleneck]!;
  const seconds = bySecond(bins, recording);
  const capacity = capacityLine(bins, recording);
  const estimate = estimates(test, recording);
  const most = Math.max(0.2, ...capacity.map(([, rate]) => rate), ...seconds.map(({ forwarded }) => forwarded));
  const offered = Math.max(...seconds.map((one) => one.offered));
  const top = roundUp(Math.max(most * 1.2, Math.min(offered, most * 2)));
  const plane = new Plane(svg, { x: LEFT, y: 70, width: PANEL, height: 190 }, { x: [0, test.duration], y: [0, top] });
  plane.title('Rate at the bottleneck, Mbit/s');
  plane.yTicks([0, top / 4, top / 2, (top * 3) / 4, top], (value) => String(Math.round(value * 100) / 100));
  ticks(plane, test);
  line(plane, capacity, CAPACITY, { dash: '4 3' });
  line(
    plane,
    seconds.map(({ at, offered }) => [at, offered]),
    OFFERED,
  );
  line(
    plane,
    seconds.map(({ at, forwarded }) => [at, forwarded]),
    FORWARDED,
    { width: 2 },
  );
  for (const [x, y] of estimate) svg.rect(plane.x(x) - 1.5, plane.y(y) - 1.5, 3, 3, ESTIMATE);
  legend(svg, 70 - 14, [
    [CAPACITY, 'capacity'],
    [OFFERED, offered > top ? 'offered (cut off)' : 'offered'],
    [FORWARDED, 'forwarded'],
    ...(estimate.length > 0 ? [[ESTIMATE, 'estimate'] as [string, string]] : []),
  ]);
}

function delayPanel(svg: Svg, test: Case, recording: Recording): void {
  const { at, waited } = recording.links[test.bottleneck]!.waits;
  const longest = new Map<number, number>();
  for (const [index, time] of at.entries()) {
    const bin = Math.floor((time - recording.begun) / 200) / 5;
    if (bin >= 0) longest.set(bin, Math.max(longest.get(bin) ?? 0, waited[index]!));
  }
  const plane = new Plane(svg, { x: LEFT, y: 320, width: PANEL, height: 110 }, { x: [0, test.duration], y: [0, 400] });
  plane.title('Longest wait in the queue, ms');
  plane.yTicks([0, 100, 200, 300, 400], String);
  ticks(plane, test);
  line(
    plane,
    [...longest].filter(([second]) => second <= test.duration),
    DELAY,
  );
}

function heightPanel(svg: Svg, test: Case, { seen, begun, ended }: Recording): void {
  const plane = new Plane(svg, { x: LEFT, y: 490, width: PANEL, height: 100 }, { x: [0, test.duration], y: [0, 760] });
  plane.title('Height of the pictures; red: frozen');
  plane.yTicks([0, 180, 360, 720], String);
  ticks(plane, test);
  plane.xLabel('seconds');
  let index = 0;
  for (const viewer of test.viewers) {
    for (const [shown, pictures] of Object.entries(seen[viewer]?.pictures ?? {})) {
      const colour = STREAMS[index % STREAMS.length]!;
      const points = pictures.at.map((time, n) => [(time - begun) / 1000, pictures.height[n]!] as const);
      line(plane, corners(points.filter(([second]) => second >= 0 && second <= test.duration)), colour, { width: 1.5 });
      for (const { from, to } of freezes(pictures, { from: begun, to: ended })) {
        const [x, y] = [plane.x((from - begun) / 1000), plane.y(0) - 4 - 5 * index];
        svg.rect(x, y, Math.max(1, plane.x((to - begun) / 1000) - x), 4, FROZEN);
      }
      const name = test.viewers.length > 1 ? `${viewer}: ${shown}` : shown;
      svg.text(LEFT + 290 + index * 90, 490 - 14, name, { size: 11, fill: colour });
      index += 1;
    }
  }
}

/** Points only where the height changes. */
function corners(points: (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before && after && before[1] === point[1] && after[1] === point[1]) return [];
    return before && before[1] !== point[1] ? [[point[0], before[1]] as const, point] : [point];
  });
}

function bySecond(bins: LinkBin[], { begun, ended }: Recording): { at: number; offered: number; forwarded: number }[] {
  const spans = Math.floor((ended - begun) / SPAN);
  const sums = Array.from({ length: spans }, (_, index) => ({
    at: ((index + 0.5) * SPAN) / 1000,
    offered: 0,
    forwarded: 0,
  }));
  for (const { at, offered, forwarded } of bins) {
    const sum = sums[Math.floor((at - begun) / SPAN)];
    if (!sum) continue;
    sum.offered += (offered * 8) / SPAN / 1000;
    sum.forwarded += (forwarded * 8) / SPAN / 1000;
  }
  return sums;
}

function capacityLine(bins: LinkBin[], { begun, ended }: Recording): [number, number][] {
  const points = bins
    .filter(({ at, rate }) => rate !== null && at >= begun && at <= ended)
    .map(({ at, rate }) => [(at - begun) / 1000, rate! / 1e6] as const);
  return corners(points) as [number, number][];
}

/** The sender's estimate of the bottleneck's capacity. */
function estimates(test: Case, { sent, transports, begun }: Recording): [number, number][] {
  const samples = test.sender === 'browser' ? Object.values(sent).flatMap((one) => one.samples) : transports;
  return samples.flatMap(({ at, availableOutgoingBitrate: bitrate }): [number, number][] => {
    const second = (at - begun) / 1000;
    return bitrate === undefined || second < 0 || second > test.duration ? [] : [[second, bitrate / 1e6]];
  });
}

function ticks(plane: Plane, { duration }: Case): void {
  const apart = duration > 60 ? 20 : 5;
  const values = Array.from({ length: Math.floor(duration / apart) + 1 }, (_, index) => index * apart);
  plane.xTicks(values, String);
}

function line(
  plane: Plane,
  points: readonly (readonly [number, number])[],
  stroke: string,
  style: { width?: number; dash?: string } = {},
): void {
  if (points.length > 0)
    plane.svg.line(
      points.map(([x, y]) => [plane.x(x), plane.y(y)]),
      stroke,
      style,
    );
}

function legend(svg: Svg, y: number, entries: [string, string][]): void {
  for (const [index, [colour, label]] of entries.entries()) {
    svg.rect(LEFT + 270 + index * 110, y - 9, 10, 10, colour);
    svg.text(LEFT + 286 + index * 110, y, label);
  }
}

function roundUp(megabits: number): number {
  const unit = megabits > 2 ? 1 : 0.2;
  return Math.ceil(megabits / unit) * unit;
}

const WIDTH = 800;
const LEFT = 60;
const PANEL = 710;
/** Milliseconds; a shorter bin shows single pictures, not rates. */
const SPAN = 500;
const CAPACITY = '#dc2626';
const OFFERED = '#cbd5e1';
const FORWARDED = '#2563eb';
const ESTIMATE = '#f59e0b';
const DELAY = '#7c3aed';
const FROZEN = '#dc2626';
const STREAMS = ['#2563eb', '#059669', '#d97706', '#7c3aed', '#0891b2', '#be185d'];
