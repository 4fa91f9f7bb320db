import { padding } from '@waterbus/stun';

export interface ChannelData {
  channel: number;
  data: Buffer;
}

/** Undefined for bytes that are not a whole ChannelData message; padding may follow it. */
export function parseChannelData(bytes: Buffer): ChannelData | undefined {
  if (bytes.length < CHANNEL_HEADER_BYTES || !isChannel(bytes.readUInt16BE(0))) return undefined;
  const end = CHANNEL_HEADER_BYTES + bytes.readUInt16BE(2);
  if (end > bytes.length) return undefined;
  return { channel: bytes.readUInt16BE(0), data: bytes.subarray(CHANNEL_HEADER_BYTES, end) };
}

/** `padded`: to a multiple of four bytes, as on TCP and TLS (RFC 8656 section 12.5). */
export function writeChannelData(channel: number, data: Buffer, padded: boolean): Buffer {
  const length = CHANNEL_HEADER_BYTES + data.length;
  const bytes = Buffer.allocUnsafe(length + (padded ? padding(length) : 0));
  bytes.writeUInt16BE(channel, 0);
  bytes.writeUInt16BE(data.length, 2);
  data.copy(bytes, CHANNEL_HEADER_BYTES);
  bytes.fill(0, length);
  return bytes;
}

/**
 * RFC 8656 section 12 gives out 0x4000 to 0x4FFF. Clients of RFC 5766, which are in use, take
 * numbers up to 0x7FFE, and framing tells those from STUN too.
 */
export function isChannel(channel: number): boolean {
  return channel >= 0x4000 && channel <= 0x7ffe;
}

export const CHANNEL_HEADER_BYTES = 4;
