import { readdirSync, readFileSync } from 'node:fs';
import type { ServerReading } from './server-reading.js';

/** CPU and memory of a process of this machine and all below it, by name; empty when it has ended. */
export function readProcessTree(pid: number, proc = '/proc'): ServerReading[] {
  const all = processes(proc);
  const tree = new Set([pid]);
  // Children may have lower numbers than their parents.
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.add(one.pid);
  }
  const sums = new Map<string, ServerReading>();
  for (const { pid: own, name, seconds, bytes } of all) {
    if (!tree.has(own)) continue;
    const sum = sums.get(name) ?? { name: `${name} (${pid})`, cpuSeconds: 0, residentBytes: 0 };
    sums.set(name, {
      ...sum,
      cpuSeconds: sum.cpuSeconds + seconds,
      residentBytes: (sum.residentBytes ?? 0) + bytes,
    });
  }
  return [...sums.values()];
}

function processes(proc: string) {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parse(readFileSync(`${proc}/${name}/stat`, 'utf8'))];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** proc_pid_stat(5). The name is in parentheses and may contain any character. */
function parse(stat: string) {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return {
    pid: Number.parseInt(stat, 10),
    name: stat.slice(stat.indexOf('(') + 1, end).trim(),
    parent: Number(fields[1]),
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    bytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** USER_HZ and the page size of Linux on x64 and arm64. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
