import { isIPv4, isIPv6 } from 'node:net';
import { ADDRESS_BYTES } from './words.js';

/** The bytes of an address, as `ADDRESS_BYTES` describes them. */
export type AddressRecord = Uint8Array;

/** From any local address; empty for a host name. */
export function addressRecord({ address, port }: { address: string; port: number }): AddressRecord[] {
  const record = new Uint8Array(ADDRESS_BYTES);
  record[2] = port >> 8;
  record[3] = port & 0xff;
  if (isIPv4(address)) {
    record[0] = 4;
    record.set(address.split('.').map(Number), 4);
    return [record];
  }
  if (!isIPv6(address) || address.includes('%')) return [];
  record[0] = 6;
  record.set(wordsOf(address), 4);
  return [record];
}

/** The 16 bytes of an IPv6 address. */
function wordsOf(address: string): number[] {
  // The parser of URLs knows every notation, also one with IPv4 at the end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [words(head), words(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((word) => [
    Number.parseInt(word, 16) >> 8,
    Number.parseInt(word, 16) & 0xff,
  ]);
}
