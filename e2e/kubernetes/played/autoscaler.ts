import type { KubernetesObject } from '../chart/rendered.js';

/**
 * The rendered HorizontalPodAutoscaler: the number of pods for measured averages, with the limits of
 * its behaviour. Times are seconds of any clock.
 */
export class Autoscaler {
  /** The wishes of the past, for the stabilization of a scale-down. */
  private wishes: { at: number; replicas: number }[] = [];
  private changes: { at: number; by: number }[] = [];

  constructor(private readonly spec: KubernetesObject) {}

  /** `average`: of a metric over the pods; undefined when the adapter does not have it. */
  desired(now: number, replicas: number, average: (metric: string) => number | undefined): number {
    const wish = this.wish(replicas, average);
    const { scaleUp, scaleDown } = this.spec.behavior;
    this.wishes.push({ at: now, replicas: wish });
    const since = (seconds: number) => this.wishes.filter(({ at }) => at >= now - seconds);
    this.wishes = since(Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds));
    const highest = Math.max(...since(scaleDown.stabilizationWindowSeconds).map((one) => one.replicas));
    const lowest = Math.min(...since(scaleUp.stabilizationWindowSeconds).map((one) => one.replicas));
    let next = replicas;
    if (lowest > replicas) next = Math.min(lowest, replicas + this.permitted(scaleUp, now, 1));
    else if (highest < replicas) next = Math.max(highest, replicas - this.permitted(scaleDown, now, -1));
    if (next !== replicas) this.changes.push({ at: now, by: next - replicas });
    return next;
  }

  private wish(replicas: number, average: (metric: string) => number | undefined): number {
    const { metrics, minReplicas, maxReplicas } = this.spec;
    const wishes: number[] = [];
    let missing = false;
    for (const { pods } of metrics) {
      const measured = average(pods.metric.name);
      if (measured === undefined) missing = true;
      else {
        const ratio = measured / Number(pods.target.averageValue);
        wishes.push(Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(replicas * ratio));
      }
    }
    const wish = Math.max(...wishes, missing || wishes.length === 0 ? replicas : 0);
    return Math.min(maxReplicas, Math.max(minReplicas, wish));
  }

  /** Pods that a policy still permits in its period. */
  private permitted({ policies }: KubernetesObject, now: number, sign: 1 | -1): number {
    const each = policies.map(({ value, periodSeconds }: KubernetesObject) => {
      const recent = this.changes.filter(({ at, by }) => at > now - periodSeconds && Math.sign(by) === sign);
      return value - recent.reduce((sum, { by }) => sum + Math.abs(by), 0);
    });
    return Math.max(0, Math.min(...each));
  }
}

/** Kubernetes changes nothing within a tenth of the target. */
const TOLERANCE = 0.1;
