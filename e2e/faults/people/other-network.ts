import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * A network of its own for one browser: a Linux network namespace whose only way out is a pair of virtual interfaces to this machine. Only root may make one,
 * and it takes `ip` of iproute2.
 */
export class OtherNetwork {
  #address = 2;

  private constructor(
    /** As `ip netns` knows it; the interface on this side is called the same. */
    readonly name: string,
    /** By which this machine is reached from there. */
    readonly host: string,
    private readonly subnet: string,
  ) {}

  static async create(): Promise<OtherNetwork> {
    const host = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (!host) throw new Error('This machine has no address but loopback, so no other network can reach it');
    // From 198.18.0.0/15, which is kept for such tests (RFC 2544).
    const [third = 0, fourth = 0] = randomBytes(2);
    const network = new OtherNetwork(`wb-${third}-${fourth}`, host, `198.19.${third}`);
    await network.#open();
    return network;
  }

  /** A program that runs another one there, written into `folder`. */
  async wrap(program: string, folder: string): Promise<string> {
    const file = path.join(folder, 'elsewhere.sh');
    await writeFile(file, `#!/bin/sh\nexec ip netns exec ${this.name} ${program} "$@"\n`, { mode: 0o755 });
    return file;
  }

  /** As when somebody walks from one wireless network into another: the old address is gone, then there is a new one. */
  async changeAddress(): Promise<void> {
    const { name, subnet } = this;
    await ip('-n', name, 'addr', 'flush', 'dev', 'inside');
    this.#address += 1;
    await ip('-n', name, 'addr', 'add', `${subnet}.${this.#address}/24`, 'dev', 'inside');
    await ip('-n', name, 'route', 'add', 'default', 'via', `${subnet}.1`);
  }

  async close(): Promise<void> {
    await ip('netns', 'del', this.name);
    // They go with the network, which lasts as long as any process in it.
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
    // What answers must come from the address that was asked, which the interface between does not have.
    await ip('route', 'replace', `${subnet}.0/24`, 'dev', name, 'src', host);
  }
}

async function ip(...words: string[]): Promise<void> {
  await promisify(execFile)('ip', words);
}
