import { isIP, SocketAddress } from 'node:net';
import { FAMILY_IPV4, FAMILY_IPV6, MAGIC_COOKIE } from './constants.js';

export type Family = 4 | 6;

/** An IP address as text, in the one form that `canonical` returns, and a port. */
export interface Endpoint {
  address: string;
  port: number;
}

/** One text for each address: IPv6 in its shortest form, without a zone, IPv4-mapped as IPv4. */
export function canonical(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
  return isIP(plain) === 6 ? new SocketAddress({ address: plain, family: 'ipv6' }).address : plain;
}

/** Undefined for a text that is not an IP address. */
export function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : (version as Family);
}

/**
 * The value of an XOR address attribute (RFC 8489 section 14.2); undefined if it is malformed.
 * IPv4-mapped addresses are malformed here: a peer has one name.
 */
export function readXorAddress(value: Buffer, transactionId: Buffer): Endpoint | undefined {
  if (value.length < 8) return undefined;
  const family = value[1];
  if (value.length !== (family === FAMILY_IPV4 ? 8 : 20)) return undefined;
  if (family !== FAMILY_IPV4 && family !== FAMILY_IPV6) return undefined;
  const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
  const bytes = masked(value.subarray(4), transactionId);
  if (family === FAMILY_IPV4) return { address: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const address = canonical(groups.join(':'));
  return address.includes('.') ? undefined : { address, port };
}

/** `address` must be canonical. */
export function writeXorAddress({ address, port }: Endpoint, transactionId: Buffer): Buffer {
  const bytes = addressBytes(address);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  masked(bytes, transactionId).copy(value, 4);
  return value;
}

function masked(bytes: Buffer, transactionId: Buffer): Buffer {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  transactionId.copy(mask, 4);
  return Buffer.from(bytes.map((byte, index) => byte ^ mask[index]!));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const zeros = new Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...first, ...zeros, ...last].slice(0, 8).entries()) {
    bytes.writeUInt16BE(group, index * 2);
  }
  return bytes;
}

/** An embedded IPv4 address, as in `::1.2.3.4`, is two groups. */
function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
