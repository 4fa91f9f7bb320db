import { isIP } from 'node:net';
import { addressBytes, addressText } from '@waterbus/stun';

export type Family = 4 | 6;

/** One text for each address: IPv6 in its shortest form, without a zone, IPv4-mapped as IPv4. */
export function canonical(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
  return isIP(plain) === 6 ? addressText(addressBytes(plain)) : plain;
}

/** Undefined for a text that is not an IP address. */
export function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : (version as Family);
}
