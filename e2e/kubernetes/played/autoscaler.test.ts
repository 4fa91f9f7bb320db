import { describe, expect, it, test } from 'vitest';
import { least } from '../chart/matrix.js';
import { merged, render } from '../chart/rendered.js';
import { Autoscaler, type ScaledPod, wantedBy } from './autoscaler.js';
import { ScalingPace } from './scaling-pace.js';

const pods = (count: number, pending = 0): ScaledPod[] =>
  Array.from({ length: count }, (_, n) => ({ name: `ws-${n}`, pending: n >= count - pending }));

describe('the algorithm that Kubernetes documents', () => {
  /** The number of pods for a target of 0.1, with one figure of each pod; undefined: missing. */
  const wanted = (figures: readonly (number | undefined)[], pending = 0) => {
    const all = pods(figures.length + pending, pending);
    return wantedBy(0.1, all.length, all, (name) => figures[Number(name.slice(3))]);
  };

  it('doubles the pods at twice the target, and halves them at half of it', () => {
    expect(wanted([0.2, 0.2])).toBe(4);
    expect(wanted([0.3, 0.1])).toBe(4);
    expect(wanted([0.05, 0.05, 0.05, 0.05])).toBe(2);
    expect(wanted([0.12, 0.12, 0.12])).toBe(4);
  });

  it('changes nothing within a tenth of the target', () => {
    expect([0.09, 0.1, 0.11].map((figure) => wanted([figure, figure]))).toEqual([2, 2, 2]);
    expect([0.089, 0.111].map((figure) => wanted(Array.from({ length: 10 }, () => figure)))).toEqual([9, 12]);
  });

  it('counts a pod without a figure with the target before pods go, and with zero before pods come', () => {
    expect(wanted([0.02, 0.02, undefined, undefined])).toBe(3);
    expect(wanted([0.3, 0.3, undefined, undefined])).toBe(6);
    expect(wanted([0.15, 0.15, undefined])).toBe(3);
    // The average of all would turn a wish for more pods into one for fewer.
    expect(wanted([0.15, undefined])).toBe(2);
    expect(wanted([undefined, undefined])).toBeUndefined();
  });

  it('counts a pending pod with zero before pods come, and not at all before pods go', () => {
    expect(wanted([0.3, 0.3], 1)).toBe(6);
    expect(wanted([0.15, 0.15], 1)).toBe(3);
    expect(wanted([0.04, 0.04], 2)).toBe(1);
  });
});

describe('the pace of a behaviour', () => {
  const slow = { stabilizationWindowSeconds: 0, selectPolicy: 'Max' };
  /** Numbers of pods after looks of 60 s each, with the same wish. */
  const play = (behavior: object, begin: number, wish: number, looks: number) => {
    const pace = new ScalingPace(behavior);
    let replicas = begin;
    return Array.from({ length: looks }, (_, n) => {
      replicas = pace.changed(n * 60, replicas, pace.paced(n * 60, replicas, wish));
      return replicas;
    });
  };

  it('takes the policy that permits most, by default', () => {
    const policies = [
      { type: 'Pods', value: 4, periodSeconds: 60 },
      { type: 'Percent', value: 10, periodSeconds: 60 },
    ];
    // The documentation's example: 80, 72 and, of 7.2 rounded up, 64; below 40 pods four at a time.
    expect(play({ scaleUp: slow, scaleDown: { ...slow, policies } }, 80, 10, 3)).toEqual([72, 64, 57]);
    expect(play({ scaleUp: slow, scaleDown: { ...slow, policies } }, 30, 10, 3)).toEqual([26, 22, 18]);
  });

  it('takes the policy that permits least with Min, and changes nothing with Disabled', () => {
    const policies = [
      { type: 'Pods', value: 5, periodSeconds: 60 },
      { type: 'Percent', value: 100, periodSeconds: 60 },
    ];
    const scaleUp = { ...slow, policies };
    expect(play({ scaleUp: { ...scaleUp, selectPolicy: 'Min' }, scaleDown: slow }, 2, 20, 3)).toEqual([4, 8, 13]);
    expect(play({ scaleUp, scaleDown: slow }, 2, 20, 3)).toEqual([7, 14, 20]);
    expect(play({ scaleUp: { ...scaleUp, selectPolicy: 'Disabled' }, scaleDown: slow }, 2, 20, 1)).toEqual([2]);
  });
});

describe("the chart's autoscaler", () => {
  const objects = render(
    merged(least, { metrics: { enabled: true }, ws: { autoscaling: { enabled: true, min: 2, max: 6 } } }),
  );
  const { spec } = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler');

  /** The number of pods after each 15 s, at which Kubernetes looks; the load is that of each pod. */
  function play(loads: readonly (number | undefined)[], begin = 2): number[] {
    const scaler = new Autoscaler(spec);
    let replicas = begin;
    return loads.map((load, index) => {
      const figureOf = (metric: string) => (metric === 'waterbus_worker_load_ratio' ? load : 0);
      replicas = scaler.desired(index * 15, replicas, pods(replicas), figureOf);
      return replicas;
    });
  }
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  test('busy workers add pods at once, two in a minute', () => {
    expect(play([0.3, 0.9, ...times(5, 0.9)])).toEqual([2, 4, 4, 4, 4, 6, 6]);
    expect(play(times(3, 0.46))).toEqual([2, 2, 2]);
  });

  test('a scale-down begins after ten minutes and takes one pod in three minutes', () => {
    const counts = play([0.9, ...times(60, 0.05)], 4);
    const changes = counts.flatMap((count, index) => {
      const by = count - (counts[index - 1] ?? count);
      return by === 0 ? [] : [{ at: index * 15, by }];
    });
    // The first look wanted more pods; ten minutes after it the first one may go.
    expect(changes.slice(0, 2)).toEqual([
      { at: 600, by: -1 },
      { at: 780, by: -1 },
    ]);
    expect(counts.at(-1)).toBe(4);
  });

  test('without the metric nothing is taken away', () => {
    expect(play(times(60, undefined), 4).at(-1)).toBe(4);
  });

  test('fewer pods than the least are filled up at once, without any figure', () => {
    expect(play([undefined], 1)).toEqual([2]);
  });
});
