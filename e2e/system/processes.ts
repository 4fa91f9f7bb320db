import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A server process under test, with its output and its process id for signals. */
export interface ServerProcess {
  readonly pid: number;
  /** Its output and log. */
  output(): string;
  running(): boolean;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves at its end, with the exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** `printed`: its standard output alone. */
export function runProcess(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): ServerProcess & { printed(): string } {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let printed = '';
  const keep = (text: string) => {
    output = (output + text).slice(-MOST_OUTPUT);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-MOST_OUTPUT);
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', (error) => keep(`${program}: ${error.message}\n`));
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'error'));
    child.once('error', () => resolve('error'));
  });
  return {
    pid: child.pid ?? -1,
    output: () => output,
    printed: () => printed,
    running: () => runs(child),
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Waits until `url` answers with a 2xx. */
export async function ready(url: string, server: ServerProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE;
  while (Date.now() < deadline) {
    if (!server.running()) throw new Error(`It did not start:\n${server.output()}`);
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.signal('SIGKILL');
  throw new Error(`${url} was not ready in ${START_DEADLINE} ms:\n${server.output()}`);
}

/** From Linux's /proc: field 4 of `stat` is the parent. */
export async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(afterName[1]) === pid && afterName[0] !== 'Z') children.push(Number(entry));
  }
  return children;
}

/** The worker process of a media node. */
export async function mediaWorkerAmong(pids: number[], mediaNodeId: string): Promise<number> {
  for (const pid of pids) if ((await mediaNodeOf(pid)) === mediaNodeId) return pid;
  throw new Error(`no media worker is ${mediaNodeId}`);
}

/** The media nodes of these processes; a standby is none yet. */
export async function mediaNodesAmong(pids: number[]): Promise<string[]> {
  const ids = await Promise.all([...pids].sort((a, b) => a - b).map(mediaNodeOf));
  return ids.filter((id) => id !== undefined);
}

/** The title of a worker names its media node. */
async function mediaNodeOf(pid: number): Promise<string | undefined> {
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return /^waterbus-media (\S*-media-[^\s\0]*)/.exec(title)?.[1];
}

/** The built program of apps/waterbus. */
export const MAIN = fileURLToPath(new URL('../../apps/waterbus/dist/main.js', import.meta.url));

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * The first start of PGlite creates a database cluster, which takes some seconds on a busy machine.
 */
const START_DEADLINE = 120_000;

/** Characters of each process's output that are kept. The end of a log explains a failure. */
const MOST_OUTPUT = 2_000_000;
