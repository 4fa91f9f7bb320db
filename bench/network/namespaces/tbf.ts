import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The kernel's token bucket filter on one interface, `namespace` being where the interface is;
 * undefined for this machine.
 */
export class Tbf {
  constructor(
    private readonly device: string,
    private readonly namespace: string | undefined,
  ) {}

  /** Bits per second, and milliseconds that a packet may wait. */
  async set({ rate, queue }: { rate: number; queue: number }): Promise<void> {
    const bucket = ['rate', `${Math.round(rate)}bit`, 'burst', String(BURST), 'latency', `${queue}ms`];
    await this.#tc('qdisc', 'replace', 'dev', this.device, 'root', 'tbf', ...bucket);
  }

  /** Bytes that left, bytes that wait, and packets dropped so far. */
  async counts(): Promise<{ bytes: number; backlog: number; drops: number }> {
    const [{ bytes, backlog, drops }] = JSON.parse(await this.#tc('-s', '-j', 'qdisc', 'show', 'dev', this.device));
    return { bytes, backlog, drops };
  }

  async #tc(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tc', [...(this.namespace ? ['-n', this.namespace] : []), ...words]);
    return stdout;
  }
}

/** Bytes: two packets, so that a run of them leaves one after the other and not at once. */
const BURST = 3200;
