import { ADDRESS_BYTES } from '../port/packet-port.js';

/** Compares two address records. Two connections of one 4-tuple are two addresses. */
export function sameAddress(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  for (let i = 0; i < ADDRESS_BYTES; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}
