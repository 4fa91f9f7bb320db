import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/**
 * Every address of this host that a peer could reach: IPv4 before IPv6, loopback last (Firefox sends nothing to it, and
 * on one machine Chromium needs nothing else). Link-local IPv6 addresses mean nothing without a zone and are left out.
 */
export function hostAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((address) => !address.address.startsWith('fe80'))
    .sort((a, b) => Number(a.internal) - Number(b.internal) || a.family.localeCompare(b.family))
    .map((address) => address.address);
}
