import type { Connections } from './measure.js';
import type { Result } from './scenario.js';

export interface Promise {
  what: string;
  measured: string;
  kept: boolean;
}

/** The promises for every seed, with the reasons for their limits. */
export function promises(result: Result, naive: Result, microsecondsPerPlacement: number): Promise[] {
  const quiet = result.phases[0]!;
  const all = ({ connections }: { connections: Connections[] }) => connections.find(({ size }) => size === 'all')!;
  const small = quiet.connections[0]!;
  const { drained, moves, wrong } = result;
  const promise = (what: string, measured: string | number, kept: boolean) => ({ what, measured: `${measured}`, kept });
  return [
    promise('R10: nobody is placed on a node that drains', wrong.draining, wrong.draining === 0),
    promise('nobody is placed on a full node while the server knows one with headroom', wrong.full, wrong.full === 0),
    // Connecting and a first picture take two or three seconds; the deadline is 60 s.
    promise(
      'R10: everybody has left a node 10 s after it began to drain',
      `${drained.slowest} s`,
      drained.slowest <= 10,
    ),
    promise('a drain moves each publisher once', `${moves.drain} of ${drained.moves}`, moves.drain <= drained.moves),
    // Placement ends at 0.7 and relief begins at 0.85; growing rooms explain loads in between.
    promise(
      'quiet: 99 % of the nodes are below 0.85 of their core',
      quiet.balance.p99.toFixed(2),
      quiet.balance.p99 < 0.85,
    ),
    // The exception is a room of a thousand that gathers just now, until the first step of relief.
    promise(
      'quiet: at most 0.3 % of the nodes have more to do than their cores can',
      `${quiet.balance.saturated} of ${result.loads.length}`,
      quiet.balance.saturated <= result.loads.length * 0.003,
    ),
    // A room on several nodes costs each client one more connection.
    promise('quiet: 95 % of clients in rooms of up to 10 receive through one connection', small.p95, small.p95 <= 1),
    promise(
      'quiet: at most half as many connections per client as with least-loaded placement',
      `${all(quiet).mean.toFixed(2)} to ${all(naive.phases[0]!).mean.toFixed(2)}`,
      all(quiet).mean <= all(naive.phases[0]!).mean / 2,
    ),
    // A step of relief takes 10 s, and a moved publisher stays for 30 s; the limit is their sum and
    // half as much again.
    promise(
      'no node has more to do than its core can for longer than 60 s',
      `${result.longestSaturated} s`,
      result.longestSaturated <= 60,
    ),
    promise('relief moves nobody twice within 30 s', `${result.shortestReturn} s`, result.shortestReturn >= 30),
    // Relief is for unforeseeable loads; more of it would mean wrong placements.
    promise(
      'relief moves at most one publisher for 20 that are placed',
      `${moves.relief} of ${result.placements}`,
      moves.relief * 20 <= result.placements,
    ),
    // A server places a few dozen publishers a second at most, on its one thread.
    promise(
      'a placement takes less than 100 µs on average',
      `${microsecondsPerPlacement.toFixed(1)} µs`,
      microsecondsPerPlacement < 100,
    ),
  ];
}
