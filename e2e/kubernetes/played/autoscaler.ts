import type { KubernetesObject } from '../chart/rendered.js';
import { ScalingPace } from './scaling-pace.js';

/** A pod as the autoscaler finds it; those that are being deleted are not among them. */
export interface ScaledPod {
  name: string;
  /** Its container has not started yet. */
  pending: boolean;
}

/** The figure of a pod; undefined when the adapter does not have it. */
export type FigureOf = (metric: string, pod: string) => number | undefined;

/**
 * The controller of a HorizontalPodAutoscaler with metrics of type Pods, by the algorithm that
 * Kubernetes documents. Times are seconds of any clock; Kubernetes looks every 15 s.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
export class Autoscaler {
  private readonly pace: ScalingPace;

  constructor(private readonly spec: KubernetesObject) {
    this.pace = new ScalingPace(spec.behavior);
  }

  /** The number of pods from now on, where there are to be `replicas`. */
  desired(now: number, replicas: number, pods: readonly ScaledPod[], figureOf: FigureOf): number {
    const { minReplicas, maxReplicas } = this.spec;
    if (replicas < minReplicas || replicas > maxReplicas) {
      return this.pace.changed(now, replicas, Math.min(maxReplicas, Math.max(minReplicas, replicas)));
    }
    const wanted = Math.min(maxReplicas, Math.max(minReplicas, this.wanted(replicas, pods, figureOf)));
    return this.pace.changed(now, replicas, this.pace.paced(now, replicas, wanted));
  }

  /** The highest number of all metrics. While one of them is missing, pods are only added. */
  private wanted(replicas: number, pods: readonly ScaledPod[], figureOf: FigureOf): number {
    const each = (this.spec.metrics as KubernetesObject[]).map((metric) =>
      wantedBy(Number(metric.pods.target.averageValue), replicas, pods, (pod) =>
        figureOf(metric.pods.metric.name, pod),
      ),
    );
    const known = each.filter((one) => one !== undefined);
    return Math.max(...known, known.length < each.length ? replicas : 0);
  }
}

/**
 * ceil(pods × average / target). A pod without a figure counts with the target when the others want
 * fewer pods, and with zero when they want more; so does a pending pod in the second case, and it
 * does not count in the first. Undefined without any figure.
 */
export function wantedBy(
  target: number,
  replicas: number,
  pods: readonly ScaledPod[],
  figureOf: (pod: string) => number | undefined,
): number | undefined {
  const running = pods.filter(({ pending }) => !pending).map(({ name }) => figureOf(name));
  const known = running.filter((figure) => figure !== undefined);
  if (known.length === 0) return undefined;
  const missing = running.length - known.length;
  const pending = pods.length - running.length;
  const first = average(known) / target;
  if (missing === 0 && (pending === 0 || first <= 1)) return near(first) ? replicas : ceiling(first * known.length);
  const stand = Array.from({ length: missing }, () => (first < 1 ? target : 0));
  const idle = Array.from({ length: first > 1 ? pending : 0 }, () => 0);
  const all = [...known, ...stand, ...idle];
  const ratio = average(all) / target;
  if (near(ratio) || ratio < 1 !== first < 1) return replicas;
  const wanted = ceiling(ratio * all.length);
  return ratio < 1 === wanted > replicas ? replicas : wanted;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function near(ratio: number): boolean {
  return Math.abs(ratio - 1) <= TOLERANCE + ROUNDING;
}

/** Kubernetes calculates with integers of a thousandth. */
function ceiling(count: number): number {
  return Math.ceil(count - ROUNDING);
}

/** Kubernetes changes nothing within a tenth of the target. */
const TOLERANCE = 0.1;

const ROUNDING = 1e-9;
