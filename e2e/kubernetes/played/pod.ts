import { setTimeout as pause } from 'node:timers/promises';
import { childrenOf, MAIN, runProcess, type ServerProcess } from '../../system/processes.js';
import type { KubernetesObject } from '../chart/rendered.js';
import type { Machine } from './machine.js';
import { probing } from './probe.js';

export interface PodOptions {
  name: string;
  /** The rendered template. */
  template: KubernetesObject;
  /** Which template it is, among those of its workload. */
  revision: string;
  machine: Machine;
  address: string;
  /** The process's own number of a named port. */
  ports: ReadonlyMap<string, number>;
  environment: Record<string, string>;
  /** How much faster than its clock kubelet probes and waits. */
  pace: number;
  log(line: string): void;
}

/**
 * A pod and its kubelet: runs the container as a process, probes it, restarts it, and ends it by
 * preStop, SIGTERM and, after the grace period, SIGKILL.
 */
export class Pod {
  readonly created = performance.now();
  /** The time from which it has been ready, without a break. */
  readySince: number | undefined;
  terminating = false;
  gone = false;
  restarts = 0;
  /** Ended by SIGKILL after the grace period. */
  killed = false;
  readonly ended: Promise<void>;
  private process!: ServerProcess;
  private checks = new AbortController();
  private resolveEnded: () => void = () => {};

  constructor(readonly options: PodOptions) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.run();
  }

  get labels(): Record<string, string> {
    return this.options.template.metadata.labels;
  }

  get ready(): boolean {
    return this.readySince !== undefined;
  }

  get server(): ServerProcess {
    return this.process;
  }

  /** Its id in the cluster of Waterbus, once Server WS has printed it. */
  get nodeId(): string {
    return /Server WS (\S+) is running/.exec(this.process.output())?.[1] ?? this.options.name;
  }

  /** Deletes the pod. Resolves when its process has ended. */
  async terminate(): Promise<void> {
    if (this.terminating) return this.ended;
    this.terminating = true;
    const { spec } = this.options.template;
    const deadline = performance.now() + spec.terminationGracePeriodSeconds * 1000;
    const sleep = this.container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    this.options.log(`${this.options.name}: preStop`);
    await Promise.race([pause((sleep * 1000) / this.options.pace), this.process.ended]);
    this.options.log(`${this.options.name}: SIGTERM`);
    this.process.signal('SIGTERM');
    const late = pause(deadline - performance.now(), 'late', { ref: false });
    if ((await Promise.race([this.process.ended, late])) === 'late') {
      this.killed = true;
      this.options.log(`${this.options.name}: SIGKILL after the grace period`);
      this.process.signal('SIGKILL');
    }
    await this.ended;
  }

  /** Kills all processes of the pod at once, as the kernel does when memory runs out. */
  async kill(): Promise<void> {
    const children = await childrenOf(this.process.pid);
    this.process.signal('SIGKILL');
    for (const pid of children) process.kill(pid, 'SIGKILL');
  }

  private get container(): KubernetesObject {
    return this.options.template.spec.containers[0];
  }

  private run(): void {
    const { environment, name, log } = this.options;
    this.process = runProcess(process.execPath, [MAIN, ...this.container.args], environment);
    this.checks = new AbortController();
    void this.probe(this.checks.signal);
    void this.process.ended.then(async (how) => {
      this.checks.abort();
      this.readySince = undefined;
      log(`${name}: ended (${how})`);
      if (how !== 0 && how !== 'SIGKILL') log(this.process.output().slice(-2000));
      if (!this.terminating) {
        this.restarts += 1;
        if (this.restarts > 1) await pause(BACK_OFF);
        if (!this.terminating) return this.run();
      }
      this.gone = true;
      this.resolveEnded();
    });
  }

  /** Readiness and liveness begin when the start-up check has succeeded. */
  private async probe(over: AbortSignal): Promise<void> {
    const { startupProbe, readinessProbe, livenessProbe } = this.container;
    const started = new AbortController();
    await probing(startupProbe, this.target, AbortSignal.any([over, started.signal]), (succeeded, inARow) => {
      if (succeeded) started.abort();
      else if (inARow >= startupProbe.failureThreshold) this.restartAs('did not start');
    });
    await Promise.all([
      probing(readinessProbe, this.target, over, (succeeded, inARow) => {
        if (succeeded) this.readySince ??= performance.now();
        else if (inARow >= readinessProbe.failureThreshold) this.readySince = undefined;
      }),
      probing(livenessProbe, this.target, over, (succeeded, inARow) => {
        if (!succeeded && inARow >= livenessProbe.failureThreshold) this.restartAs('is not alive');
      }),
    ]);
  }

  private restartAs(reason: string): void {
    this.options.log(`${this.options.name}: ${reason}`);
    this.process.signal('SIGKILL');
  }

  private get target() {
    const { address, ports, pace } = this.options;
    return { address, pace, port: (name: string | number) => ports.get(String(name)) ?? Number(name) };
  }
}

/** Milliseconds before the second restart of a container, and all later ones. */
const BACK_OFF = 10_000;
