import { randomBytes } from 'node:crypto';
import type { IncomingBudget } from '@waterbus/packet-io';
import { noTracing, type Tracer } from '@waterbus/telemetry';
import type { HostedMediaNode, MediaHost } from '../media-node.js';
import { AnnouncedAddresses } from './announced-addresses.js';
import type { Logger } from './messages.js';
import { CALM_PERIOD, restartDelay } from './restart-delay.js';
import type { StunServer } from './stun-client.js';
import { WorkerNode } from './worker-node.js';
import { WorkerProcess } from './worker-process.js';

export interface MediaHostOptions {
  /** Worker processes, normally one per core. */
  workers: number;
  /**
   * Worker i takes port `basePort + i` of UDP and TCP; 0: each takes any free port (and keeps it
   * over a crash).
   */
  basePort: number;
  /**
   * Further UDP ports, distributed in turn: port n belongs to worker n modulo `workers`. Clients that
   * can reach no others need one of each worker, because a room may be on any.
   */
  extraPorts?: readonly number[];
  /**
   * Addresses announced to clients, and names that have them, by preference; `'auto'` stands for the
   * public addresses, which `stunServers` report, and those of this host. Default: the addresses of
   * this host.
   */
  announcedAddresses?: string[];
  stunServers?: readonly StunServer[];
  /** Whether media are also accepted by TCP, at the same ports. Default true. */
  tcp?: boolean;
  /** The budget of incoming packets; for tests. */
  incoming?: Partial<IncomingBudget>;
  /** The prefix of the nodes' ids; unique in the cluster. */
  nodeIdPrefix: string;
  logger?: Logger;
  /** Default: none. */
  tracer?: Tracer;
}

/** A `MediaHost` whose nodes are child processes. */
export interface WorkerHost extends MediaHost {
  nodes(): WorkerNode[];
}

/**
 * Starts the media workers of this process and resolves when all are up. Rejects with a system error (`code`
 * `'EADDRINUSE'`, `syscall` `'bind'`, `port`) when a port is taken.
 */
export async function createMediaHost(options: MediaHostOptions): Promise<WorkerHost> {
  const host = new Host(options);
  await host.start();
  return host;
}

class Host implements WorkerHost {
  private readonly places: Place[];
  private readonly listeners = new Set<(change: { type: 'added' | 'lost'; node: HostedMediaNode }) => void>();
  private readonly logger: Logger;
  /**
   * A process with its code loaded already, so that a crashed worker's users wait only for its
   * start (R11).
   */
  private spare: WorkerProcess | undefined;
  private sparing: NodeJS.Timeout | undefined;
  private readonly announced: AnnouncedAddresses;
  private refreshing: NodeJS.Timeout | undefined;
  private closed = false;
  private lostWorkers = 0;

  constructor(private readonly options: MediaHostOptions) {
    this.logger = options.logger ?? silentLogger;
    this.announced = new AnnouncedAddresses({
      configured: options.announcedAddresses,
      stunServers: options.stunServers,
      logger: this.logger,
    });
    this.places = Array.from({ length: options.workers }, (_, index) => ({
      index,
      port: options.basePort === 0 ? 0 : options.basePort + index,
      crashes: 0,
      since: 0,
    }));
  }

  async start(): Promise<void> {
    await this.announced.begin(() => this.closed);
    const starts = await Promise.allSettled(this.places.map((place) => this.startWorker(place)));
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) {
      this.keepSpare();
      this.refreshLater();
      return;
    }
    await this.close();
    throw failed.reason;
  }

  nodes(): WorkerNode[] {
    return this.places.flatMap((place) => place.node ?? []);
  }

  losses(): number {
    return this.lostWorkers;
  }

  onChange(listener: (change: { type: 'added' | 'lost'; node: HostedMediaNode }) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.sparing);
    clearTimeout(this.refreshing);
    for (const place of this.places) clearTimeout(place.restart);
    await Promise.all([this.spare?.kill(), ...this.places.map((place) => place.worker?.kill())]);
  }

  private async startWorker(place: Place): Promise<void> {
    const worker = this.spare && !this.spare.hasEnded ? this.spare : WorkerProcess.fork(this.logger);
    this.spare = undefined;
    place.worker = worker;
    const announced = this.announced.current;
    await worker.start({
      nodeId: `${this.options.nodeIdPrefix}-media-${place.index}-${randomBytes(INCARNATION_BYTES).toString('hex')}`,
      port: place.port,
      extraPorts: this.options.extraPorts?.filter((_, n) => n % this.options.workers === place.index) ?? [],
      announcedAddresses: announced,
      tcp: this.options.tcp ?? true,
      ...(this.options.incoming && { incoming: this.options.incoming }),
    });
    if (this.closed) return worker.kill();
    place.port = worker.port;
    place.since = performance.now();
    const node = new WorkerNode(worker, place.index, this.options.tracer ?? noTracing, (reason) =>
      this.lost(place, node, reason),
    );
    place.node = node;
    if (announced !== this.announced.current) node.announce(this.announced.current);
    this.emit({ type: 'added', node });
  }

  private lost(place: Place, node: WorkerNode, reason: string): void {
    place.node = undefined;
    if (this.closed) return;
    this.lostWorkers += 1;
    this.logger.error({ mediaNodeId: node.id, reason }, 'media worker lost');
    this.emit({ type: 'lost', node });
    if (performance.now() - place.since > CALM_PERIOD) place.crashes = 0;
    this.restart(place);
  }

  private restart(place: Place): void {
    place.crashes += 1;
    place.restart = setTimeout(async () => {
      try {
        await this.startWorker(place);
        this.logger.info({ mediaNodeId: place.node?.id, port: place.port }, 'media worker restarted');
        clearTimeout(this.sparing);
        this.sparing = setTimeout(() => this.keepSpare(), SPARE_AFTER);
      } catch (error) {
        if (this.closed) return;
        this.logger.error({ error: String(error), port: place.port }, 'media worker could not restart');
        this.restart(place);
      }
    }, restartDelay(place.crashes));
  }

  private refreshLater(): void {
    if (this.closed || !this.announced.canChange) return;
    this.refreshing = setTimeout(async () => {
      if (await this.announced.refresh()) this.announce();
      this.refreshLater();
    }, REFRESH_INTERVAL).unref();
  }

  private announce(): void {
    const addresses = this.announced.current;
    this.logger.info({ addresses }, 'announced addresses changed');
    for (const { node } of this.places) node?.announce(addresses);
  }

  /** Not before all are up: it would slow down those still starting. */
  private keepSpare(): void {
    const allUp = this.places.every((place) => place.node);
    if (allUp && !this.closed && (!this.spare || this.spare.hasEnded)) this.spare = WorkerProcess.fork(this.logger);
  }

  private emit(change: { type: 'added' | 'lost'; node: HostedMediaNode }): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}

/** The place of a worker: its port outlasts it. */
interface Place {
  index: number;
  port: number;
  crashes: number;
  /** The time at which the worker came up, `performance.now()`. */
  since: number;
  worker?: WorkerProcess;
  node?: WorkerNode | undefined;
  restart?: NodeJS.Timeout;
}

const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** 48 bits distinguish all incarnations of one place, and keep ids short. */
const INCARNATION_BYTES = 6;

/**
 * Milliseconds: a process start takes a fifth of a second of a core, which the users of the lost
 * worker need to reconnect (R11).
 */
const SPARE_AFTER = 5_000;

/** Milliseconds: as long can a host announce addresses that it no longer has. */
const REFRESH_INTERVAL = 15_000;
