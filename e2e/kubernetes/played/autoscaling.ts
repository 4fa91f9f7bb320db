import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesObject } from '../chart/rendered.js';
import { Autoscaler } from './autoscaler.js';
import type { PlayedCluster } from './cluster.js';
import { MetricsAdapter } from './metrics-adapter.js';

/**
 * Scales Server WS by the rendered HorizontalPodAutoscaler and the pods' own metrics. While pods come
 * or go, its clock is the real one; otherwise nothing but its windows would have to end, and it looks
 * twice a second, which counts as 15 s.
 */
export class Autoscaling {
  private readonly scaler: Autoscaler;
  private readonly adapter: MetricsAdapter;
  private readonly metrics: string[];
  /** Seconds of its clock. */
  private now = 0;

  constructor(
    private readonly cluster: PlayedCluster,
    private readonly log: (line: string) => void,
  ) {
    const { spec } = cluster.rendered('HorizontalPodAutoscaler');
    this.metrics = spec.metrics.map(({ pods }: KubernetesObject) => pods.metric.name);
    this.scaler = new Autoscaler(spec);
    this.adapter = new MetricsAdapter(this.metrics);
  }

  /**
   * Looks until there are `replicas` pods, and the last change has ended. `unchanged` is called after
   * each look that changed nothing, with the number of such looks in a row.
   */
  async until(replicas: number, unchanged: (looks: number) => void = () => {}): Promise<void> {
    const deployment = this.cluster.deployment('ws');
    const deadline = performance.now() + PATIENCE;
    let looks = 0;
    while (deployment.replicas !== replicas || !deployment.settled) {
      if (performance.now() > deadline) throw new Error(`there are not ${replicas} pods: ${this.figures()}`);
      const before = deployment.replicas;
      await this.look();
      looks = deployment.replicas === before && deployment.settled ? looks + 1 : 0;
      if (looks > 0) unchanged(looks);
      await this.wait();
    }
  }

  private async look(): Promise<void> {
    const deployment = this.cluster.deployment('ws');
    const { live, replicas } = deployment;
    await this.adapter.scrape(this.now, live);
    const pods = live.map(({ options, server }) => ({ name: options.name, pending: !server.running() }));
    const figureOf = (metric: string, pod: string) => this.adapter.value(metric, pod);
    deployment.replicas = this.scaler.desired(this.now, replicas, pods, figureOf);
    if (deployment.replicas === replicas) return;
    this.log(
      `autoscaler, at ${this.now} s of its clock: ${replicas} to ${deployment.replicas} pods; ${this.figures()}`,
    );
  }

  private async wait(): Promise<void> {
    const due = performance.now() + PERIOD * 1000;
    do await pause(STEP);
    while (!this.cluster.deployment('ws').settled && performance.now() < due);
    this.now += PERIOD;
  }

  private figures(): string {
    const { live } = this.cluster.deployment('ws');
    return this.metrics
      .map((metric) => {
        const values = live.map(({ options }) => this.adapter.value(metric, options.name)?.toFixed(3) ?? 'none');
        return `${metric} ${values.join(', ')}`;
      })
      .join('; ');
  }
}

/** Seconds between two looks of Kubernetes. */
const PERIOD = 15;

/** Milliseconds. */
const STEP = 500;

/** Milliseconds, of which most pass while pods start and drain on a busy machine. */
const PATIENCE = 600_000;
