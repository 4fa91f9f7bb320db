import { BlockList, isIP } from 'node:net';

/**
 * The candidates that a client at this address may reach, in their order. Loopback is for clients
 * on the same machine. Private addresses are for clients that are in a private network themselves,
 * unless there are no public ones: clients on the Internet receive no addresses of the network
 * behind. Empty only if there were none.
 */
export function reachableCandidates<C extends { address: string }>(
  candidates: readonly C[],
  client: string | undefined,
): C[] {
  const of = client === undefined ? 'private' : scopeOf(client);
  if (of === 'loopback') return [...candidates];
  const beyond = candidates.filter(({ address }) => scopeOf(address) !== 'loopback');
  const open = of === 'public' ? beyond.filter(({ address }) => scopeOf(address) === 'public') : beyond;
  for (const choice of [open, beyond]) if (choice.length > 0) return choice;
  return [...candidates];
}

/**
 * The address of a client, or undefined if it is this machine's own and a proxy has forwarded the
 * request: an untrusted proxy here makes no client local.
 */
export function unlessProxied(address: string, forwardedFor: string | string[] | undefined): string | undefined {
  return forwardedFor !== undefined && scopeOf(address) === 'loopback' ? undefined : address;
}

type Scope = 'loopback' | 'private' | 'public';

function scopeOf(text: string): Scope {
  const address = text
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/%.*$/, '');
  const version = isIP(address);
  if (version === 0) return 'public';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * RFC 1918, RFC 6598 (carriers' NAT, overlay networks), RFC 3927, RFC 4193, RFC 4291 section 2.5.6.
 */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
