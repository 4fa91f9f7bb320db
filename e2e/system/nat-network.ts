import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * A server's network behind a router with NAT, and this machine as the Internet: two network
 * namespaces, `lan` with the server and `router`, which translates addresses and forwards ports.
 * Requires root, `ip` of iproute2 and `nft` of nftables.
 */
export class NatNetwork {
  /** The server's own address. */
  readonly serverAddress: string;
  /** The router's address towards this machine. */
  readonly publicAddress: string;
  /** The address of this machine towards the router. */
  readonly internetAddress: string;
  private readonly lan: string;
  private readonly router: string;

  private constructor(private readonly id: string) {
    const third = Number.parseInt(id, 16);
    this.lan = `wb-lan-${id}`;
    this.router = `wb-nat-${id}`;
    this.serverAddress = `10.77.${third}.2`;
    // 198.18.0.0/15 is reserved for such tests (RFC 2544).
    this.internetAddress = `198.18.${third}.1`;
    this.publicAddress = `198.18.${third}.2`;
  }

  /** A router that forwards these ports, from the first to the last, to the server. */
  static async create(ports: { tcp: number; udp: [number, number] }): Promise<NatNetwork> {
    const network = new NatNetwork(randomBytes(1).toString('hex'));
    await network.open(ports);
    return network;
  }

  /** Program and arguments that run another program beside the server. */
  besideServer(program: string, args: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.lan, program, ...args]];
  }

  /**
   * Writes a program into `folder` that runs another one on the router, in the server's network.
   */
  async onRouter(program: string, folder: string): Promise<string> {
    const file = path.join(folder, 'on-router.sh');
    await writeFile(file, `#!/bin/sh\nexec ip netns exec ${this.router} ${program} "$@"\n`, { mode: 0o755 });
    return file;
  }

  async close(): Promise<void> {
    await run('ip', 'netns', 'del', this.lan);
    await run('ip', 'netns', 'del', this.router);
    // It ends with the namespace, which lasts as long as any process in it.
    await run('ip', 'link', 'del', this.outside).catch(() => {});
  }

  private get outside(): string {
    return `wb-out-${this.id}`;
  }

  private async open({ tcp, udp: [first, last] }: { tcp: number; udp: [number, number] }): Promise<void> {
    const { lan, router, outside, serverAddress, publicAddress, internetAddress } = this;
    const gateway = serverAddress.replace(/\.2$/, '.1');
    for (const name of [lan, router]) {
      await run('ip', 'netns', 'add', name);
      await run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    await run('ip', '-n', lan, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'inside', 'netns', router);
    await run('ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', 'wan', 'netns', router);
    await run('ip', '-n', lan, 'addr', 'add', `${serverAddress}/24`, 'dev', 'eth0');
    await run('ip', '-n', router, 'addr', 'add', `${gateway}/24`, 'dev', 'inside');
    await run('ip', '-n', router, 'addr', 'add', `${publicAddress}/24`, 'dev', 'wan');
    await run('ip', 'addr', 'add', `${internetAddress}/24`, 'dev', outside);
    await run('ip', '-n', lan, 'link', 'set', 'eth0', 'up');
    await run('ip', '-n', router, 'link', 'set', 'inside', 'up');
    await run('ip', '-n', router, 'link', 'set', 'wan', 'up');
    await run('ip', 'link', 'set', outside, 'up');
    await run('ip', '-n', lan, 'route', 'add', 'default', 'via', gateway);
    await run('ip', '-n', router, 'route', 'add', 'default', 'via', internetAddress);
    await inNamespace(router, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward');
    await inNamespace(
      router,
      'nft',
      `table ip nat {
        chain before { type nat hook prerouting priority dstnat;
          iifname "wan" tcp dport ${tcp} dnat to ${serverAddress}
          iifname "wan" udp dport ${first}-${last} dnat to ${serverAddress}
        }
        chain after { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
      }`,
    );
  }
}

function inNamespace(name: string, ...command: string[]): Promise<void> {
  return run('ip', 'netns', 'exec', name, ...command);
}

async function run(program: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(program, args);
}
