/**
 * Reads and writes RTP and RTCP for the simulated peers: independent of the engine's code, and as
 * simple as possible.
 */

export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  /** Header extensions by id; two-byte ones if one of them needs it. */
  extensions: Map<number, Uint8Array>;
  payload: Uint8Array;
  padding?: number;
}

export function writeRtp(packet: RtpPacket): Uint8Array {
  const elements: number[] = [];
  const isLong = [...packet.extensions].some(([id, value]) => id > 14 || value.length > 16);
  for (const [id, value] of packet.extensions) {
    if (isLong) elements.push(id, value.length, ...value);
    else elements.push((id << 4) | (value.length - 1), ...value);
  }
  while (elements.length % 4) elements.push(0);
  const profile = isLong ? [0x10, 0x00] : [0xbe, 0xde];
  const extension = elements.length > 0 ? [...profile, 0, elements.length / 4, ...elements] : [];
  const padding = packet.padding ? [...new Array(packet.padding - 1).fill(0), packet.padding] : [];
  const bytes = new Uint8Array(12 + extension.length + packet.payload.length + padding.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | (extension.length > 0 ? 0x10 : 0) | (padding.length > 0 ? 0x20 : 0);
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  view.setUint16(2, packet.sequenceNumber);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  bytes.set(extension, 12);
  bytes.set(packet.payload, 12 + extension.length);
  bytes.set(padding, bytes.length - padding.length);
  return bytes;
}

export function readRtp(bytes: Uint8Array): RtpPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0]! >> 6 !== 2) throw new Error('no RTP version 2');
  let at = 12 + (bytes[0]! & 15) * 4;
  const extensions = new Map<number, Uint8Array>();
  if (bytes[0]! & 0x10) {
    const profile = view.getUint16(at);
    if (profile !== 0xbede && profile !== 0x1000) throw new Error('unknown extensions');
    const end = at + 4 + view.getUint16(at + 2) * 4;
    at += 4;
    while (at < end) {
      if (bytes[at] === 0) {
        at++;
        continue;
      }
      if (profile === 0x1000) {
        const length = bytes[at + 1]!;
        extensions.set(bytes[at]!, bytes.slice(at + 2, at + 2 + length));
        at += 2 + length;
        continue;
      }
      const length = (bytes[at]! & 15) + 1;
      extensions.set(bytes[at]! >> 4, bytes.slice(at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  const padding = bytes[0]! & 0x20 ? bytes[bytes.length - 1]! : 0;
  return {
    payloadType: bytes[1]! & 0x7f,
    marker: bytes[1]! >> 7 === 1,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    extensions,
    payload: bytes.slice(at, bytes.length - padding),
    padding,
  };
}

export interface RtcpPart {
  type: number;
  format: number;
  body: DataView;
}

export function readRtcp(bytes: Uint8Array): RtcpPart[] {
  const parts: RtcpPart[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint16(at + 2) * 4;
    const padding = bytes[at]! & 0x20 ? bytes[at + 3 + length]! : 0;
    parts.push({
      type: bytes[at + 1]!,
      format: bytes[at]! & 31,
      body: new DataView(bytes.buffer, bytes.byteOffset + at + 4, length - padding),
    });
    at += 4 + length;
  }
  return parts;
}

/** Writes one RTCP packet of whole 32-bit words. */
export function writeRtcp(type: number, format: number, words: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + words.length * 4);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | format;
  bytes[1] = type;
  view.setUint16(2, words.length);
  for (let i = 0; i < words.length; i++) view.setUint32(4 + i * 4, words[i]! >>> 0);
  return bytes;
}

/** The sequence numbers that a NACK requests. */
export function nackedSequences(part: RtcpPart): number[] {
  const sequences: number[] = [];
  for (let at = 8; at < part.body.byteLength; at += 4) {
    const first = part.body.getUint16(at);
    sequences.push(first);
    for (let bit = 0; bit < 16; bit++)
      if ((part.body.getUint16(at + 2) >> bit) & 1) sequences.push((first + bit + 1) & 0xffff);
  }
  return sequences;
}
