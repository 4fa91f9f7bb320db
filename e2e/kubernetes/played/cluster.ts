import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { startPostgres } from '@waterbus/server-api/testing/postgres';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { type KubernetesObject, merged, render, type Values } from '../chart/rendered.js';
import { configMapsOf, environmentOf } from '../environment.js';
import { PlayedDeployment } from './deployment.js';
import { Entrance } from './entrance.js';
import { Machine, PART } from './machine.js';
import { Pod } from './pod.js';
import { schedule } from './schedule.js';

/**
 * Plays Kubernetes on this machine: the objects of the chart are rendered by Helm, and their pods run
 * as processes. Each node is an address of loopback. Pods on the network of a node use its address
 * and ports as they would there; a pod with a network of its own has another address, and a free port
 * for each of its ports.
 */
export class PlayedCluster {
  readonly machines = MACHINES.map((address, index) => new Machine(`node-${index + 1}`, address));
  readonly log: string[] = [];
  url = '';
  httpPort = 0;
  private deployments: PlayedDeployment[] = [];
  private objects: KubernetesObject[] = [];
  private readonly entrance: Entrance;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'waterbus-kubernetes-'));
  private readonly closings: (() => Promise<unknown>)[] = [];
  private secrets: Record<string, string> = {};
  private numbers = 0;
  private loop: Promise<void> = Promise.resolve();
  private closed = false;
  redis!: RedisServer;

  private constructor(
    private values: Values,
    private readonly pace: number,
  ) {
    this.entrance = new Entrance(() => this.pods(), pace);
  }

  /**
   * `pace`: how much faster than on a real cluster the waits of Kubernetes pass; grace periods and the
   * time limits of probes stay.
   */
  static async start(values: Values = {}, { pace = 1 } = {}): Promise<PlayedCluster> {
    const cluster = new PlayedCluster(merged(BASE, values), pace);
    try {
      await cluster.open();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get secret(): string {
    return this.secrets.secret!;
  }

  /** Pods of a part (`api`, `ws`) that exist, also those that end. */
  pods(part?: string): Pod[] {
    const all = this.deployments.flatMap((deployment) => deployment.pods).filter(({ gone }) => !gone);
    return part ? all.filter(({ labels }) => labels[PART] === part) : all;
  }

  /** All pods of a part that have ever been. */
  everyPod(part: string): Pod[] {
    return this.deployments.filter((one) => one.part === part).flatMap(({ pods }) => pods);
  }

  deployment(part: string): PlayedDeployment {
    return this.deployments.find((one) => one.part === part)!;
  }

  rendered(kind: string): KubernetesObject {
    return this.objects.find((object) => object.kind === kind);
  }

  /** `helm upgrade`, with these values besides the former ones. */
  upgrade(values: Values): void {
    this.values = merged(this.values, values);
    this.objects = render(this.values);
    this.entrance.objects = this.objects;
    const { deployments } = this;
    for (const object of this.objects.filter(({ kind }) => kind === 'Deployment')) {
      const part = object.spec.template.metadata.labels[PART];
      const existing = deployments.find((one) => one.part === part);
      if (existing) existing.apply(object);
      else {
        const create = (template: KubernetesObject, revision: string) => this.createPod(template, revision);
        deployments.push(new PlayedDeployment(object, create, (line) => this.note(line), this.pace));
      }
    }
  }

  /** `kubectl drain`: evicts each pod as its PodDisruptionBudget permits. */
  async drain(machine: Machine): Promise<void> {
    machine.cordoned = true;
    const evicted: Pod[] = [];
    for (;;) {
      const left = this.pods().filter(({ options, terminating }) => options.machine === machine && !terminating);
      if (left.length === 0) break;
      for (const pod of left.filter((one) => this.mayEvict(one))) {
        this.note(`evict ${pod.options.name}`);
        evicted.push(pod);
        void pod.terminate();
      }
      await settle();
    }
    await Promise.all(evicted.map(({ ended }) => ended));
  }

  /** Resolves when each Deployment has its pods, all of its template and available. */
  async settled(): Promise<void> {
    await this.until(() => this.deployments.every((one) => one.settled), 'the Deployments did not settle');
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`${what}:\n${this.log.slice(-60).join('\n')}`);
      await settle();
    }
  }

  note(line: string): void {
    this.log.push(`${(performance.now() / 1000).toFixed(1)} ${line}`);
  }

  /** Ends all pods as a deleted namespace would, without their drain; then the data. */
  async close(): Promise<void> {
    this.closed = true;
    await this.loop;
    await Promise.all(
      this.pods().map(async (pod) => {
        pod.terminating = true;
        pod.server.signal('SIGINT');
        await pod.ended;
      }),
    );
    for (const closeOne of this.closings.splice(0).reverse()) await closeOne();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async open(): Promise<void> {
    const postgres = await startPostgres();
    this.closings.push(() => postgres.close());
    this.redis = await RedisServer.start();
    this.closings.push(() => this.redis.close());
    this.secrets = {
      secret: randomBytes(32).toString('hex'),
      database: await postgres.newDatabase(),
      redis: this.redis.url,
    };
    this.closings.push(() => this.entrance.close());
    this.httpPort = await this.entrance.listen();
    this.url = `http://localhost:${this.httpPort}`;
    this.upgrade({});
    this.loop = this.control();
    const wanted = this.deployments.reduce((sum, { replicas }) => sum + replicas, 0);
    await this.until(() => this.entrance.reached === wanted, 'the pods did not come up');
  }

  private async control(): Promise<void> {
    while (!this.closed) {
      for (const deployment of this.deployments) await deployment.reconcile();
      this.entrance.look();
      await settle();
    }
  }

  private mayEvict(pod: Pod): boolean {
    const budget = this.objects.find(
      ({ kind, spec }) => kind === 'PodDisruptionBudget' && spec.selector.matchLabels[PART] === pod.labels[PART],
    );
    const { replicas, pods } = this.deployment(pod.labels[PART]!);
    const healthy = pods.filter(({ ready, terminating }) => ready && !terminating).length;
    return !pod.ready || healthy > replicas - budget.spec.maxUnavailable;
  }

  private async createPod(template: KubernetesObject, revision: string): Promise<Pod | undefined> {
    const machine = schedule(template, this.machines, this.pods());
    if (!machine) return undefined;
    this.numbers += 1;
    const name = `${template.metadata.labels[PART]}-${this.numbers}`;
    const { hostNetwork, containers } = template.spec;
    const address = hostNetwork ? machine.address : `127.77.1.${this.numbers}`;
    const ports = new Map<string, number>();
    for (const { name, containerPort } of containers[0].ports) {
      ports.set(name, hostNetwork ? containerPort : await freePort());
    }
    this.note(`create ${name} on ${machine.name}`);
    const environment = this.environment(template, { name, address, machine });
    if (!hostNetwork) Object.assign(environment, { LISTEN_ADDRESS: address, HTTP_PORT: String(ports.get('http')) });
    const log = (line: string) => this.note(line);
    return new Pod({ name, template, revision, machine, address, ports, environment, pace: this.pace, log });
  }

  private environment(
    template: KubernetesObject,
    { name, address, machine }: { name: string; address: string; machine: Machine },
  ): Record<string, string> {
    const fields: Record<string, string> = { 'status.podIP': address, 'status.hostIP': machine.address };
    const data = path.join(this.folder, name);
    mkdirSync(data);
    return {
      ...environmentOf(template.spec.containers[0], {
        configMaps: configMapsOf(this.objects),
        secret: (of) => this.secrets[of]!,
        field: (of) => fields[of]!,
      }),
      // The browsers open the page by http on this machine.
      PUBLIC_URL: '',
      NODE_ENV: 'production',
      DATA_DIR: data,
      PATH: process.env.PATH ?? '',
    };
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP));
}

/** A pod on the network of its node has its port alone: as many as pods of Server WS in any lifecycle. */
const MACHINES = ['127.77.0.1', '127.77.0.2', '127.77.0.3', '127.77.0.4'];

const BASE: Values = {
  publicUrl: 'https://meet.example.org',
  secret: { name: 'secret', key: 'secret' },
  database: { url: { name: 'database' } },
  redis: { url: { name: 'redis' } },
  trustedProxies: ['127.0.0.0/8'],
  settings: { JOINS_PER_MINUTE: 100_000, CREATES_PER_MINUTE: 100_000 },
  ws: { workers: 1, media: { announce: 'hostIP' } },
};

/** Milliseconds between two steps of the controllers. */
const STEP = 100;

/** Milliseconds: the longest lifecycle has four drains of a minute, on a busy machine. */
const PATIENCE = 600_000;
