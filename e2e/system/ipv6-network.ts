import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * Two machines that have IPv6 alone between them: the network namespaces of a server and of its
 * clients. Requires root, `ip` of iproute2 and `nft` of nftables.
 */
export class Ipv6Network {
  readonly serverAddress: string;
  private readonly clientAddress: string;
  private readonly server: string;
  private readonly clients: string;

  private constructor(id: string) {
    this.server = `wb-v6s-${id}`;
    this.clients = `wb-v6c-${id}`;
    // Unique local addresses (RFC 4193).
    this.serverAddress = `fd77:${id}::1`;
    this.clientAddress = `fd77:${id}::2`;
  }

  static async create(): Promise<Ipv6Network> {
    const network = new Ipv6Network(randomBytes(2).toString('hex'));
    await network.open();
    return network;
  }

  /** Program and arguments that run another program on the server's machine. */
  onServer(program: string, args: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.server, program, ...args]];
  }

  /** Writes a program into `folder` that runs another one on the clients' machine. */
  async onClients(program: string, folder: string): Promise<string> {
    const file = path.join(folder, 'on-clients.sh');
    await writeFile(file, `#!/bin/sh\nexec ip netns exec ${this.clients} ${program} "$@"\n`, { mode: 0o755 });
    return file;
  }

  /** Drops every datagram of the clients to the server, as a firewall in front of it does. */
  async blockUdp(): Promise<void> {
    await run(
      ...this.onServer('nft', [
        `table ip6 blocked {
          chain input { type filter hook input priority 0; iifname "eth0" meta l4proto udp drop; }
        }`,
      ]),
    );
  }

  async close(): Promise<void> {
    await run('ip', ['netns', 'del', this.server]);
    await run('ip', ['netns', 'del', this.clients]);
  }

  private async open(): Promise<void> {
    const { server, clients, serverAddress, clientAddress } = this;
    for (const name of [server, clients]) {
      await run('ip', ['netns', 'add', name]);
      await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    }
    await run('ip', words(`-n ${server} link add eth0 type veth peer name eth0 netns ${clients}`));
    const ends = [
      [server, serverAddress, clientAddress],
      [clients, clientAddress, serverAddress],
    ] as const;
    for (const [name, address] of ends) {
      // Without the second in which the kernel looks for another holder of the address.
      await run('ip', words(`-n ${name} addr add ${address}/64 dev eth0 nodad`));
      await run('ip', words(`-n ${name} link set eth0 up`));
    }
    for (const [name, , other] of ends) await run('ip', words(`-n ${name} -6 route add default via ${other} dev eth0`));
  }
}

function words(text: string): string[] {
  return text.split(' ');
}

async function run(program: string, args: string[]): Promise<void> {
  await promisify(execFile)(program, args);
}
