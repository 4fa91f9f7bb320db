import { FULL } from '@waterbus/server-ws/testing/place';
import type { Result } from './scenario.js';
import { Plane, Svg } from './svg.js';

/**
 * Loads of the nodes and connections of the clients in the quiet phase, and loads over the whole
 * time.
 */
export function plot(result: Result, naive: Result): string {
  const svg = new Svg(1000, 720, 'Loads of media nodes and connections of clients, simulated');
  const { nodes, participants, servers, seed } = result.settings;
  const about = `${count(nodes)} media nodes, ${count(participants)} participants, ${servers} Server WS, seed ${seed}`;
  svg.text(60, 30, 'Placement, simulated', { size: 18, weight: 600, fill: '#111827' });
  svg.text(60, 50, about, { fill: '#6b7280' });
  legend(svg, 700, 30, [
    [OURS, 'Waterbus'],
    [NAIVE, 'least loaded node, wherever the room is'],
  ]);
  histogram(svg, result, naive);
  connectionBars(svg, result, naive);
  timeline(svg, result);
  return svg.toString();
}

function histogram(svg: Svg, result: Result, naive: Result): void {
  const bins = (loads: readonly number[]) => {
    const counts = new Array<number>(BINS).fill(0);
    for (const load of loads) counts[Math.min(BINS - 1, Math.floor(load / BIN))]! += 1;
    return counts;
  };
  const [ours, theirs] = [bins(result.loads), bins(naive.loads)];
  const most = roundUp(Math.max(...ours, ...theirs));
  const plane = new Plane(svg, { x: 60, y: 100, width: 420, height: 210 }, { x: [0, BINS * BIN], y: [0, most] });
  plane.title('Media nodes by load, quiet phase');
  plane.yTicks([0, most / 4, most / 2, (most * 3) / 4, most].map(Math.round), String);
  plane.xTicks([0, 0.2, 0.4, 0.6, 0.8, 1], (load) => `${Math.round(load * 100)} %`);
  plane.xLabel('share of a core that a node needs');
  const half = (plane.x(BIN) - plane.x(0) - 2) / 2;
  for (let bin = 0; bin < BINS; bin += 1) {
    const x = plane.x(bin * BIN) + 1;
    for (const [index, counts] of [ours, theirs].entries()) {
      const top = plane.y(counts[bin]!);
      svg.rect(x + index * half, top, half, plane.y(0) - top, index === 0 ? OURS : NAIVE);
    }
  }
  svg.line(
    [
      [plane.x(FULL), plane.area.y],
      [plane.x(FULL), plane.y(0)],
    ],
    LIMIT,
    { dash: '4 3' },
  );
  svg.text(plane.x(FULL) + 4, plane.area.y + 10, 'full', { size: 11, fill: LIMIT });
}

function connectionBars(svg: Svg, result: Result, naive: Result): void {
  const ours = result.phases[0]!.connections;
  const theirs = naive.phases[0]!.connections;
  const plane = new Plane(svg, { x: 560, y: 100, width: 400, height: 210 }, { x: [0, ours.length], y: [0, 6] });
  plane.title('Receiving connections of a client, quiet phase');
  plane.yTicks([0, 1, 2, 3, 4, 5, 6], String);
  for (const [index, { size }] of ours.entries()) {
    const label = size === 'all' ? 'all' : `${size.replace('-', '–')}`;
    svg.text(plane.x(index + 0.5), plane.y(0) + 16, label, { size: 11, anchor: 'middle' });
    for (const [side, { mean, p95, clients }] of [ours[index]!, theirs[index]!].entries()) {
      if (clients === 0) continue;
      const x = plane.x(index + 0.16 + side * 0.35);
      const width = plane.x(0.33) - plane.x(0);
      svg.rect(x, plane.y(mean), width, plane.y(0) - plane.y(mean), side === 0 ? OURS : NAIVE);
      svg.line(
        [
          [x, plane.y(p95)],
          [x + width, plane.y(p95)],
        ],
        '#111827',
        { width: 2 },
      );
      // Above its bar, or above the line where the line is in the way.
      const top = p95 > mean && p95 - mean < 0.5 ? p95 : mean;
      svg.text(x + width / 2, plane.y(top) - 5, mean.toFixed(2), { size: 10, anchor: 'middle' });
    }
  }
  plane.xLabel('participants of the room; bars: mean, lines: 95 % need at most so many');
}

function timeline(svg: Svg, { series, events, settings }: Result): void {
  const plane = new Plane(svg, { x: 60, y: 400, width: 900, height: 250 }, { x: [0, settings.duration], y: [0, TOP] });
  plane.title('Load of the media nodes over time');
  plane.yTicks([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5], (load) => `${Math.round(load * 100)} %`);
  const ticks = Array.from({ length: Math.floor(settings.duration / 120) + 1 }, (_, index) => index * 120);
  plane.xTicks(ticks, (second) => `${second / 60} min`);
  plane.xLabel(
    `highest values above ${TOP * 100} % are cut off; the largest rooms gather in the first minutes and with the crowd`,
  );
  for (const { name, stroke, width } of LINES) {
    svg.line(
      series.map((sample) => [plane.x(sample.second), plane.y(sample[name])] as const),
      stroke,
      { width },
    );
  }
  svg.line(
    [
      [plane.area.x, plane.y(FULL)],
      [plane.area.x + plane.area.width, plane.y(FULL)],
    ],
    LIMIT,
    { dash: '4 3' },
  );
  svg.text(plane.area.x + 4, plane.y(FULL) - 4, 'full', { size: 11, fill: LIMIT });
  for (const [index, { second, what }] of events.entries()) {
    const x = plane.x(second);
    svg.line(
      [
        [x, plane.area.y],
        [x, plane.y(0)],
      ],
      '#9ca3af',
      { dash: '2 3' },
    );
    svg.text(x + 4, plane.area.y + 10 + (index % 3) * 14, what, { size: 11, fill: '#111827' });
  }
  legend(
    svg,
    560,
    plane.area.y - 14,
    LINES.map(({ stroke, label }) => [stroke, label] as const),
    95,
  );
}

function legend(
  svg: Svg,
  x: number,
  y: number,
  entries: readonly (readonly [string, string])[],
  across?: number,
): void {
  for (const [index, [colour, label]] of entries.entries()) {
    const [left, top] = across === undefined ? [x, y + index * 18] : [x + index * across, y];
    svg.rect(left, top - 9, 10, 10, colour);
    svg.text(left + 16, top, label);
  }
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** Rounds to a number with readable quarters. */
function roundUp(value: number): number {
  const unit = 4 * 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.max(4, Math.ceil(value / unit) * unit);
}

const OURS = '#2563eb';
const NAIVE = '#cbd5e1';
const LIMIT = '#dc2626';
const BIN = 0.04;
const BINS = 28;
const TOP = 1.6;
const LINES = [
  { name: 'max', label: 'highest', stroke: '#fca5a5', width: 1.2 },
  { name: 'p99', label: '99 %', stroke: '#f59e0b', width: 1.4 },
  { name: 'p95', label: '95 %', stroke: '#60a5fa', width: 1.6 },
  { name: 'p50', label: 'half', stroke: '#1d4ed8', width: 2 },
] as const;
