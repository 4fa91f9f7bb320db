import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from './messages.js';
import { PublicAddresses } from './public-addresses.js';
import type { StunServer } from './stun-client.js';

/** In a list of announced addresses: the public addresses and those of this host. */
export const AUTO = 'auto';

export interface AnnouncedAddressesOptions {
  /**
   * IP addresses, names of hosts and `AUTO`, by preference. Default: the addresses of this host.
   */
  configured?: readonly string[] | undefined;
  /** For `AUTO`. */
  stunServers?: readonly StunServer[] | undefined;
  logger: Logger;
  /** These replace the system in tests. */
  hostAddresses?: () => string[];
  resolve?: (name: string) => Promise<string[]>;
  query?: (server: StunServer, family: 4 | 6) => Promise<string>;
}

/**
 * The addresses at which clients reach this host, as configured and as found: those of a host
 * change with its network, and the public ones with its NAT.
 */
export class AnnouncedAddresses {
  current: string[] = [];
  private readonly publicAddresses: PublicAddresses | undefined;
  private readonly ofHost: () => string[];
  /** The addresses of each name at its last answer. */
  private readonly resolved = new Map<string, string[]>();
  private readonly unresolved = new Set<string>();
  private readonly names: readonly string[];

  constructor(private readonly options: AnnouncedAddressesOptions) {
    this.ofHost = options.hostAddresses ?? (() => hostAddresses());
    this.names = (options.configured ?? []).filter((entry) => entry !== AUTO && isIP(entry) === 0);
    if (!options.configured?.includes(AUTO)) return;
    this.publicAddresses = new PublicAddresses({
      servers: options.stunServers ?? [],
      logger: options.logger,
      families: () => familiesOf(this.ofHost()),
      ...(options.query && { query: options.query }),
    });
  }

  /** False if the list is fixed. */
  get canChange(): boolean {
    return !this.options.configured || this.publicAddresses !== undefined || this.names.length > 0;
  }

  /**
   * Finds the addresses for the first time. While only names are configured and none of them has an
   * address yet, as with a load balancer that is being created, clients could not reach this host:
   * waits until one has, or until `over` is true.
   */
  async begin(over: () => boolean, interval = NAME_INTERVAL): Promise<void> {
    await this.refresh();
    while (this.current.length === 0 && this.names.length > 0 && !over()) {
      await pause(interval);
      await this.refresh();
    }
  }

  /** Finds the addresses anew; true when they changed. Never rejects. */
  async refresh(): Promise<boolean> {
    await Promise.all([this.publicAddresses?.check(), ...this.names.map((name) => this.resolveName(name))]);
    const found = (this.options.configured ?? [AUTO]).flatMap((entry) =>
      entry === AUTO
        ? [...(this.publicAddresses?.current ?? []), ...this.ofHost()]
        : (this.resolved.get(entry) ?? (isIP(entry) ? [entry] : [])),
    );
    const next = [...new Set(found)];
    // A host between two networks has no address; the last ones may come back.
    if (next.length === 0 || next.join() === this.current.join()) return false;
    this.current = next;
    return true;
  }

  /** A name without an answer keeps its addresses. The log has one line for each such period. */
  private async resolveName(name: string): Promise<void> {
    try {
      // A round robin changes the order with each answer.
      const addresses = (await (this.options.resolve ?? addressesOf)(name)).sort(byFamily);
      if (addresses.length > 0) this.resolved.set(name, addresses);
      this.unresolved.delete(name);
    } catch (error) {
      if (this.unresolved.has(name)) return;
      this.unresolved.add(name);
      const announced = this.resolved.get(name) ?? [];
      this.options.logger.warn({ name, announced, error: String(error) }, 'announced name has no address');
    }
  }
}

/** IPv4 and IPv6 addresses, by the resolver of the system. */
async function addressesOf(name: string): Promise<string[]> {
  return (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);
}

function familiesOf(addresses: readonly string[]): (4 | 6)[] {
  return [...(addresses.some(isIPv4) ? ([4] as const) : []), ...(addresses.some(isIPv6) ? ([6] as const) : [])];
}

/**
 * The addresses of this host that a peer may reach: IPv4 before IPv6, loopback last (Firefox sends
 * nothing to it, and signalling announces it to local clients alone). Link-local addresses, and
 * those of bridges to containers and virtual machines, are reachable from this host only: they are
 * omitted unless loopback is the only other one.
 */
export function hostAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  const all = Object.entries(interfaces)
    .flatMap(([name, list]) => (list ?? []).map((info) => ({ ...info, isVirtual: VIRTUAL.test(name) })))
    .filter(({ address }) => !address.startsWith('fe80'))
    .sort((a, b) => Number(a.internal) - Number(b.internal) || a.family.localeCompare(b.family));
  const reachable = all.filter(({ internal, isVirtual, address }) => !internal && !isVirtual && !isLinkLocal(address));
  const announced = reachable.length > 0 ? [...reachable, ...all.filter(({ internal }) => internal)] : all;
  return announced.map(({ address }) => address);
}

function byFamily(a: string, b: string): number {
  return isIP(a) - isIP(b) || a.localeCompare(b);
}

function isLinkLocal(address: string): boolean {
  return address.includes('.') && LINK_LOCAL.check(address);
}

/**
 * Names of bridges and ports of Docker, Podman, Kubernetes' networks, libvirt, LXC, VirtualBox and
 * VMware.
 */
const VIRTUAL =
  /^(docker|br-[0-9a-f]{12}|veth|podman|cni|flannel|cali|cilium|weave|kube|nodelocaldns|virbr|vnet|lxcbr|lxdbr|vboxnet|vmnet)/;

/** RFC 3927: the addresses of interfaces that found no DHCP server. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16);

/** Milliseconds between two requests for a name that has no address yet. */
const NAME_INTERVAL = 1_000;
