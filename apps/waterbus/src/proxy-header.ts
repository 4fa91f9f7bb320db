import { addressText, read16 } from '@waterbus/stun';

export interface ProxyHeader {
  /** Bytes; the client's own follow. */
  length: number;
  /** The client that the proxy names; undefined: the proxy speaks for itself, to check the server. */
  client: { address: string; port: number } | undefined;
}

/**
 * Reads a header of the PROXY protocol, version 2, at the begin of a connection. Undefined until it
 * is whole; `false` for other bytes.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined | false {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  for (let index = 0; index < compared; index++) if (bytes[index] !== SIGNATURE[index]) return false;
  if (bytes.length < FIXED_BYTES) return undefined;
  const length = FIXED_BYTES + read16(bytes, 14);
  const command = COMMANDS[bytes[12]!];
  if (command === undefined || length > LONGEST) return false;
  if (bytes.length < length) return undefined;
  if (command === 'local') return { length, client: undefined };
  const addressBytes = ADDRESS_BYTES[bytes[13]!];
  if (addressBytes === undefined || length < FIXED_BYTES + 2 * addressBytes + 4) return false;
  const source = bytes.subarray(FIXED_BYTES, FIXED_BYTES + addressBytes);
  const port = read16(bytes, FIXED_BYTES + 2 * addressBytes);
  return { length, client: { address: addressText(source), port } };
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Signature, version and command, family and transport, length. */
const FIXED_BYTES = 16;

/** Version and command. */
const COMMANDS: Readonly<Record<number, 'local' | 'proxy'>> = { 32: 'local', 33: 'proxy' };

/** TCP over IPv4 and over IPv6. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 17: 4, 33: 16 };

/** The protocol requires that a header fits in one segment of 536 bytes. */
const LONGEST = 536;
