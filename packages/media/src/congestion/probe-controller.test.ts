import { describe, expect, it } from 'vitest';
import { ProbeController } from './probe-controller.js';

const START = 600_000;
const PACKET = 1200;
const RTT = 40;

/**
 * Sends the controller's clusters over a path of `pathRate` (bits per second), as a server that is
 * `busy` for so long in each cluster.
 */
class Path {
  now = 0;
  target = START;
  /** The rate and bytes of each sent cluster. */
  readonly clusters: { at: number; rate: number; bytes: number }[] = [];

  constructor(
    readonly probes: ProbeController,
    public pathRate: number,
    private readonly busy = (_cluster: number) => 0,
    private readonly packet = PACKET,
  ) {}

  run(until: number): void {
    for (; this.now < until; this.now += 50) {
      if (this.probes.begins(this.now, this.target, 'normal', true)) this.send();
      this.target = Math.max(this.target, this.probes.takeResult(this.target));
    }
  }

  private send(): void {
    const { probes } = this;
    probes.begin(this.now);
    const { cluster, rate } = probes;
    const sent = { at: this.now, rate, bytes: 0 };
    let free = 0;
    let at = this.now;
    const busyFrom = at + 2;
    for (; probes.cluster !== 0; at++) {
      if (at === busyFrom) at += this.busy(this.clusters.length);
      while (probes.cluster !== 0 && probes.due(at) > 0) {
        free = Math.max(free, at) + (this.packet * 8000) / this.pathRate;
        sent.bytes += this.packet;
        probes.sent(this.packet, at, RTT);
        probes.acknowledged({ cluster, sentAt: at, arrivedAt: free, size: this.packet });
      }
      if (probes.isOverdue(at)) probes.end(at, RTT);
    }
    this.clusters.push(sent);
  }
}

describe('ProbeController', () => {
  it('begins at three times the first target, and continues while clusters arrive at their rate', () => {
    const path = new Path(new ProbeController(START), 100e6);
    path.run(10_000);
    expect(path.clusters.map(({ rate }) => rate)).toEqual([3 * START, expect.any(Number)]);
    expect(path.clusters[1]!.rate).toBeCloseTo(6 * START, -5);
    expect(path.target).toBeGreaterThan(5 * START);
  });

  it('measures a slow path with small packets too, which would all leave at once', () => {
    const path = new Path(new ProbeController(50_000), 10e6, undefined, 270);
    path.target = 50_000;
    path.run(2000);
    expect(path.clusters[0]!.rate).toBe(150_000);
    expect(path.target).toBeGreaterThan(120_000);
  });

  it('probes the previous rate without a wait when the drop was unjustified', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 100e6);
    path.run(5000);
    const before = path.target;
    path.target = before / 4;
    probes.lowered(path.target, before);
    const [sent, at] = [path.clusters.length, path.now];
    probes.recover();
    path.run(6000);
    expect(path.clusters[sent]).toMatchObject({ at, rate: 0.85 * before });
  });

  it('probes each second during an outage, and the previous rate at the first arrival', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 100e6);
    path.run(5000);
    const before = path.target;
    probes.cut(before);
    path.target = 30_000;
    probes.cut(path.target);
    probes.setWanted(before);
    const begun: number[] = [];
    for (let now = 10_000; now < 20_000; now += 100) {
      if (!probes.begins(now, path.target, 'normal', true)) continue;
      expect(probes.isRecovering).toBe(false);
      probes.begin(now);
      probes.end(now, 0);
      begun.push(now);
    }
    expect(begun).toHaveLength(10);
    // The result of the last cluster is not awaited.
    probes.restored();
    expect(probes.begins(20_000, path.target, 'normal', true)).toBe(true);
    probes.begin(20_000);
    expect(probes).toMatchObject({ rate: 0.85 * before, isRecovering: true });
    probes.end(20_020, 0);
    expect(probes.isRecovering).toBe(false);
  });

  it('finds no more than twice the rate of a cluster whose packets left and arrived as one run of media', () => {
    const probes = new ProbeController(START);
    expect(probes.begins(0, START, 'normal', true)).toBe(true);
    probes.begin(0);
    const { cluster, rate } = probes;
    for (let i = 0; probes.cluster !== 0; i++) {
      const at = i * 0.001;
      probes.sent(PACKET, at, RTT);
      probes.acknowledged({ cluster, sentAt: at, arrivedAt: 20 + at, size: PACKET });
    }
    expect(probes.takeResult(START)).toBe(2 * rate);
  });

  it('does not probe beyond the wanted rate, and stops when the target carries it', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 100e6);
    probes.setWanted(6e6);
    path.run(60_000);
    expect(path.target).toBeGreaterThan(6e6 / 1.05);
    const sent = path.clusters.length;
    path.run(600_000);
    expect(path.clusters.length).toBe(sent);
  });

  it.each([200_000, 700_000, 3e6])(
    'fills a path of %i that carries no more for a fiftieth of the time at most',
    (pathRate) => {
      const probes = new ProbeController(START);
      const path = new Path(probes, pathRate);
      path.target = Math.min(START, 0.9 * pathRate);
      probes.setWanted(8e6);
      path.run(600_000);
      const bytes = path.clusters.reduce((sum, cluster) => sum + cluster.bytes, 0);
      expect(path.clusters.length).toBeGreaterThan(50);
      expect((bytes * 8) / pathRate / 600).toBeLessThan(0.025);
      expect(path.target).toBeLessThan(pathRate);
    },
  );

  it('repeats a cluster that the server could not send at its rate after a second, not ten', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 100e6, (cluster) => (cluster === 0 ? 70 : 0));
    probes.setWanted(2.5e6);
    path.run(3_000);
    expect(path.clusters[1]!.at).toBeLessThanOrEqual(1_100);
    expect(path.target).toBeGreaterThan(2.5e6);
  });

  it('finds the new rate of a path after a drop, once it is calm', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 100e6);
    path.run(1_000);
    const before = path.target;
    const sent = path.clusters.length;
    path.target = 0.3 * before;
    probes.lowered(path.target, before);
    path.run(5_000);
    expect(path.clusters.slice(sent).map(({ rate }) => rate)).toEqual([expect.closeTo(0.85 * before, 0)]);
  });

  it('probes for the wanted rate also when the target has exceeded a plan', () => {
    const probes = new ProbeController(START);
    probes.setWanted(20 * START);
    const target = 4 * START;
    expect(probes.begins(0, target, 'normal', true)).toBe(false);
    expect(probes.begins(600, target, 'normal', true)).toBe(true);
    probes.begin(600);
    expect(probes.rate).toBe(2 * target);
  });

  it('probes with waiting media a second after the last cluster, and at the usual interval after one that filled the path', () => {
    const probes = new ProbeController(START);
    const path = new Path(probes, 1e6);
    path.run(1_000);
    const { target } = path;
    expect(probes.begins(4_000, target, 'normal', true, true)).toBe(false);
    const unknown = new ProbeController(START);
    // The first cluster finds nothing to send.
    expect(unknown.begins(0, START, 'normal', true)).toBe(true);
    unknown.begin(0);
    unknown.end(100, RTT);
    expect(unknown.begins(999, START, 'normal', true, true)).toBe(false);
    expect(unknown.begins(1_000, START, 'normal', true, false)).toBe(false);
    expect(unknown.begins(1_000, START, 'normal', true, true)).toBe(true);
  });

  it('does not probe into a queue', () => {
    const probes = new ProbeController(START);
    probes.setWanted(4e6);
    expect(probes.begins(0, START, 'overuse', true)).toBe(false);
  });
});
