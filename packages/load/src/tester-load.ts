/** The CPU of this process, so that a run shows when the tester itself is the limit. */
export class TesterLoad {
  private readonly began = { cpu: process.cpuUsage(), at: performance.now() };
  private last = this.began;
  private busiest = 0;

  /** Cores in use since the last sample. */
  sample(): number {
    const now = { cpu: process.cpuUsage(), at: performance.now() };
    const cores = coresBetween(this.last, now);
    this.last = now;
    this.busiest = Math.max(this.busiest, cores);
    return cores;
  }

  total(): { cores: number; busiest: number } {
    const cores = coresBetween(this.began, { cpu: process.cpuUsage(), at: performance.now() });
    return { cores, busiest: Math.max(cores, this.busiest) };
  }
}

interface Sample {
  cpu: NodeJS.CpuUsage;
  at: number;
}

function coresBetween(from: Sample, to: Sample): number {
  const micros = to.cpu.user + to.cpu.system - from.cpu.user - from.cpu.system;
  return to.at > from.at ? micros / 1000 / (to.at - from.at) : 0;
}
