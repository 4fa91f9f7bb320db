import { t } from '@lingui/core/macro';
/**
 * The readable form of a network in the audit log: an IPv4 address unchanged, the first half of an
 * IPv6 one as the prefix that it stands for (RFC 5952).
 */
export function networkName(network: string): string {
  if (network === '127.0.0.1' || network === '0:0:0:0') return t`this computer`;
  const groups = network.split(':');
  if (groups.length !== 4) return network;
  while (groups.at(-1) === '0') groups.pop();
  return `${groups.join(':')}::/64`;
}
