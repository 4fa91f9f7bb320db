import { percentile } from '@waterbus/e2e/testing/percentiles';
import type { Task } from './main-thread.js';
import type { Measured } from './page-measures.js';

export interface Row {
  phase: string;
  /** The longest task of 50 ms or more; 0 without one. */
  longest: number;
  /** The longest CPU time of a task: the same without waits for a core. */
  longestCpu: number;
  /** The CPU time of all tasks. */
  cpu: number;
  text: string;
}

/** Milliseconds: a task up to here is not noticed. */
const LONGEST_TASK = 100;

/** The line of a phase. */
export function rowsOf(phase: string, { longTasks, delays, scripts }: Measured, tasks: Task[]): Row {
  const long = longTasks.toSorted((a, b) => a - b);
  const waits = delays.toSorted((a, b) => a - b);
  const longest = long.at(-1) ?? 0;
  const [busiest] = tasks;
  const cpu = tasks.reduce((sum, task) => sum + task.cpu, 0);
  const parts = [
    `tasks of 50 ms and more: ${long.length}` +
      (long.length === 0 ? '' : `, p50 ${whole(long, 50)}, p95 ${whole(long, 95)}, max ${whole(long, 100)} ms`),
    busiest && `CPU time of all tasks ${cpu.toFixed(0)}, of the longest ${cpuOf(busiest)}`,
    waits.length > 0 &&
      `input to picture: n ${waits.length}, p50 ${whole(waits, 50)}, p95 ${whole(waits, 95)}, max ${whole(waits, 100)} ms`,
    longest > LONGEST_TASK && `longest scripts: ${longestOf(scripts)}`,
  ];
  return {
    phase,
    longest,
    longestCpu: busiest?.cpu ?? 0,
    cpu,
    text: `  ${phase}: ${parts.filter(Boolean).join('; ')}`,
  };
}

export function verdictOf(rows: Row[]): { kept: boolean; text: string } {
  const over = rows.filter(({ longest }) => longest > LONGEST_TASK);
  if (over.length === 0) return { kept: true, text: `  no task above ${LONGEST_TASK} ms` };
  return { kept: false, text: `  tasks above ${LONGEST_TASK} ms: ${over.map(({ phase }) => phase).join(', ')}` };
}

function whole(sorted: number[], rank: number): string {
  return percentile(sorted, rank).toFixed(0);
}

/** `38 ms of 333 (UpdateLayoutTree 17, Layout 4)` */
function cpuOf({ cpu, duration, parts }: Task): string {
  const named = parts.slice(0, 4).map((part) => `${part.name} ${part.cpu.toFixed(0)}`);
  return `${cpu.toFixed(0)} ms of ${duration.toFixed(0)}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
}

function longestOf(scripts: Measured['scripts']): string {
  return scripts
    .toSorted((a, b) => b.duration - a.duration)
    .slice(0, 3)
    .map(
      ({ invoker, place, duration, forcedLayout }) =>
        `${invoker} (${place}) ${duration.toFixed(0)} ms, layout ${forcedLayout.toFixed(0)}`,
    )
    .join(', ');
}
