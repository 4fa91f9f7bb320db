import { rm } from 'node:fs/promises';
import { newDataFolder } from '@waterbus/server-api/testing/data-folder';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { startCluster } from './cluster.js';
import { childrenOf, MAIN, mediaNodesAmong, mediaWorkerAmong, ready, runProcess } from './processes.js';

/** A whole Waterbus in separate processes, on free ports, with data that are deleted at the end. */
export interface Waterbus {
  url: string;
  httpPort: number;
  /** Its output and log. */
  output(): string;
  /** Process ids of its servers. */
  servers(): number[];
  /** Process ids of its media workers, including standbys. */
  mediaWorkers(): Promise<number[]>;
  /** Ids of its media nodes, in the order of their workers' process ids. */
  mediaNodes(): Promise<string[]>;
  /** Process id of the worker of this media node. */
  mediaWorker(mediaNodeId: string): Promise<number>;
  /** Ends it like Ctrl-C; rejects when a process ended with a failure. */
  stop(): Promise<void>;
}

/** The kinds of deployment: everything in one process, or `npm run cluster`. */
export type SystemKind = 'one-process' | 'cluster';

/** Settings, or a function that returns them for the address of the page. */
export type MoreSettings = Record<string, string> | ((url: string) => Promise<Record<string, string>>);

export async function startWaterbus(kind: SystemKind, more: MoreSettings = {}): Promise<Waterbus> {
  const httpPort = await freePort();
  const url = `http://localhost:${httpPort}`;
  const settings = {
    LOG_LEVEL: 'info',
    JOINS_PER_MINUTE: '10000',
    CREATES_PER_MINUTE: '10000',
    ...(typeof more === 'function' ? await more(url) : more),
  };
  return kind === 'cluster' ? startSeveral(httpPort, settings) : startOne(httpPort, settings);
}

async function startOne(httpPort: number, settings: Record<string, string>): Promise<Waterbus> {
  const dataDir = await newDataFolder();
  const url = `http://localhost:${httpPort}`;
  const workers = Number(settings.MEDIA_WORKERS ?? 2);
  const server = runProcess(process.execPath, [MAIN, 'start'], {
    ...process.env,
    HTTP_PORT: String(httpPort),
    MEDIA_PORT: String(await freePorts(workers)),
    MEDIA_WORKERS: String(workers),
    DATA_DIR: dataDir,
    ...settings,
  });
  await ready(`${url}/readyz`, server);
  return {
    url,
    httpPort,
    output: server.output,
    servers: () => [server.pid],
    mediaWorkers: () => childrenOf(server.pid),
    mediaNodes: async () => mediaNodesAmong(await childrenOf(server.pid)),
    mediaWorker: async (mediaNodeId) => mediaWorkerAmong(await childrenOf(server.pid), mediaNodeId),
    stop: async () => {
      if (server.running()) server.signal('SIGTERM');
      const end = await server.ended;
      await rm(dataDir, { recursive: true, force: true });
      if (end !== 0) throw new Error(`Waterbus ended with ${end}:\n${server.output()}`);
    },
  };
}

async function startSeveral(httpPort: number, settings: Record<string, string>): Promise<Waterbus> {
  const cluster = await startCluster({ httpPort, settings });
  const workers = async () => {
    const ofEach = await Promise.all(
      cluster.nodes.filter(({ running }) => running()).map(({ pid }) => childrenOf(pid)),
    );
    return ofEach.flat();
  };
  return {
    url: cluster.url,
    httpPort,
    output: () => [...cluster.apis, ...cluster.nodes].map((server) => server.output()).join('\n'),
    servers: () => [...cluster.apis, ...cluster.nodes].filter(({ running }) => running()).map(({ pid }) => pid),
    mediaWorkers: workers,
    mediaNodes: async () => mediaNodesAmong(await workers()),
    mediaWorker: async (mediaNodeId) => mediaWorkerAmong(await workers(), mediaNodeId),
    stop: async () => {
      const failures = await cluster.close();
      if (failures.length > 0) throw new Error(failures.join('\n'));
    },
  };
}
