import {
  connectionQuality,
  type DownloadFigures,
  isUnheard,
  type ServerFigures,
  type UploadFigures,
} from '../quality/connection-quality.js';
import { SteadyVerdict } from '../quality/steady-verdict.js';
import type { Transport } from '../transport/transport.js';

/** The state of a transport's producers and consumers in its router. */
export interface TransportMedia {
  /** Producers that should send now, and those of them from which nothing arrives. */
  expectedProducers: number;
  silentProducers: number;
  hasLessLayers: boolean;
  /** See `DownloadFigures`. */
  satisfaction: number;
}

/** Collects the figures of one transport and rates its connection. */
export class QualityWatch {
  private readonly verdict = new SteadyVerdict();
  private packets = 0;
  private lost = 0;
  private mediaSent = 0;
  private isAnswering = false;
  private framesDropped = 0;
  private framesReportedAt = Number.NEGATIVE_INFINITY;
  /** The producers of sound that the peer does not understand, as announced. */
  unintelligible: readonly string[] = NONE;

  constructor(private readonly transport: Transport) {}

  get current(): SteadyVerdict['current'] {
    return this.verdict.current;
  }

  /** The receiver dropped this share of its frames, 0-1. */
  reportFramesDropped(share: number, now: number): void {
    this.framesDropped = share;
    this.framesReportedAt = now;
  }

  /** Whether the peer is gone, or still rated as gone: a verdict is then needed ahead of time. */
  isUrgent(now: number): boolean {
    const { transport, isAnswering } = this;
    if (!transport.hasConnected) return false;
    return this.current.quality === 'lost' || isUnheard({ silence: now - this.heardAt, isAnswering });
  }

  /**
   * Rates the time since the last call. Answers whether the verdict changed, or the sounds that are
   * not intelligible.
   */
  update(media: TransportMedia, server: ServerFigures, now: number): boolean {
    const { transport } = this;
    const silence = now - this.heardAt;
    const upload = this.upload(media);
    // Without answers pictures are paused after a while, so silence is expected then.
    const isSending = this.isSendingMedia() && transport.media.estimate.isLimited;
    this.isAnswering = isSending || (this.isAnswering && isUnheard({ silence, isAnswering: true }));
    const { isAnswering } = this;
    // Until the transport connects, only the client knows its progress.
    if (!transport.hasConnected) return false;
    const broken = this.broken(now);
    const isOther = this.verdict.update(
      connectionQuality({
        isConnected: transport.isConnected,
        silence,
        isAnswering,
        upload,
        download: this.download(media, broken.length > 0, now),
        server,
        framesDropped: now - this.framesReportedAt <= FRAMES_LIFETIME ? this.framesDropped : 0,
      }),
    );
    return this.announceBroken(broken) || isOther;
  }

  /** Time of the last packet from the peer. */
  private get heardAt(): number {
    return Math.max(this.transport.receivedAt, this.transport.checkedAt);
  }

  /** Whether any packet of a consumer has left since the last call. */
  private isSendingMedia(): boolean {
    const before = this.mediaSent;
    this.mediaSent = 0;
    for (const { packetsSent } of this.transport.consumers) this.mediaSent += packetsSent;
    // The counts of removed consumers are gone.
    return this.mediaSent > before;
  }

  /** The producers of sound of which the peer loses too much to understand it. */
  private broken(now: number): readonly string[] {
    let found: string[] | undefined;
    for (const { reception, isActive, source } of this.transport.consumers) {
      reception?.advance(now);
      if (!isActive || !reception || reception.isIntelligible) continue;
      found ??= [];
      found.push(source.id);
    }
    return found ?? NONE;
  }

  /** As part of a poor quality only, which takes longer: both are announced together. */
  private announceBroken(broken: readonly string[]): boolean {
    const { quality } = this.current;
    const announced = quality === 'poor' || quality === 'lost' ? broken : NONE;
    const isOther = announced.join() !== this.unintelligible.join();
    this.unintelligible = announced;
    return isOther;
  }

  private upload(media: TransportMedia): UploadFigures | undefined {
    let packets = 0;
    let lost = 0;
    let jitter = 0;
    for (const producer of this.transport.producers) {
      for (const stream of producer.streams) {
        if (!stream) continue;
        packets += stream.statistics.packets;
        lost += stream.statistics.lost;
        if (producer.kind === 'audio') jitter = Math.max(jitter, stream.stats().jitter);
      }
    }
    const packetsNow = packets - this.packets;
    const lostNow = lost - this.lost;
    this.packets = packets;
    this.lost = lost;
    if (media.expectedProducers === 0) return undefined;
    // Streams that ended or restarted give no figure for this period.
    const isKnown = packetsNow >= 0 && lostNow >= 0 && packetsNow + lostNow > 0;
    return {
      loss: isKnown ? lostNow / (packetsNow + lostNow) : 0,
      jitter,
      silentProducers: media.silentProducers / media.expectedProducers,
      hasLessLayers: media.hasLessLayers,
    };
  }

  private download(
    { satisfaction }: TransportMedia,
    isUnintelligible: boolean,
    now: number,
  ): DownloadFigures | undefined {
    let isReceiving = false;
    let loss = 0;
    let roundTripTime = 0;
    for (const consumer of this.transport.consumers) {
      if (!consumer.isActive) continue;
      isReceiving = true;
      loss = Math.max(loss, consumer.recentFractionLost(now));
      if (consumer.roundTripTime.isKnown) roundTripTime = Math.max(roundTripTime, consumer.roundTripTime.milliseconds);
    }
    if (!isReceiving && satisfaction === 1) return undefined;
    const { estimate } = this.transport.media;
    // Receiver reports contain the loss between publisher and server; transport-wide feedback does
    // not.
    return {
      loss: estimate.isLimited ? estimate.lossRatio : loss,
      roundTripTime,
      satisfaction,
      isUnintelligible,
    };
  }
}

const NONE: readonly string[] = [];
/** Milliseconds: clients report every few seconds. */
const FRAMES_LIFETIME = 10_000;
