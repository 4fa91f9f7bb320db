import type { KubernetesObject } from '../chart/rendered.js';

/** `behavior` of a HorizontalPodAutoscaler: how soon and how fast its wishes are followed. */
export class ScalingPace {
  private wishes: { at: number; replicas: number }[] = [];
  private changes: { at: number; by: number }[] = [];

  constructor(private readonly behavior: KubernetesObject) {}

  /** The number of pods that the rules permit of the wish. */
  paced(now: number, replicas: number, wish: number): number {
    const { scaleUp, scaleDown } = this.behavior;
    // The first look also remembers the pods that it finds.
    if (this.wishes.length === 0) this.wishes.push({ at: now, replicas });
    this.wishes.push({ at: now, replicas: wish });
    const since = (seconds: number) => this.wishes.filter(({ at }) => at > now - seconds).map((one) => one.replicas);
    const lowest = Math.min(wish, ...since(scaleUp.stabilizationWindowSeconds));
    const highest = Math.max(wish, ...since(scaleDown.stabilizationWindowSeconds));
    if (lowest > replicas) return Math.min(lowest, Math.max(replicas, this.limit(scaleUp, now, replicas, 1)));
    if (highest < replicas) return Math.max(highest, Math.min(replicas, this.limit(scaleDown, now, replicas, -1)));
    return replicas;
  }

  /** Remembers the change; returns its result. */
  changed(now: number, from: number, to: number): number {
    if (to !== from) this.changes.push({ at: now, by: to - from });
    return to;
  }

  /** What the policies permit from the number of pods at the begin of their periods. */
  private limit(
    { policies, selectPolicy = 'Max' }: KubernetesObject,
    now: number,
    replicas: number,
    sign: 1 | -1,
  ): number {
    if (selectPolicy === 'Disabled') return replicas;
    const permitted = policies.map(({ type, value, periodSeconds }: KubernetesObject): number => {
      const recent = this.changes.filter(({ at }) => at > now - periodSeconds);
      const begin = replicas - recent.reduce((sum, { by }) => sum + by, 0);
      if (type === 'Pods') return begin + sign * value;
      const share = begin * (1 + (sign * value) / 100);
      return sign > 0 ? Math.ceil(share) : Math.floor(share);
    });
    const most = (selectPolicy === 'Max') === sign > 0;
    return most ? Math.max(...permitted) : Math.min(...permitted);
  }
}
