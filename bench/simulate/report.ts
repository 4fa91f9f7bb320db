import type { Balance, Connections } from './measure.js';
import type { Result } from './scenario.js';

/** Figures for a terminal. `time`: of one placement, in microseconds. */
export function printResult(result: Result, naive: Result, time: { mean: number; p99: number }): void {
  console.log('\nload of the media nodes, share of a core');
  table(
    ['phase', 'mean', 'p50', 'p95', 'p99', 'max', 'full (0.7)', 'over 0.85', 'over 1'],
    [
      ...result.phases.map(({ name, balance }) => balanceRow(name, balance)),
      balanceRow('quiet, least loaded', naive.phases[0]!.balance),
    ],
  );
  console.log('\nreceiving connections of a client, quiet phase (beside least-loaded placement)');
  const theirs = naive.phases[0]!.connections;
  table(
    ['room', 'clients', 'mean', 'p50', 'p95', 'max'],
    result.phases[0]!.connections.map((ours, index) => connectionRow(ours, theirs[index]!)),
  );
  console.log('\nof all clients in the later phases');
  table(
    ['phase', 'mean', 'p50', 'p95', 'max'],
    result.phases.slice(1).map(({ name, connections }) => {
      const { mean, p50, p95, max } = connections.at(-1)!;
      return [name, mean.toFixed(2), p50, p95, max];
    }),
  );
  const { moves, drained, killed, placements } = result;
  console.log(
    `\npublishers placed ${placements}, moved: ${moves.drain} off ${drained.nodes} drained nodes (${Math.round(moves.drain / drained.nodes)} each,`,
  );
  console.log(
    `empty after ${drained.slowest} s at most), ${moves.loss} placed again after ${killed.nodes} nodes were killed, ${moves.relief} by relief`,
  );
  console.log(`longest time that a node had more to do than its core can: ${result.longestSaturated} s`);
  console.log(`one placement: ${time.mean.toFixed(1)} µs on average, p99 ${time.p99.toFixed(0)} µs`);
}

function balanceRow(
  name: string,
  { mean, p50, p95, p99, max, full, overLimit, saturated }: Balance,
): (string | number)[] {
  return [name, ...[mean, p50, p95, p99, max].map((load) => load.toFixed(2)), full, overLimit, saturated];
}

function connectionRow(ours: Connections, theirs: Connections): (string | number)[] {
  const beside = (value: number | string, other: number | string) => `${value} (${other})`;
  return [
    ours.size,
    ours.clients,
    beside(ours.mean.toFixed(2), theirs.mean.toFixed(2)),
    beside(ours.p50, theirs.p50),
    beside(ours.p95, theirs.p95),
    beside(ours.max, theirs.max),
  ];
}

function table(head: string[], rows: (string | number)[][]): void {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    console.log(
      `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
    );
  }
}
