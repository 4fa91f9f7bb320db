/**
 * The hash slot of a key in a Redis Cluster: CRC16 (XMODEM) of its hash tag, modulo 16384 (Redis
 * Cluster specification).
 */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const end = open < 0 ? -1 : key.indexOf('}', open + 1);
  const hashed = Buffer.from(end > open + 1 ? key.slice(open + 1, end) : key);
  let crc = 0;
  for (const byte of hashed) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ XMODEM : crc << 1;
  }
  return (crc & 0xffff) % SLOTS;
}

/** Hash slots of every Redis Cluster. */
export const SLOTS = 16_384;

/** Generator polynomial x^16 + x^12 + x^5 + 1. */
const XMODEM = 0x1021;
