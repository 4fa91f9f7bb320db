import type { PacketSocket } from '../src/index.js';
import { SEND_WORDS, SendFlag, SendWord } from '../src/index.js';
import type { Peer } from './peer.js';

/**
 * A plain RTP packet. With `transportWide` it has a one-byte header extension with that id and two
 * bytes to fill.
 */
export function rtp(fields: {
  payload: Uint8Array;
  sequenceNumber?: number;
  ssrc?: number;
  timestamp?: number;
  payloadType?: number;
  marker?: boolean;
  transportWide?: number;
  padding?: number;
}): Buffer {
  const extension = fields.transportWide === undefined ? Buffer.alloc(0) : Buffer.alloc(8);
  if (fields.transportWide !== undefined) {
    extension.writeUInt16BE(0xbede, 0);
    extension.writeUInt16BE(1, 2);
    extension[4] = (fields.transportWide << 4) | 1;
  }
  const header = Buffer.alloc(12);
  const padding = Buffer.alloc(fields.padding ?? 0);
  if (padding.length > 0) padding[padding.length - 1] = padding.length;
  header[0] = 0x80 | (extension.length > 0 ? 0x10 : 0) | (padding.length > 0 ? 0x20 : 0);
  header[1] = (fields.marker ? 0x80 : 0) | (fields.payloadType ?? 96);
  header.writeUInt16BE(fields.sequenceNumber ?? 1, 2);
  header.writeUInt32BE(fields.timestamp ?? 1000, 4);
  header.writeUInt32BE(fields.ssrc ?? 0x1234, 8);
  return Buffer.concat([header, extension, fields.payload, padding]);
}

/** A receiver report without blocks, followed by filler. */
export function rtcp(ssrc: number, bytes = 24): Buffer {
  const packet = Buffer.alloc(bytes);
  packet[0] = 0x80;
  packet[1] = 201;
  packet.writeUInt16BE(bytes / 4 - 1, 2);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** A received RTP packet without the padding added for its run. */
export function unpadded(packet: Buffer): Buffer {
  if ((packet[0]! & 0x20) === 0) return packet;
  const plain = Buffer.from(packet.subarray(0, packet.length - packet[packet.length - 1]!));
  plain[0]! &= ~0x20;
  return plain;
}

export interface Descriptor {
  session: number;
  packet: Uint8Array;
  rtcp?: boolean;
  audio?: boolean;
  sequenceNumber?: number;
  ssrc?: number;
  timestamp?: number;
  payloadType?: number;
  transportWide?: number;
  transportWideOffset?: number;
  originalSequenceNumber?: number;
  patch?: { offset: number; bytes: number[] };
  repeatable?: boolean;
  marker?: boolean;
}

/** Writes one descriptor; fields that are not named keep the values of the packet. */
export function describe(peer: Peer, index: number, descriptor: Descriptor): void {
  const { socket } = peer;
  const packet = Buffer.from(descriptor.packet);
  const words = socket.sends.subarray(index * SEND_WORDS, (index + 1) * SEND_WORDS).fill(0);
  words[SendWord.Session] = descriptor.session;
  words[SendWord.Offset] = peer.place(packet);
  words[SendWord.Length] = packet.length;
  words[SendWord.TransportWide] = -1;
  if (descriptor.rtcp) return;
  let flags: number = SendFlag.Rtp;
  if (descriptor.audio) flags |= SendFlag.Audio;
  words[SendWord.PayloadType] = descriptor.payloadType ?? packet[1]! & 0x7f;
  words[SendWord.SequenceNumber] = descriptor.sequenceNumber ?? packet.readUInt16BE(2);
  words[SendWord.Timestamp] = (descriptor.timestamp ?? packet.readUInt32BE(4)) | 0;
  words[SendWord.Ssrc] = (descriptor.ssrc ?? packet.readUInt32BE(8)) | 0;
  if (descriptor.transportWide !== undefined) {
    words[SendWord.TransportWide] = descriptor.transportWide;
    words[SendWord.TransportWideOffset] = descriptor.transportWideOffset ?? 17;
  }
  if (descriptor.originalSequenceNumber !== undefined) {
    flags |= SendFlag.Rtx;
    words[SendWord.OriginalSequenceNumber] = descriptor.originalSequenceNumber;
  }
  if (descriptor.patch !== undefined) {
    flags |= SendFlag.Payload;
    const { offset, bytes } = descriptor.patch;
    const eight = Buffer.alloc(8);
    eight.set(bytes);
    words[SendWord.PayloadPatch] = (bytes.length << 16) | offset;
    words[SendWord.PayloadLow] = eight.readInt32LE(0);
    words[SendWord.PayloadHigh] = eight.readInt32LE(4);
  }
  if (descriptor.repeatable) flags |= SendFlag.Repeatable;
  if (descriptor.marker) flags |= SendFlag.Marker;
  words[SendWord.Flags] = flags;
}

export function send(peer: Peer, ...descriptors: Descriptor[]): void {
  descriptors.forEach((descriptor, index) => void describe(peer, index, descriptor));
  peer.socket.flush(descriptors.length);
}

export function counter(socket: PacketSocket, name: keyof ReturnType<PacketSocket['counters']>): number {
  return socket.counters()[name];
}
