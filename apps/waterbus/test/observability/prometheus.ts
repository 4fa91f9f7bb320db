import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@waterbus/stun/testing/free-ports';

export interface QueriedSeries {
  metric: Record<string, string>;
  /** Seconds since 1970, and the number as a text. */
  values: [number, string][];
}

/** Debian's Prometheus, which reads servers of this machine each second. */
export class Prometheus {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** The files are in `folder`. Resolves when it answers. */
  static async start(folder: string, targets: readonly number[], rules: string): Promise<Prometheus> {
    const port = await freePort();
    const file = path.join(folder, 'prometheus.json');
    const jobs = [
      { job_name: 'waterbus', static_configs: [{ targets: targets.map((target) => `127.0.0.1:${target}`) }] },
    ];
    const intervals = { scrape_interval: '1s', evaluation_interval: '1s' };
    await writeFile(file, JSON.stringify({ global: intervals, rule_files: [rules], scrape_configs: jobs }));
    const words = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    const child = spawn('prometheus', words, { stdio: ['ignore', 'inherit', 'inherit'] });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child);
    while (!(await prometheus.answers())) {
      if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}`);
      await pause(STEP);
    }
    return prometheus;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'close');
  }

  /** Throws with the reason when it refuses the expression. */
  async query(expression: string): Promise<QueriedSeries[]> {
    const result = await this.get<{ metric: QueriedSeries['metric']; value: [number, string] }[]>('query', {
      query: expression,
    });
    return result.map(({ metric, value }) => ({ metric, values: [value] }));
  }

  /** Times are seconds since 1970. */
  async queryRange(expression: string, start: number, end: number, step: number): Promise<QueriedSeries[]> {
    const times = { start: String(start), end: String(end), step: String(step) };
    return this.get<QueriedSeries[]>('query_range', { query: expression, ...times });
  }

  async rules(): Promise<{ name: string; health: string }[]> {
    const answer = await fetch(`${this.url}/api/v1/rules`);
    const { data } = (await answer.json()) as { data: { groups: { rules: { name: string; health: string }[] }[] } };
    return data.groups.flatMap((group) => group.rules);
  }

  private async answers(): Promise<boolean> {
    return (await fetch(`${this.url}/-/ready`).catch(() => undefined))?.status === 200;
  }

  private async get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { error, data } = (await answer.json()) as { error?: string; data?: { result: T } };
    if (!data) throw new Error(`${parameters.query}: ${error}`);
    return data.result;
  }
}

/** Milliseconds. */
const STEP = 50;
