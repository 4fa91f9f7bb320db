// Hot path: no allocation per packet.

import type { ProducerStats } from '../api/types.js';
import type { FrameClassifier } from '../codecs/frame-classifier.js';
import { packFrame } from '../codecs/frame-details.js';
import { FrameInfo } from '../codecs/frame-info.js';
import { NackGenerator } from '../nack/generator.js';
import type { RedundantForms } from '../red/redundant-forms.js';
import { KeyFrameRequests } from '../rtcp/key-frame-requests.js';
import type { RtcpWriter } from '../rtcp/writer.js';
import type { RtpHeader } from '../rtp/header.js';
import { Arrival, ReceiveStatistics } from '../rtp/receive-statistics.js';
import { extendSequenceNumber } from '../rtp/sequence.js';
import { PacketHistory } from '../store/packet-history.js';
import type { PacketStore } from '../store/packet-store.js';

export interface ProducerStreamOptions {
  ssrc: number;
  rid?: string;
  payloadType: number;
  clockRate: number;
  isVideo: boolean;
  classifier: FrameClassifier;
  /**
   * Receivers need AV1's dependency descriptor. With another codec its numbers would contradict the
   * payload's.
   */
  keepsDescriptor: boolean;
  nack: boolean;
  /** The publisher takes FIR but no PLI. */
  fullIntraOnly: boolean;
}

/** The result of `accept` for a packet. */
export const Accepted = { No: 0, Packet: 1, Empty: 2, Restarted: 3 } as const;

/** One RTP stream of a publisher: its statistics, its gaps, its packets in the store. */
export class ProducerStream {
  readonly ssrc: number;
  readonly payloadType: number;
  /** SSRC of its RTX stream once known, as int32; 0 before. */
  rtxSsrc = 0;
  readonly statistics: ReceiveStatistics;
  readonly history: PacketHistory;
  readonly keyFrameRequests = new KeyFrameRequests();
  /** Of sound, once a receiver gets RED. */
  redundantForms: RedundantForms | undefined;
  private readonly nacks: NackGenerator | undefined;
  /** The packet accepted last: its extended sequence number. */
  sequence = 0;
  position = 0;
  length = 0;
  /** The properties of its frame, by its codec. */
  readonly frame = new FrameInfo();
  /** `packFrame` of it, and its picture id extended to a number that never wraps, or -1. */
  details = 0;
  picture = -1;
  private highestPicture = -1;
  /** The last key frame's first packet, and its arrival time (milliseconds); -1 before. */
  keyFrameSequence = -1;
  keyFrameAt = Number.NEGATIVE_INFINITY;
  readonly keyFrame = new FrameInfo();
  /** Whether the packet revealed missing ones. */
  foundGap = false;
  private keyFrames = 0;
  private repaired = 0;
  private nackCount = 0;
  private pliCount = 0;
  private fullIntraCommands = 0;
  /**
   * The publisher's last sender report: NTP time in milliseconds, RTP timestamp, arrival time;
   * `reportedAt` is negative before.
   */
  reportNtpHigh = 0;
  reportNtpLow = 0;
  reportTimestamp = 0;
  reportedAt = Number.NEGATIVE_INFINITY;
  /** Whether that report still maps the stream's timestamps to the publisher's clock. */
  isMapped = false;

  constructor(private readonly options: ProducerStreamOptions) {
    this.ssrc = options.ssrc;
    this.payloadType = options.payloadType;
    this.statistics = new ReceiveStatistics(options.clockRate);
    this.history = new PacketHistory(options.isVideo ? VIDEO_HISTORY : AUDIO_HISTORY, options.isVideo);
    this.nacks = options.nack ? new NackGenerator() : undefined;
  }

  /**
   * Accepts a packet and stores its outgoing form. Packets that it reveals as missing are requested
   * `REORDERING_GRACE` later.
   */
  accept(header: RtpHeader, source: Uint8Array, store: PacketStore, repaired: boolean, now: number): number {
    const statistics = this.statistics;
    const before = statistics.highest;
    const arrival = statistics.arrive(header.sequenceNumber, header.payloadLength, repaired);
    if (arrival === Arrival.Implausible) return Accepted.No;
    const sequence = statistics.extended;
    this.foundGap = false;
    if (arrival === Arrival.Restarted) {
      this.history.clear();
      this.keyFrameSequence = -1;
      this.nacks?.clear();
      this.highestPicture = -1;
      // The last report refers to timestamps from before the restart.
      this.reportedAt = Number.NEGATIVE_INFINITY;
      this.isMapped = false;
    } else if (arrival === Arrival.Late) {
      if (this.history.find(sequence) >= 0 || sequence <= statistics.highest - this.history.capacity) {
        statistics.retract(header.payloadLength, repaired);
        return Accepted.No;
      }
      if (this.nacks?.noteArrival(sequence) && repaired) this.repaired++;
    } else if (before >= 0 && sequence > before + 1 && this.nacks) {
      this.foundGap = this.nacks.noteGap(before, sequence, now + REORDERING_GRACE);
    }
    // Padding, and other packets that are empty here, may have another clock.
    if (!repaired && header.payloadLength > 0) {
      statistics.measureJitter(header);
      if (this.isMapped && this.isOffItsLine(header)) this.isMapped = false;
    }
    this.sequence = sequence;
    if (header.payloadLength === 0 && arrival === Arrival.Newest) {
      this.history.put(sequence, Number.NEGATIVE_INFINITY, 0, 0);
      return Accepted.Empty;
    }
    this.options.classifier.classify(header, source, this.frame);
    if (this.options.isVideo) {
      this.details = packFrame(this.frame);
      this.picture = this.extendPicture();
    }
    if (this.frame.isKeyFrame && this.options.isVideo) {
      this.keyFrames++;
      this.keyFrameRequests.keyFrameCame();
      if (sequence > this.keyFrameSequence) {
        this.keyFrameSequence = sequence;
        this.keyFrameAt = header.arrivedAt;
        this.keyFrame.beginAs(this.frame);
      }
      if (arrival === Arrival.Newest) this.nacks?.forgetBefore(sequence);
    }
    this.position = store.write(header, source, this.options.keepsDescriptor ? this.frame : undefined);
    this.length = store.lastLength;
    this.history.put(sequence, this.position, this.length, header.timestamp, this.details, this.picture);
    return arrival === Arrival.Restarted ? Accepted.Restarted : Accepted.Packet;
  }

  /**
   * The decode targets of the newest key frame that need only these layers; 0 when the codec has
   * none.
   */
  targetMask(spatial: number, temporal: number, decodeTargets: number): number {
    return this.options.classifier.targetMask?.(spatial, temporal, decodeTargets) ?? 0;
  }

  /** Whether a packet with this number would be new. */
  lacks(sequenceNumber: number): boolean {
    const { highest } = this.statistics;
    if (highest < 0) return false;
    const sequence = extendSequenceNumber(highest, sequenceNumber);
    return sequence > highest - this.history.capacity && this.history.find(sequence) < 0;
  }

  /** When NACKs or key frame requests are due, milliseconds. */
  nextAt(): number {
    return Math.min(this.nacks?.nextAt() ?? Number.POSITIVE_INFINITY, this.keyFrameRequests.nextAt());
  }

  /** Writes due requests to the publisher. */
  writeRequests(writer: RtcpWriter, senderSsrc: number, now: number, nackInterval: number): void {
    const nacks = this.nacks;
    if (nacks) {
      const due = nacks.collect(now, nackInterval);
      if (due > 0) this.nackCount += writer.nack(senderSsrc, this.ssrc, nacks.due, 0, due, MAX_NACK_ITEMS);
      if (nacks.gaveUp) {
        nacks.gaveUp = false;
        if (this.options.isVideo) this.keyFrameRequests.request();
      }
    }
    if (this.keyFrameRequests.take(now)) {
      this.pliCount++;
      // RFC 5104 section 4.3.1.1: a repetition has the number of the request that it repeats.
      if (!this.keyFrameRequests.isRepeat) this.fullIntraCommands++;
      if (this.options.fullIntraOnly) writer.fullIntra(senderSsrc, this.ssrc, this.fullIntraCommands);
      else writer.pictureLoss(senderSsrc, this.ssrc);
    }
  }

  /** `maps`: whether the stream's timestamps follow the report. */
  senderReport(ntpHigh: number, ntpLow: number, rtpTimestamp: number, now: number, maps: boolean): void {
    this.isMapped = maps;
    this.reportNtpHigh = ntpHigh;
    this.reportNtpLow = ntpLow;
    this.reportTimestamp = rtpTimestamp;
    this.reportedAt = now;
  }

  /** Browsers stop the timestamps of a muted or removed track, while their clocks go on. */
  endMapping(): void {
    this.isMapped = false;
  }

  /**
   * RFC 3550 section 6.4.1: a report block about this stream. `receiverLoss` (0-255) raises the fraction lost, which encoders
   * protect against, and not the cumulative count, from which senders estimate their own path.
   */
  writeReportBlock(writer: RtcpWriter, now: number, receiverLoss: number): void {
    const hasReport = this.reportedAt >= 0;
    const lastSenderReport = hasReport ? ((this.reportNtpHigh & 0xffff) << 16) | (this.reportNtpLow >>> 16) : 0;
    const delay = hasReport ? Math.round(((now - this.reportedAt) * 65536) / 1000) : 0;
    writer.reportBlock(
      this.ssrc,
      Math.max(receiverLoss, this.statistics.takeFractionLost()),
      this.statistics.lost,
      this.statistics.highest - 0x10000,
      Math.round(this.statistics.jitter),
      lastSenderReport,
      delay,
    );
  }

  /** Milliseconds by which the NTP time of this stream's last sender report is later than that of another's. */
  reportedAfter(other: ProducerStream): number {
    const seconds = (this.reportNtpHigh >>> 0) - (other.reportNtpHigh >>> 0);
    return seconds * 1000 + (((this.reportNtpLow >>> 0) - (other.reportNtpLow >>> 0)) * 1000) / 2 ** 32;
  }

  private extendPicture(): number {
    const { pictureId, pictureIdBits } = this.frame;
    if (pictureId < 0) return -1;
    const highest = this.highestPicture;
    const unused = 32 - pictureIdBits;
    const extended =
      highest < 0 ? FIRST_PICTURE + pictureId : highest + (((pictureId - (highest & 0x7fff)) << unused) >> unused);
    if (extended > highest) this.highestPicture = extended;
    return extended;
  }

  private isOffItsLine({ timestamp, arrivedAt }: RtpHeader): boolean {
    const expected = this.reportTimestamp + Math.round(((arrivedAt - this.reportedAt) * this.options.clockRate) / 1000);
    return Math.abs((timestamp - expected) | 0) * 1000 > MAX_OFF_LINE * this.options.clockRate;
  }

  stats(): ProducerStats['streams'][number] {
    return {
      ssrc: this.ssrc >>> 0,
      ...(this.options.rid === undefined ? {} : { rid: this.options.rid }),
      packetsReceived: this.statistics.totalPackets,
      bytesReceived: this.statistics.bytes,
      packetsLost: Math.max(0, this.statistics.lost),
      packetsRepaired: this.repaired,
      jitter: (this.statistics.jitter / this.options.clockRate) * 1000,
      nackCount: this.nackCount,
      pliCount: this.pliCount,
      keyFrames: this.keyFrames,
    };
  }
}

/**
 * Packets overtake each other by a few milliseconds on real paths; an immediate request would be in
 * vain.
 */
export const REORDERING_GRACE = 5;
/** Packets that can be retransmitted: 2.5 Mbps of video make some 260 a second, so four seconds; at 10 Mbps one. */
const VIDEO_HISTORY = 1024;
/** 20 ms each: over a second. */
const AUDIO_HISTORY = 64;
/**
 * Milliseconds between a packet's timestamp and the last sender report's clock: jitter is less, a
 * mute is more.
 */
const MAX_OFF_LINE = 500;
/** NACK items in one packet, 4 bytes each; 256 missing numbers never need more than this fits in 1150 bytes. */
const MAX_NACK_ITEMS = 256;
/** First extended picture id: pictures from before the first one that arrives stay positive. */
const FIRST_PICTURE = 0x10000;
