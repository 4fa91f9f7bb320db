import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * A separate network for one browser: a Linux network namespace, connected to this machine only by
 * a pair of virtual interfaces. Requires root and `ip` of iproute2.
 */
export class OtherNetwork {
  #address = 2;

  private constructor(
    /** The name for `ip netns`; the interface on this side has the same name. */
    readonly name: string,
    /** The address of this machine in that network. */
    readonly host: string,
    private readonly subnet: string,
  ) {}

  static async create(): Promise<OtherNetwork> {
    const host = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (!host) throw new Error('This machine has no address but loopback, so no other network can reach it');
    // From 198.18.0.0/15, reserved for such tests (RFC 2544).
    const [third = 0, fourth = 0] = randomBytes(2);
    const network = new OtherNetwork(`wb-${third}-${fourth}`, host, `198.19.${third}`);
    await network.#open();
    return network;
  }

  /** Writes a program into `folder` that runs another one in the namespace. */
  async wrap(program: string, folder: string): Promise<string> {
    const file = path.join(folder, 'elsewhere.sh');
    await writeFile(file, `#!/bin/sh\nexec ip netns exec ${this.name} ${program} "$@"\n`, { mode: 0o755 });
    return file;
  }

  /**
   * Simulates a move between wireless networks: the old address disappears, then a new one appears.
   */
  async changeAddress(): Promise<void> {
    const { name, subnet } = this;
    await ip('-n', name, 'addr', 'flush', 'dev', 'inside');
    this.#address += 1;
    await ip('-n', name, 'addr', 'add', `${subnet}.${this.#address}/24`, 'dev', 'inside');
    await ip('-n', name, 'route', 'add', 'default', 'via', `${subnet}.1`);
  }

  /** Drops, silently, what leaves it beyond these rules of nftables, as a firewall does. */
  async passOnly(...rules: string[]): Promise<void> {
    const chain = ['type filter hook output priority 0; policy drop', 'oifname "lo" accept', ...rules];
    const table = `table inet firewall {\nchain out {\n${chain.join('\n')}\n}\n}`;
    await promisify(execFile)('ip', ['netns', 'exec', this.name, 'nft', table]);
  }

  async close(): Promise<void> {
    await ip('netns', 'del', this.name);
    // They end with the network, which lasts as long as any process in it.
    await ip('link', 'del', this.name).catch(() => {});
  }

  async #open(): Promise<void> {
    const { name, subnet, host } = this;
    await ip('netns', 'add', name);
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'inside', 'netns', name);
    await ip('addr', 'add', `${subnet}.1/24`, 'dev', name);
    await ip('link', 'set', name, 'up');
    await ip('-n', name, 'link', 'set', 'lo', 'up');
    await ip('-n', name, 'link', 'set', 'inside', 'up');
    await ip('-n', name, 'addr', 'add', `${subnet}.${this.#address}/24`, 'dev', 'inside');
    await ip('-n', name, 'route', 'add', 'default', 'via', `${subnet}.1`);
    // Answers must come from the requested address, which the virtual interface does not have.
    await ip('route', 'replace', `${subnet}.0/24`, 'dev', name, 'src', host);
  }
}

async function ip(...words: string[]): Promise<void> {
  await promisify(execFile)('ip', words);
}
