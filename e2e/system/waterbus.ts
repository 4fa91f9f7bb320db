import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A whole Waterbus in a process of its own, on free ports, with a data folder that goes away with it. */
export interface Waterbus {
  url: string;
  httpPort: number;
  pid: number;
  /** What it printed and logged. */
  output(): string;
  /** Process ids of its media workers, also of the one that stands by. */
  mediaWorkers(): Promise<number[]>;
  /** Process id of the worker that is this media node: its title says so. */
  mediaWorker(mediaNodeId: string): Promise<number>;
  stop(): Promise<void>;
}

/** `more`: settings, or what tells them once the address of the page is known. */
export async function startWaterbus(
  more: Record<string, string> | ((url: string) => Promise<Record<string, string>>) = {},
): Promise<Waterbus> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'waterbus-e2e-'));
  const httpPort = await freeTcpPort();
  const url = `http://localhost:${httpPort}`;
  const environment = typeof more === 'function' ? await more(url) : more;
  const workers = Number(environment.MEDIA_WORKERS ?? 2);
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: {
      ...process.env,
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(await freeUdpPorts(workers)),
      MEDIA_WORKERS: String(workers),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      JOINS_PER_MINUTE: '10000',
      CREATES_PER_MINUTE: '10000',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  await ready(url, child, () => output);
  return {
    url,
    httpPort,
    pid: child.pid!,
    output: () => output,
    mediaWorkers: () => childrenOf(child.pid!),
    mediaWorker: async (mediaNodeId) => {
      for (const pid of await childrenOf(child.pid!)) {
        if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(mediaNodeId)) return pid;
      }
      throw new Error(`no media worker is ${mediaNodeId}`);
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(dataDir, { recursive: true, force: true });
      if (child.exitCode !== 0)
        throw new Error(`Waterbus ended with ${child.exitCode ?? child.signalCode}:\n${output}`);
    },
  };
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Waterbus did not start:\n${output()}`);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`Waterbus was not ready in ${START_DEADLINE} ms:\n${output()}`);
}

/** From Linux's /proc: field 4 of `stat` is the parent. */
async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(afterName[1]) === pid && afterName[0] !== 'Z') children.push(Number(entry));
  }
  return children;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The first of `count` UDP ports in a row that are free now. */
async function freeUdpPorts(count: number): Promise<number> {
  for (let base = 20_000 + Math.floor(Math.random() * 10_000); ; base += count) {
    const sockets = Array.from({ length: count }, () => createSocket('udp6'));
    const bound = await Promise.all(
      sockets.map(
        (socket, index) =>
          new Promise<boolean>((resolve) => {
            socket.once('error', () => resolve(false));
            socket.bind(base + index, () => resolve(true));
          }),
      ),
    );
    for (const socket of sockets) socket.close();
    if (bound.every(Boolean)) return base;
  }
}

const MAIN = fileURLToPath(new URL('../../apps/waterbus/dist/main.js', import.meta.url));
/** PGlite's first start makes a database cluster; some seconds on a busy machine. */
const START_DEADLINE = 40_000;
