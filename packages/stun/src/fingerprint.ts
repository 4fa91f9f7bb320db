/** The value of FINGERPRINT for the message's bytes before it (RFC 8489 section 14.7). */
export function fingerprint(bytes: Uint8Array, offset: number, length: number): number {
  return (crc32(bytes, offset, length) ^ MASK) >>> 0;
}

/** CRC-32 of ITU V.42, as in Ethernet. */
function crc32(bytes: Uint8Array, offset: number, length: number): number {
  let crc = -1;
  for (let i = offset; i < offset + length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** "STUN", so that the checksum differs from that of a protocol that uses CRC-32 too. */
const MASK = 0x5354554e;

/** Reflected polynomial of CRC-32. */
const POLYNOMIAL = 0xedb88320;

const TABLE = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  TABLE[i] = value;
}
