import { PayloadFeedbackFormat, RtcpType, TransportFeedbackFormat } from './types.js';

/**
 * Writes RTCP packets one after the other into given memory. SSRCs and RTP timestamps are int32.
 */
export class RtcpWriter {
  at = 0;
  private packetStart = 0;
  private countedBlocks = 0;

  constructor(readonly bytes: Uint8Array) {}

  senderReport(
    ssrc: number,
    ntpHigh: number,
    ntpLow: number,
    rtpTimestamp: number,
    packets: number,
    octets: number,
  ): void {
    this.begin(0, RtcpType.SenderReport);
    this.put32(ssrc);
    this.put32(ntpHigh);
    this.put32(ntpLow);
    this.put32(rtpTimestamp);
    this.put32(packets);
    this.put32(octets);
    this.end();
  }

  /** Opens a receiver report; `reportBlock` adds up to 31 blocks before `endReport`. */
  beginReceiverReport(ssrc: number): void {
    this.begin(0, RtcpType.ReceiverReport);
    this.put32(ssrc);
    this.countedBlocks = 0;
  }

  reportBlock(
    ssrc: number,
    fractionLost: number,
    lost: number,
    highest: number,
    jitter: number,
    lastSenderReport: number,
    delay: number,
  ): void {
    this.put32(ssrc);
    this.put32((fractionLost << 24) | (Math.max(-0x800000, Math.min(0x7fffff, lost)) & 0xffffff));
    this.put32(highest);
    this.put32(jitter);
    this.put32(lastSenderReport);
    this.put32(delay);
    this.countedBlocks++;
  }

  endReport(): void {
    this.bytes[this.packetStart] = 0x80 | this.countedBlocks;
    this.end();
  }

  /** One chunk with a CNAME (RFC 3550 section 6.5.1). */
  canonicalName(ssrc: number, name: string): void {
    this.begin(1, RtcpType.SourceDescription);
    this.put32(ssrc);
    this.bytes[this.at++] = SDES_CNAME;
    const length = Math.min(255, name.length);
    this.bytes[this.at++] = length;
    for (let i = 0; i < length; i++) this.bytes[this.at++] = name.charCodeAt(i) & 0x7f;
    // The list ends with at least one zero byte and fills a word.
    do this.bytes[this.at++] = 0;
    while ((this.at - this.packetStart) & 3);
    this.end();
  }

  /**
   * RFC 4585 section 6.2.1. Writes the first `count` of `sequences`, ascending, as far as they fit
   * in `maxBytes`; answers how many it wrote.
   */
  nack(
    senderSsrc: number,
    mediaSsrc: number,
    sequences: Float64Array,
    from: number,
    count: number,
    maxItems: number,
  ): number {
    this.begin(TransportFeedbackFormat.GenericNack, RtcpType.TransportFeedback);
    this.put32(senderSsrc);
    this.put32(mediaSsrc);
    let i = from;
    for (let items = 0; i < count && items < maxItems; items++) {
      const packetId = sequences[i++]!;
      let bitmask = 0;
      while (i < count && sequences[i]! - packetId <= 16) bitmask |= 1 << (sequences[i++]! - packetId - 1);
      this.put16(packetId & 0xffff);
      this.put16(bitmask);
    }
    this.end();
    return i - from;
  }

  /** RFC 4585 section 6.3.1. */
  pictureLoss(senderSsrc: number, mediaSsrc: number): void {
    this.begin(PayloadFeedbackFormat.PictureLoss, RtcpType.PayloadFeedback);
    this.put32(senderSsrc);
    this.put32(mediaSsrc);
    this.end();
  }

  /** RFC 5104 section 4.3.1, for peers that negotiated no PLI. */
  fullIntra(senderSsrc: number, mediaSsrc: number, commandSequence: number): void {
    this.begin(PayloadFeedbackFormat.FullIntra, RtcpType.PayloadFeedback);
    this.put32(senderSsrc);
    this.put32(0);
    this.put32(mediaSsrc);
    this.put32((commandSequence & 0xff) << 24);
    this.end();
  }

  begin(count: number, type: number): void {
    this.packetStart = this.at;
    this.bytes[this.at] = 0x80 | count;
    this.bytes[this.at + 1] = type;
    this.at += 4;
  }

  /** Writes the length field. The packet must be a whole number of words. */
  end(): void {
    const words = ((this.at - this.packetStart) >> 2) - 1;
    this.bytes[this.packetStart + 2] = words >> 8;
    this.bytes[this.packetStart + 3] = words & 0xff;
  }

  put8(value: number): void {
    this.bytes[this.at++] = value;
  }

  put16(value: number): void {
    this.bytes[this.at++] = (value >> 8) & 0xff;
    this.bytes[this.at++] = value & 0xff;
  }

  put32(value: number): void {
    this.put16(value >>> 16);
    this.put16(value & 0xffff);
  }

  /**
   * Pads the current packet to whole words with zeros, sets the padding bit, and ends the packet
   * (RFC 3550 section 6.4.1).
   */
  endPadded(): void {
    const padding = (4 - ((this.at - this.packetStart) & 3)) & 3;
    for (let i = 1; i <= padding; i++) this.put8(i === padding ? padding : 0);
    if (padding > 0) this.bytes[this.packetStart] = this.bytes[this.packetStart]! | 0x20;
    this.end();
  }
}

/** RFC 3550 section 6.5.1. */
const SDES_CNAME = 1;
