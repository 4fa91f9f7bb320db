// Hot path: no allocation per packet.

import { RtcpWriter } from '../rtcp/writer.js';
import type { OutgoingPacket } from './outgoing-packet.js';
import { type PacketPort, SEND_WORDS, SendFlag, SendWord } from './packet-port.js';

/**
 * Send descriptors pending for the port's flush, and the memory of RTCP packets until then. Flushes
 * by itself when full.
 */
export class SendQueue {
  /** Pending descriptors in `port.sends`. */
  count = 0;
  readonly rtcp: RtcpWriter;
  private readonly sends: Int32Array;
  private readonly capacity: number;
  private rtcpStart = 0;

  constructor(
    private readonly port: PacketPort,
    private readonly rtcpOffset: number,
    private readonly rtcpBytes: number,
    /** The port threw in a flush; the pending descriptors are dropped. */
    private readonly onFault: (error: unknown) => void,
  ) {
    this.sends = port.sends;
    this.capacity = Math.floor(port.sends.length / SEND_WORDS);
    this.rtcp = new RtcpWriter(port.arena);
    this.rtcp.at = rtcpOffset;
  }

  /** Adds an RTP packet whose bytes lie at `offset` of the arena. */
  rtp(session: number, offset: number, packet: OutgoingPacket): void {
    if (this.count === this.capacity) this.flush();
    const at = this.count++ * SEND_WORDS;
    const sends = this.sends;
    sends[at + SendWord.Session] = session;
    sends[at + SendWord.Offset] = offset;
    sends[at + SendWord.Length] = packet.length;
    sends[at + SendWord.Flags] = packet.flags;
    sends[at + SendWord.PayloadType] = packet.payloadType;
    sends[at + SendWord.SequenceNumber] = packet.sequenceNumber;
    sends[at + SendWord.Timestamp] = packet.timestamp;
    sends[at + SendWord.Ssrc] = packet.ssrc;
    sends[at + SendWord.TransportWide] = packet.transportWide;
    sends[at + SendWord.TransportWideOffset] = packet.transportWideOffset;
    if (packet.flags & SendFlag.Rtx) sends[at + SendWord.OriginalSequenceNumber] = packet.originalSequenceNumber;
    if ((packet.flags & SendFlag.Payload) === 0) return;
    sends[at + SendWord.PayloadPatch] = packet.payloadPatch;
    sends[at + SendWord.PayloadLow] = packet.payloadLow;
    sends[at + SendWord.PayloadHigh] = packet.payloadHigh;
  }

  /** Opens an RTCP compound packet of at most `MAX_RTCP_BYTES`: write it with `rtcp`, then `endRtcp`. */
  beginRtcp(): RtcpWriter {
    if (this.count === this.capacity || this.rtcp.at + MAX_RTCP_BYTES > this.rtcpOffset + this.rtcpBytes) this.flush();
    this.rtcpStart = this.rtcp.at;
    return this.rtcp;
  }

  /** Bytes left in the current compound packet. */
  rtcpRoom(): number {
    return MAX_RTCP_BYTES - (this.rtcp.at - this.rtcpStart);
  }

  /** Adds the packets written since `beginRtcp`, if any, and answers their length. */
  endRtcp(session: number): number {
    const length = this.rtcp.at - this.rtcpStart;
    if (length === 0) return 0;
    if (length > MAX_RTCP_BYTES) {
      this.rtcp.at = this.rtcpStart;
      throw new Error(`an RTCP compound packet of ${length} bytes`);
    }
    const at = this.count++ * SEND_WORDS;
    this.sends[at + SendWord.Session] = session;
    this.sends[at + SendWord.Offset] = this.rtcpStart;
    this.sends[at + SendWord.Length] = length;
    this.sends[at + SendWord.Flags] = 0;
    return length;
  }

  flush(): void {
    try {
      if (this.count > 0) this.port.flush(this.count);
    } catch (error) {
      this.onFault(error);
    }
    this.flushed();
  }

  /** The port has taken everything; RTCP memory is free again. */
  flushed(): void {
    this.count = 0;
    this.rtcp.at = this.rtcpOffset;
  }
}

/**
 * The size that fits the smallest path for video, with SRTCP's trailer (index 4, tag 16) and UDP
 * over IPv6 within 1280.
 */
export const MAX_RTCP_BYTES = 1150;
