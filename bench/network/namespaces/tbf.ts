import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The kernel's token bucket filter on one interface. `namespace` is that of the interface;
 * undefined for this machine.
 */
export class Tbf {
  constructor(
    private readonly device: string,
    private readonly namespace: string | undefined,
  ) {}

  /** Bits per second, and the longest wait of a packet in milliseconds. */
  async set({ rate, queue }: { rate: number; queue: number }): Promise<void> {
    const bucket = ['rate', `${Math.round(rate)}bit`, 'burst', String(BURST), 'latency', `${queue}ms`];
    await this.#tc('qdisc', 'replace', 'dev', this.device, 'root', 'tbf', ...bucket);
  }

  /** Sent bytes, waiting bytes, and dropped packets so far. */
  async counts(): Promise<{ bytes: number; backlog: number; drops: number }> {
    const [{ bytes, backlog, drops }] = JSON.parse(await this.#tc('-s', '-j', 'qdisc', 'show', 'dev', this.device));
    return { bytes, backlog, drops };
  }

  async #tc(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tc', [...(this.namespace ? ['-n', this.namespace] : []), ...words]);
    return stdout;
  }
}

/** Bytes: two packets, so that the packets of a run leave one by one and not at once. */
const BURST = 3200;
