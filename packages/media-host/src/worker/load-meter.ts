import type { MediaNodeLoad } from '../media-node.js';
import type { Shell } from './shell.js';

/** Turns totals into rates: each reading covers the time since the one before. */
export class LoadMeter {
  private cpu = process.cpuUsage();
  private at = performance.now();
  private receivedBytes = 0;
  private sentBytes = 0;
  private kernelDrops = 0;
  private queueDrops = 0;

  constructor(private readonly shell: Shell) {}

  read(): MediaNodeLoad {
    const at = performance.now();
    const seconds = Math.max((at - this.at) / 1000, Number.EPSILON);
    const cpu = process.cpuUsage(this.cpu);
    const { receivedBytes, sentBytes, kernelDrops, droppedQueueFull } = this.shell.socket.counters();
    const { transports, producers, consumers } = this.shell.control((control) => control.counts());
    const load = {
      cpu: Math.min(1, (cpu.user + cpu.system) / 1e6 / seconds),
      transports,
      producers,
      consumers,
      receivedBitsPerSecond: ((receivedBytes - this.receivedBytes) * 8) / seconds,
      sentBitsPerSecond: ((sentBytes - this.sentBytes) * 8) / seconds,
      kernelDrops: kernelDrops - this.kernelDrops,
      queueDrops: droppedQueueFull - this.queueDrops,
    };
    this.cpu = process.cpuUsage();
    this.at = at;
    this.receivedBytes = receivedBytes;
    this.sentBytes = sentBytes;
    this.kernelDrops = kernelDrops;
    this.queueDrops = droppedQueueFull;
    return load;
  }
}
