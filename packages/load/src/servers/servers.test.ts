import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readProcessTree } from './process-tree.js';
import { readingsIn, readMetrics } from './prometheus.js';
import { loadBetween } from './server-reading.js';

describe('the CPU of the servers', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  /** Processes as proc(5) shows them. */
  function proc(processes: { pid: number; name: string; parent: number; ticks: number }[]): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-proc-'));
    folders.push(folder);
    mkdirSync(path.join(folder, 'self'));
    for (const { pid, name, parent, ticks } of processes) {
      mkdirSync(path.join(folder, String(pid)));
      const fields = Array.from({ length: 22 }, () => '0');
      Object.assign(fields, { 0: 'S', 1: String(parent), 11: String(ticks), 12: '100', 21: '256' });
      writeFileSync(path.join(folder, String(pid), 'stat'), `${pid} (${name}) ${fields.join(' ')}\n`);
    }
    return folder;
  }

  it('is that of a process and all below it, by name', () => {
    const folder = proc([
      { pid: 20, name: 'node', parent: 1, ticks: 200 },
      { pid: 9, name: 'media ) worker', parent: 20, ticks: 300 },
      { pid: 21, name: 'media ) worker', parent: 20, ticks: 400 },
      { pid: 22, name: 'other', parent: 1, ticks: 900 },
    ]);
    expect(new Set(readProcessTree(20, folder))).toEqual(
      new Set([
        { name: 'node (20)', cpuSeconds: 3, residentBytes: 256 * 4096 },
        { name: 'media ) worker (20)', cpuSeconds: 9, residentBytes: 2 * 256 * 4096 },
      ]),
    );
    expect(readProcessTree(99, folder)).toEqual([]);
  });

  it('is read from counters of Prometheus whose name ends in cpu_seconds_total', () => {
    const text = [
      '# HELP process_cpu_seconds_total Total user and system CPU time',
      '# TYPE process_cpu_seconds_total counter',
      'process_cpu_seconds_total 12.5',
      'process_cpu_user_seconds_total 10',
      'waterbus_media_worker_cpu_seconds_total{media_node="a b"} 1e2 1700000000000',
      'process_resident_memory_bytes 1',
      'not a sample',
    ].join('\n');
    expect(readingsIn(text, 'ws-1')).toEqual([
      { name: 'process_cpu_seconds_total at ws-1', cpuSeconds: 12.5, residentBytes: undefined },
      {
        name: 'waterbus_media_worker_cpu_seconds_total{media_node="a b"} at ws-1',
        cpuSeconds: 100,
        residentBytes: undefined,
      },
    ]);
  });

  it('is left out where nothing answers', async () => {
    expect(await readMetrics('http://127.0.0.1:1/metrics')).toEqual([]);
  });

  it('is a mean over the run, without processes that began or restarted in it', () => {
    const reading = (name: string, cpuSeconds: number) => ({ name, cpuSeconds, residentBytes: 7 });
    const before = [reading('one', 10), reading('restarted', 10), reading('ended', 1)];
    const after = [reading('one', 15), reading('restarted', 1), reading('began', 1)];
    expect(loadBetween(before, after, 10)).toEqual([{ name: 'one', cores: 0.5, residentBytes: 7 }]);
    expect(loadBetween(before, after, 0)).toEqual([]);
  });
});
