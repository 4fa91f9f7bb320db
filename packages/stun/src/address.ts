import { read16, write16, write32 } from './bytes.js';
import { AddressFamily, MAGIC_COOKIE } from './numbers.js';

/** An IP address as text, in the one form that `addressText` returns, and a port. */
export interface Endpoint {
  address: string;
  port: number;
}

/**
 * The value of an XOR address attribute (RFC 8489 section 14.2); undefined if it is malformed.
 * IPv4-mapped addresses are malformed here: a peer has one name.
 */
export function readXorAddress(value: Uint8Array, transactionId: Uint8Array): Endpoint | undefined {
  if (!isAddress(value)) return undefined;
  const plain = new Uint8Array(value.length);
  xorAddress(plain, 2, value, 2, value.length - 4, keyOf(transactionId), 0);
  return endpointOf(plain);
}

/** The value of MAPPED-ADDRESS (section 14.1), of servers before RFC 5389. */
export function readAddress(value: Uint8Array): Endpoint | undefined {
  return isAddress(value) ? endpointOf(value) : undefined;
}

/** The address must be one in the form of `addressText`. */
export function xorAddressValue({ address, port }: Endpoint, transactionId: Uint8Array): Uint8Array {
  const bytes = addressBytes(address);
  const plain = new Uint8Array(2 + bytes.length);
  write16(plain, 0, port);
  plain.set(bytes, 2);
  const value = new Uint8Array(4 + bytes.length);
  value[1] = bytes.length === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6;
  xorAddress(value, 2, plain, 0, bytes.length, keyOf(transactionId), 0);
  return value;
}

/**
 * Masks, or unmasks, a port and the `length` bytes of an address after it. The key is the magic
 * cookie and the transaction id, as in bytes 4 to 19 of the message.
 */
export function xorAddress(
  to: Uint8Array,
  at: number,
  from: Uint8Array,
  fromAt: number,
  length: number,
  key: Uint8Array,
  keyAt: number,
): void {
  for (let i = 0; i < 2; i++) to[at + i] = from[fromAt + i]! ^ key[keyAt + i]!;
  for (let i = 0; i < length; i++) to[at + 2 + i] = from[fromAt + 2 + i]! ^ key[keyAt + i]!;
}

/** One text for each address: IPv4 with dots, IPv6 in its shortest form (RFC 5952). */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, index) => read16(bytes, index * 2).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** The bytes of an IP address, which the caller has found to be one. */
export function addressBytes(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.'), Number);
  const [head = '', tail] = address.split('::');
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const bytes = new Uint8Array(16);
  for (const [index, group] of first.slice(0, 8).entries()) write16(bytes, index * 2, group);
  for (const [index, group] of last.slice(-8).entries()) write16(bytes, 16 - (last.length - index) * 2, group);
  return bytes;
}

function isAddress(value: Uint8Array): boolean {
  if (value.length === 8) return value[1] === AddressFamily.IPv4;
  return value.length === 20 && value[1] === AddressFamily.IPv6;
}

function endpointOf(value: Uint8Array): Endpoint | undefined {
  const bytes = value.subarray(4);
  return isMapped(bytes) ? undefined : { address: addressText(bytes), port: read16(value, 2) };
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && read16(bytes, 10) === 0xffff;
}

function keyOf(transactionId: Uint8Array): Uint8Array {
  const key = new Uint8Array(16);
  write32(key, 0, MAGIC_COOKIE);
  key.set(transactionId, 4);
  return key;
}

/** The first of the longest runs. */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
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
