import type { RtpParameters } from '../../src/index.js';
import { nackedSequences, type RtcpPart, type RtpPacket, readRtcp, writeRtcp, writeRtp } from './wire.js';
import type { PeerEndpoint, World } from './world.js';

export interface PublisherOptions {
  kind: 'audio' | 'video';
  ssrc: number;
  rtxSsrc?: number;
  sequenceNumber?: number;
  timestamp?: number;
  packetsPerFrame?: number;
  /** Omits the SSRC from the parameters: packets are identified by mid. */
  mid?: string;
  signalSsrc?: boolean;
  /** Sound with Opus' forward error correction. */
  inbandFec?: boolean;
  /** Sound as RED (RFC 2198): each packet with the one before. */
  red?: boolean;
}

/**
 * A browser's sending side: frames at a steady rate, key frames and RTX on request, sender reports.
 */
export class Publisher {
  readonly peer: PeerEndpoint;
  ssrc: number;
  sequenceNumber: number;
  timestamp: number;
  isSending = true;
  isReporting = true;
  keyFrameRequests: number[] = [];
  nacks = 0;
  feedbacks: RtcpPart[] = [];
  receiverReports: RtcpPart[] = [];
  frames = 0;
  /** Every media packet sent, by its number in order (the first four payload bytes after the descriptor). */
  sent = 0;
  respondToKeyFrameRequests = true;
  /** Of its sound, dBov. */
  level = -20;
  /**
   * Bits per second: frames of video have the packets for this rate, key frames three times as
   * many.
   */
  bitrate: number | undefined;
  /** Its redundant sound ends in the middle of a block. */
  malformed = false;
  private lastSound: { payload: Uint8Array; timestamp: number } | undefined;
  private readonly history = new Map<number, RtpPacket>();
  private readonly kind: 'audio' | 'video';
  private rtxSequence = 5000;
  private transportWide = 0xfff0;
  private keyFrameDue = true;
  private lastFrameAt = 0;

  constructor(
    private readonly world: World,
    readonly transportId: string,
    private readonly options: PublisherOptions,
    link: Partial<PeerEndpoint['uplink']> = {},
  ) {
    this.kind = options.kind;
    this.ssrc = options.ssrc;
    this.sequenceNumber = options.sequenceNumber ?? 1000;
    this.timestamp = options.timestamp ?? 90_000;
    this.peer = world.connect(transportId, (packet, isRtp) => !isRtp && this.receiveRtcp(packet), link);
    const interval = this.kind === 'audio' ? 20 : 1000 / 30;
    world.every(interval, () => this.isSending && this.sendFrame());
    world.every(1000, () => this.isReporting && this.sendReport());
  }

  rtpParameters(): RtpParameters {
    const signalled = this.options.signalSsrc ?? true;
    const isVideo = this.kind === 'video';
    return {
      ...(this.options.mid === undefined ? {} : { mid: this.options.mid }),
      codecs: isVideo
        ? [
            {
              mimeType: 'video/VP8',
              payloadType: 96,
              clockRate: 90000,
              rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
            },
            { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
          ]
        : [
            {
              ...{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2 },
              parameters: this.options.inbandFec ? { useinbandfec: 1 } : {},
            },
            ...(this.options.red
              ? [
                  {
                    ...{ mimeType: 'audio/red', payloadType: 63, clockRate: 48000, channels: 2 },
                    parameters: { '': '111/111' },
                  },
                ]
              : []),
          ],
      headerExtensions: [
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 },
        { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: 3 },
        ...(isVideo ? [] : [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 1 }]),
      ],
      encodings: signalled
        ? [{ ssrc: this.ssrc, ...(this.options.rtxSsrc ? { rtx: { ssrc: this.options.rtxSsrc } } : {}) }]
        : [],
      rtcp: { cname: 'alice' },
    };
  }

  produce(producerId: string, paused = false): void {
    const request = { transportId: this.transportId, producerId, kind: this.kind, paused };
    this.world.control.produce({ ...request, rtpParameters: this.rtpParameters() });
  }

  /** Restarts like a browser with a new SSRC of its encoder. */
  restart(ssrc: number, sequenceNumber: number, timestamp: number): void {
    this.ssrc = ssrc;
    this.sequenceNumber = sequenceNumber;
    this.timestamp = timestamp;
    this.history.clear();
    this.keyFrameDue = true;
  }

  /** Sends a packet of padding only, as the probes of browsers. */
  sendPadding(): void {
    this.transmit({ ...this.nextPacket(new Uint8Array(0), false), padding: 200 });
  }

  sendFrame(): void {
    const isVideo = this.kind === 'video';
    this.timestamp = (this.timestamp + (isVideo ? 3000 : 960)) >>> 0;
    this.lastFrameAt = this.world.now;
    const isKeyFrame = this.keyFrameDue;
    this.keyFrameDue = false;
    this.frames++;
    const bytes = this.bitrate === undefined ? undefined : (this.bitrate / 8 / 30) * (isKeyFrame ? 3 : 1);
    const packets = !isVideo ? 1 : bytes ? Math.ceil(bytes / 1150) : (this.options.packetsPerFrame ?? 3);
    for (let i = 0; i < packets; i++) {
      const payload = new Uint8Array(!isVideo ? 60 : bytes ? Math.max(20, Math.floor(bytes / packets) - 25) : 100);
      if (isVideo) {
        // VP8 payload descriptor (RFC 7741 section 4.2): start of partition on the first packet; then the P bit.
        payload[0] = i === 0 ? 0x10 : 0;
        payload[1] = isKeyFrame ? 0 : 1;
      }
      new DataView(payload.buffer).setUint32(PAYLOAD_NUMBER_OFFSET, this.sent++);
      this.transmit(this.nextPacket(payload, isVideo && i === packets - 1));
    }
  }

  private nextPacket(payload: Uint8Array, marker: boolean): RtpPacket {
    const packet: RtpPacket = {
      payloadType: this.kind === 'video' ? 96 : this.options.red ? 63 : 111,
      marker,
      sequenceNumber: this.sequenceNumber,
      timestamp: this.timestamp,
      ssrc: this.ssrc,
      extensions: new Map(),
      payload: this.options.red ? this.withRedundancy(payload) : payload,
    };
    if (this.options.mid !== undefined) packet.extensions.set(4, new TextEncoder().encode(this.options.mid));
    if (this.kind === 'audio') packet.extensions.set(1, Uint8Array.of((this.level > -60 ? 0x80 : 0) | -this.level));
    this.history.set(this.sequenceNumber, packet);
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    return packet;
  }

  private withRedundancy(payload: Uint8Array): Uint8Array {
    if (this.malformed) return Uint8Array.of(0x80 | 111, 15, 3, 255, 111, 1);
    const before = this.lastSound;
    this.lastSound = { payload, timestamp: this.timestamp };
    if (!before) return Uint8Array.of(111, ...payload);
    const offset = this.timestamp - before.timestamp;
    const { length } = before.payload;
    const header = [0x80 | 111, offset >> 6, ((offset & 0x3f) << 2) | (length >> 8), length & 0xff, 111];
    return Uint8Array.of(...header, ...before.payload, ...payload);
  }

  private transmit(packet: RtpPacket): void {
    this.transportWide = (this.transportWide + 1) & 0xffff;
    const extensions = new Map(packet.extensions);
    extensions.set(3, Uint8Array.of(this.transportWide >> 8, this.transportWide & 0xff));
    this.world.send(this.peer, writeRtp({ ...packet, extensions }), true);
  }

  private receiveRtcp(bytes: Uint8Array): void {
    for (const part of readRtcp(bytes)) {
      if (part.type === 201) this.receiverReports.push(part);
      else if (part.type === 206 && part.format === 1 && part.body.getUint32(4) === this.ssrc) {
        this.keyFrameRequests.push(this.world.now);
        if (this.respondToKeyFrameRequests) this.keyFrameDue = true;
      } else if (part.type === 205 && part.format === 15) this.feedbacks.push(part);
      else if (part.type === 205 && part.format === 1 && part.body.getUint32(4) === this.ssrc) {
        this.nacks++;
        for (const sequence of nackedSequences(part)) this.resend(sequence);
      }
    }
  }

  private resend(sequence: number): void {
    const packet = this.history.get(sequence);
    if (!packet) return;
    if (!this.options.rtxSsrc) {
      this.transmit(packet);
      return;
    }
    const payload = new Uint8Array(packet.payload.length + 2);
    payload.set([sequence >> 8, sequence & 0xff]);
    payload.set(packet.payload, 2);
    this.rtxSequence = (this.rtxSequence + 1) & 0xffff;
    this.transmit({
      ...packet,
      payload,
      payloadType: 97,
      ssrc: this.options.rtxSsrc,
      sequenceNumber: this.rtxSequence,
    });
  }

  /**
   * NTP seconds are the virtual clock's; the RTP timestamp is extrapolated from the last frame's,
   * as in libwebrtc, also in silence.
   */
  private sendReport(): void {
    const seconds = Math.floor(this.world.now / 1000);
    const fraction = Math.floor(((this.world.now % 1000) / 1000) * 2 ** 32);
    const clockRate = this.kind === 'video' ? 90_000 : 48_000;
    const timestamp = this.timestamp + Math.round(((this.world.now - this.lastFrameAt) * clockRate) / 1000);
    const report = writeRtcp(200, 0, [this.ssrc, seconds, fraction, timestamp, this.sent, 0]);
    this.world.send(this.peer, report, false);
  }
}

/** The offset of a payload's running number. */
export const PAYLOAD_NUMBER_OFFSET = 4;
