import { BlockList } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

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
