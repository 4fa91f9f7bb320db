import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Logger } from './messages.js';
import { PublicAddresses } from './public-addresses.js';
import type { StunServer } from './stun-client.js';

/** In a list of announced addresses: the public addresses and those of this host. */
export const AUTO = 'auto';

export interface AnnouncedAddressesOptions {
  /** IP addresses and `AUTO`, by preference. Default: the addresses of this host. */
  configured?: readonly string[] | undefined;
  /** For `AUTO`. */
  stunServers?: readonly StunServer[] | undefined;
  logger: Logger;
  /** Both replace the system in tests. */
  hostAddresses?: () => string[];
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

  constructor(private readonly options: AnnouncedAddressesOptions) {
    this.ofHost = options.hostAddresses ?? (() => hostAddresses());
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
    return !this.options.configured || this.publicAddresses !== undefined;
  }

  /** Finds the addresses anew; true when they changed. Never rejects. */
  async refresh(): Promise<boolean> {
    await this.publicAddresses?.check();
    const found = (this.options.configured ?? [AUTO]).flatMap((entry) =>
      entry === AUTO ? [...(this.publicAddresses?.current ?? []), ...this.ofHost()] : [entry],
    );
    const next = [...new Set(found)];
    // A host between two networks has no address; the last ones may come back.
    if (next.length === 0 || next.join() === this.current.join()) return false;
    this.current = next;
    return true;
  }
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
