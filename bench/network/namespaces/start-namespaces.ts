import { setInterval as every, setTimeout as pause } from 'node:timers/promises';
import { OtherNetwork } from '@waterbus/e2e/testing/other-network';
import type { LinkBin, LinkReport, NamedLink, NetworkSpec } from '../path/messages.js';
import type { Path, Way } from '../path/start-path.js';
import { Tbf } from './tbf.js';

/** Whether links of the kernel suffice for a network; others need the path in user space. */
export function fitsNamespaces({ links, people }: Omit<NetworkSpec, 'seed'>): boolean {
  const limited = (route: string[]) => route.filter((name) => links[name]?.rate !== undefined);
  const routes = Object.values(people).flatMap(({ up, down }) => [limited(up), limited(down)]);
  const used = routes.flat();
  return used.length > 0 && new Set(used).size === used.length && Object.values(links).every(({ loss }) => !loss);
}

/**
 * The links with a rate, made by the kernel: each person behind one has a separate network
 * namespace, whose only way out is a token bucket filter. All others are on loopback. There is no
 * delay, jitter or loss. Requires root, and `ip` and `tc` of iproute2.
 */
export async function startNamespaces(options: {
  network: NetworkSpec;
  httpPort: number;
  /** The folder for the programs that start others in the namespaces. */
  folder: string;
  /** The browser. */
  executablePath: string;
}): Promise<Path> {
  const { network, httpPort, folder, executablePath } = options;
  const networks: OtherNetwork[] = [];
  const meters: KernelLink[] = [];
  const ways: Record<string, Way> = {};
  const close = async () => {
    for (const meter of meters) meter.stop();
    for (const one of networks) await one.close();
  };
  try {
    for (const [person, { up, down }] of Object.entries(network.people)) {
      const limited = (route: string[]) => route.find((name) => network.links[name]?.rate !== undefined);
      const [upLink, downLink] = [limited(up), limited(down)];
      if (!upLink && !downLink) {
        ways[person] = { origin: `http://localhost:${httpPort}` };
        continue;
      }
      const other = await OtherNetwork.create();
      networks.push(other);
      const sides = [
        { name: downLink, tbf: new Tbf(other.name, undefined) },
        { name: upLink, tbf: new Tbf('inside', other.name) },
      ];
      for (const { name, tbf } of sides) {
        if (name) meters.push(await KernelLink.open(name, network.links[name]!, tbf));
      }
      const origin = `http://${other.host}:${httpPort}`;
      ways[person] = {
        origin,
        browser: {
          executablePath: await other.wrap(executablePath, folder),
          // Browsers allow the camera on pages of other machines only over https.
          args: [`--unsafely-treat-insecure-origin-as-secure=${origin}`],
        },
      };
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ways,
    begin: async () => {
      for (const meter of meters) meter.begin();
      return now();
    },
    report: async () => ({
      type: 'report',
      links: Object.fromEntries(meters.map((meter) => [meter.name, meter.report()])),
      lateness: { p50: 0, p99: 0 },
    }),
    close,
  };
}

/** One link: its steps over time, and its counts about every tenth of a second. */
class KernelLink {
  readonly #bins: LinkBin[] = [];
  readonly #waits: LinkReport['waits'] = { at: [], waited: [] };
  readonly #over = new AbortController();

  private constructor(
    readonly name: string,
    private spec: NamedLink,
    private readonly tbf: Tbf,
  ) {}

  static async open(name: string, spec: NamedLink, tbf: Tbf): Promise<KernelLink> {
    const link = new KernelLink(name, spec, tbf);
    await link.#apply();
    void link.#sample().catch(ignoreAbort);
    return link;
  }

  begin(): void {
    void this.#change().catch(ignoreAbort);
  }

  stop(): void {
    this.#over.abort();
  }

  report(): LinkReport {
    return { bins: this.#bins, waits: this.#waits, streams: {} };
  }

  async #change(): Promise<void> {
    const begun = now();
    for (const { at, ...spec } of this.spec.steps ?? []) {
      await pause(Math.max(0, begun + at - now()), undefined, this.#over);
      this.spec = { ...this.spec, ...spec };
      await this.#apply();
    }
  }

  #apply(): Promise<void> {
    return this.tbf.set({ rate: this.spec.rate!, queue: this.spec.queue ?? DEFAULT_QUEUE });
  }

  async #sample(): Promise<void> {
    let before = await this.tbf.counts();
    for await (const _ of every(SAMPLE, undefined, this.#over)) {
      const counts = await this.tbf.counts();
      const at = now();
      const rate = this.spec.rate!;
      const forwarded = counts.bytes - before.bytes;
      const dropped = (counts.drops - before.drops) * MEAN_PACKET;
      const offered = Math.max(0, forwarded + counts.backlog - before.backlog) + dropped;
      this.#bins.push({ at, offered, dropped, lost: 0, forwarded, rate });
      this.#waits.at.push(at);
      this.#waits.waited.push((counts.backlog * 8 * 1000) / rate);
      before = counts;
    }
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== 'AbortError') console.error(`a link of the kernel: ${error.message}`);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Milliseconds. */
const SAMPLE = 100;
const DEFAULT_QUEUE = 300;
/** Bytes, because the kernel counts drops in packets. */
const MEAN_PACKET = 1100;
