import { read32 } from '../rtp/header.js';
import { PayloadFeedbackFormat, RtcpType, TransportFeedbackFormat } from './types.js';

/**
 * Receives the contents of a compound packet, in order. SSRCs and RTP timestamps are int32, offsets
 * absolute in the parsed bytes.
 */
export interface RtcpSink {
  senderReport(ssrc: number, ntpHigh: number, ntpLow: number, rtpTimestamp: number): void;
  /** `highest`: the extended highest sequence number received, of 32 bits. */
  reportBlock(
    ssrc: number,
    fractionLost: number,
    lost: number,
    highest: number,
    lastSenderReport: number,
    delay: number,
  ): void;
  bye(ssrc: number): void;
  /**
   * RFC 4585 section 6.2.1: `packetId` and those of the 16 numbers after it whose bit is set in
   * `bitmask`.
   */
  nack(mediaSsrc: number, packetId: number, bitmask: number): void;
  /** PLI or FIR: a receiver cannot decode. */
  keyFrameRequest(mediaSsrc: number): void;
  maximumBitrate(bitsPerSecond: number): void;
  /** The part of a transport-wide feedback after the SSRCs of sender and media. */
  transportFeedback(offset: number, length: number): void;
}

export type RtcpRefusal = 'too-short' | 'bad-version' | 'bad-length' | 'bad-padding' | 'bad-body';

/**
 * Walks a compound (RFC 3550 section 6.1) or reduced-size (RFC 5506) packet. At a malformed packet
 * it stops and answers the reason; the sink has received the packets before it, and the rest is
 * dropped.
 */
export function parseRtcp(bytes: Uint8Array, offset: number, length: number, sink: RtcpSink): RtcpRefusal | undefined {
  const end = offset + length;
  if (length < 4) return 'too-short';
  for (let at = offset; at < end; ) {
    if (at + 4 > end) return 'too-short';
    if (bytes[at]! >> 6 !== 2) return 'bad-version';
    const next = at + 4 + read16(bytes, at + 2) * 4;
    if (next > end) return 'bad-length';
    let bodyEnd = next;
    if (bytes[at]! & 0x20) {
      const padding = bytes[next - 1]!;
      if (padding === 0 || next - padding < at + 4) return 'bad-padding';
      bodyEnd -= padding;
    }
    if (!readPacket(bytes, at, bodyEnd, sink)) return 'bad-body';
    at = next;
  }
  return undefined;
}

function readPacket(bytes: Uint8Array, at: number, end: number, sink: RtcpSink): boolean {
  const count = bytes[at]! & 0x1f;
  switch (bytes[at + 1]) {
    case RtcpType.SenderReport:
      if (at + 28 > end) return false;
      sink.senderReport(read32(bytes, at + 4), read32(bytes, at + 8), read32(bytes, at + 12), read32(bytes, at + 16));
      return readReportBlocks(bytes, at + 28, end, count, sink);
    case RtcpType.ReceiverReport:
      if (at + 8 > end) return false;
      return readReportBlocks(bytes, at + 8, end, count, sink);
    case RtcpType.Bye:
      if (at + 4 + count * 4 > end) return false;
      for (let i = 0; i < count; i++) sink.bye(read32(bytes, at + 4 + i * 4));
      return true;
    case RtcpType.TransportFeedback:
      return readTransportFeedback(bytes, at, end, count, sink);
    case RtcpType.PayloadFeedback:
      return readPayloadFeedback(bytes, at, end, count, sink);
    default:
      return true; // Ignored: SDES, APP, XR and unknown types.
  }
}

/** RFC 3550 section 6.4.1. */
function readReportBlocks(bytes: Uint8Array, from: number, end: number, count: number, sink: RtcpSink): boolean {
  if (from + count * 24 > end) return false;
  for (let i = 0, at = from; i < count; i++, at += 24) {
    const fractionAndLost = read32(bytes, at + 4);
    sink.reportBlock(
      read32(bytes, at),
      fractionAndLost >>> 24,
      (fractionAndLost << 8) >> 8,
      read32(bytes, at + 8) >>> 0,
      read32(bytes, at + 16) >>> 0,
      read32(bytes, at + 20) >>> 0,
    );
  }
  return true;
}

function readTransportFeedback(bytes: Uint8Array, at: number, end: number, format: number, sink: RtcpSink): boolean {
  if (at + 12 > end) return false;
  if (format === TransportFeedbackFormat.GenericNack) {
    const mediaSsrc = read32(bytes, at + 8);
    for (let item = at + 12; item + 4 <= end; item += 4) {
      sink.nack(mediaSsrc, read16(bytes, item), read16(bytes, item + 2));
    }
  } else if (format === TransportFeedbackFormat.TransportWide) {
    sink.transportFeedback(at + 12, end - at - 12);
  }
  return true;
}

function readPayloadFeedback(bytes: Uint8Array, at: number, end: number, format: number, sink: RtcpSink): boolean {
  if (at + 12 > end) return false;
  if (format === PayloadFeedbackFormat.PictureLoss) {
    sink.keyFrameRequest(read32(bytes, at + 8));
  } else if (format === PayloadFeedbackFormat.FullIntra) {
    for (let item = at + 12; item + 8 <= end; item += 8) sink.keyFrameRequest(read32(bytes, item));
  } else if (format === PayloadFeedbackFormat.ApplicationLayer) {
    // draft-alvestrand-rmcat-remb-03 section 2.2: "REMB", count, then 6 bits of exponent and 18 of mantissa.
    if (at + 20 <= end && read32(bytes, at + 12) === REMB_NAME) {
      const mantissa = ((bytes[at + 17]! & 0x03) << 16) | read16(bytes, at + 18);
      sink.maximumBitrate(mantissa * 2 ** (bytes[at + 17]! >> 2));
    }
  }
  return true;
}

function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** "REMB" in ASCII. */
const REMB_NAME = 0x52454d42;
