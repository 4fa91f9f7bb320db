import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { CodedError } from '@waterbus/protocol';

/**
 * Any user may name an address to which this server then connects, so every address outside the
 * public Internet is refused: otherwise a webhook could bypass the firewall. Names are checked at
 * the time of connection, since their addresses may change.
 */
export function checkUrl(text: string, options: { privateToo: boolean }): void {
  const url = new URL(text);
  if (url.username || url.password) throw refusal('A URL with credentials');
  if (options.privateToo) return;
  const host = hostOf(url);
  if (isIP(host) ? isPrivate(host) : /(^|\.)localhost\.?$/i.test(host)) throw refusal('A private address');
}

/** In the form of `net.connect`: IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether the address is not one of a host on the public Internet. `address`: IPv4 or IPv6. */
export function isPrivate(address: string): boolean {
  // A scope makes an address link-local.
  if (address.includes('%')) return true;
  return isIP(address) === 6
    ? !globalUnicast.check(address, 'ipv6') || reserved.check(address, 'ipv6')
    : reserved.check(address);
}

/**
 * For `lookup` of a connection: fails for a name with private addresses only, and omits those among
 * others.
 */
export function publicLookup(resolve: typeof resolveName = resolveName): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const addresses = (found as LookupAddress[] | undefined)?.filter(({ address }) => !isPrivate(address)) ?? [];
      const [first] = addresses;
      if (error || !first) return done(error ?? refusal('A private address'), '', 0);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

function refusal(what: string): CodedError {
  return new CodedError('webhook.address_refused', `${what} is refused`);
}

/**
 * The block that IANA assigns to hosts; the rest of IPv6 (loopback, unique local, link-local,
 * mapped, multicast) is outside.
 */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * The registries of RFC 6890: blocks that are not globally reachable, or that contain an IPv4
 * address.
 */
const reserved = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  reserved.addSubnet(net, prefix, 'ipv6');
}
