import { addressText, read16 } from '@waterbus/stun';

/** An address record of the port as text: `192.0.2.1:5000` or `[2001:db8::1]:5000`. */
export function endpointText(bytes: Uint8Array, offset: number): string {
  const isIpv6 = bytes[offset] === 6;
  const address = addressText(bytes.subarray(offset + 4, offset + (isIpv6 ? 20 : 8)));
  return `${isIpv6 ? `[${address}]` : address}:${read16(bytes, offset + 2)}`;
}
