import type { RoomProducer, Source, VideoCodec } from '@waterbus/protocol';
import { SentStreams } from '../adaptive/sent-streams.js';
import type { PublishOptions } from '../api/join-options.js';
import { coded, codeOf, isPassing, isTransportGone } from '../failures.js';
import { Settling } from '../time/settling.js';
import type { Sender, SendTransport } from '../webrtc/device.js';
import { Alternatives } from './alternatives.js';
import type { Decodes } from './codec-choice.js';
import { CodecReview } from './codec-review.js';
import type { MediaContext } from './media-context.js';
import type { OpenedTransport } from './open-transport.js';
import { Publication } from './publication.js';
import { Recoding } from './recoding.js';
import { SendLanes } from './send-lanes.js';

export interface PublisherOptions extends MediaContext {
  /** A publication was added, changed or (undefined) removed. */
  onUpdate(publication: Publication | undefined): void;
  /** A moderator muted it. */
  onMuted(publication: Publication): void;
  /** The transport is open, on this media node. */
  onOpen(mediaNodeId: string): void;
  /** The arrival of sent media may have changed. */
  onArriving(): void;
  /** The codec for a picture that the application left to the SDK. */
  chooseCodec(source: Source): VideoCodec;
  /** The codecs that every other participant in the room decodes. */
  audience(): readonly Decodes[];
}

/**
 * The sending side: one transport, and the wanted publications. The transport is opened for the
 * first publication and replaced when it is lost; publications outlive it.
 */
export class Publisher {
  #options: PublisherOptions;
  #publications = new Map<Source, Publication>();
  #alternatives: Alternatives;
  #recoding: Recoding;
  #review = new CodecReview({
    wanted: () => this.#otherCodecs(),
    reconsider: () => this.reconsiderCodecs(),
  });
  #lanes: SendLanes;
  /** Own producers in the room that no publication uses. */
  #leftovers = new Set<string>();
  /** The last reports about producers whose own answer is still on its way. */
  #reportedEarly = new Map<string, { paused: boolean; version: number }>();
  #sent = new SentStreams((producerId) => {
    for (const publication of this.#all()) {
      const sender = publication.senderOf(producerId);
      if (sender) return sender;
    }
    return undefined;
  });
  #settling = new Settling(() => this.#settle());

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { audience, device, session } = options;
    this.#lanes = new SendLanes(options, () => this.#all(), {
      opened: (mediaNodeId) => options.onOpen(mediaNodeId),
      lost: () => this.reset(),
      changed: () => this.#settling.kick(),
    });
    this.#recoding = new Recoding(session, () => this.#settling.kick());
    this.#alternatives = new Alternatives({ audience, sends: () => device.sends, kick: () => this.#settling.kick() });
  }

  get publications(): Publication[] {
    return [...this.#publications.values()].filter((publication) => !publication.removed);
  }

  get transport(): { transport: SendTransport; mediaNodeId: string } | undefined {
    return this.#lanes.present;
  }

  /**
   * One publication per source: publishing a second track under it replaces the first one's track.
   */
  publish(track: MediaStreamTrack, { source, muted = false, videoCodec }: PublishOptions): Publication {
    const known = this.#publications.get(source);
    if (known && !known.removed) {
      known.want({ track, muted });
      return known;
    }
    const publication = new Publication(
      track,
      { source, muted, codec: () => videoCodec ?? this.#options.chooseCodec(source) },
      {
        changed: () => {
          this.#options.onUpdate(publication.removed ? undefined : publication);
          this.#alternatives.update(this.publications);
          this.#settling.kick();
        },
        muted: () => this.#options.onMuted(publication),
      },
    );
    if (known) publication.follow(known);
    this.#publications.set(source, publication);
    this.#options.onUpdate(publication);
    this.#settling.kick();
    return publication;
  }

  /** `given`: a transport that was opened with the join; used for the first publication. */
  start(given?: OpenedTransport): void {
    this.#lanes.start(given);
    this.#settling.kick();
  }

  /**
   * The same participant on a new socket: answers may have been lost on the old one, so the room's
   * producers, at this version, are authoritative.
   */
  resumed(producers: RoomProducer[], version: number, networkChanged: boolean): void {
    const known = new Map(this.#all().map((publication) => [publication.producerId, publication]));
    for (const producer of producers) {
      const publication = known.get(producer.id);
      if (publication) publication.found(producer.paused, version);
      else this.#leftovers.add(producer.id);
    }
    for (const publication of this.#all()) this.#leftovers.delete(publication.retiringId() ?? '');
    const there = new Set(producers.map((producer) => producer.id));
    for (const publication of this.#all()) {
      if (publication.producerId && !there.has(publication.producerId)) publication.forget();
    }
    this.#lanes.resumed(networkChanged);
    this.#settling.kick();
  }

  /** On another socket, without a lost answer. */
  moved(): void {
    this.#lanes.resumed(false);
    this.#settling.kick();
  }

  /** Tries all paths again, where media do not get through. */
  reconnect(): void {
    this.#lanes.reconnect();
  }

  /** Drops publications without a grant. */
  granted(sources: readonly Source[]): void {
    for (const publication of this.#all()) {
      if (publication.removed || sources.includes(publication.source)) continue;
      this.#drop(publication);
      publication.fail(coded('permission.denied'));
    }
  }

  /** The room reports, at this version, that one of our producers is paused, or resumed. */
  producerReported(producerId: string, paused: boolean, version: number): void {
    const publication = this.#all().find((candidate) => !candidate.removed && candidate.producerId === producerId);
    if (publication) publication.reported(paused, version);
    else this.#reportedEarly.set(producerId, { paused, version });
  }

  /** The senders of pictures, to check whether the machine carries their encoding. */
  get senders(): Sender[] {
    return this.#all().flatMap((publication) => {
      const { kind, producerId } = publication;
      return kind === 'video' && producerId !== undefined ? (publication.senderOf(producerId) ?? []) : [];
    });
  }

  /** Pictures continue in the codecs in which they would begin now. */
  reconsiderCodecs(): void {
    for (const publication of this.publications) publication.reconsider();
    this.#settling.kick();
  }

  /**
   * Other participants joined, left or reported their codecs, or another condition of the codec
   * choice has changed.
   */
  audienceChanged(): void {
    this.#alternatives.update(this.publications);
    this.#review.update();
  }

  /**
   * No receiver takes more of one of our producers than this spatial layer; −1: no receiver takes
   * any.
   */
  producerWanted(producerId: string, spatial: number): void {
    this.#sent.wanted(producerId, spatial);
    this.#options.onArriving();
  }

  producerArriving(producerId: string, arriving: boolean): void {
    this.#sent.arriving(producerId, arriving);
    this.#options.onArriving();
  }

  /** None of the sent media arrive. */
  get silent(): boolean {
    const sent = this.publications.filter(({ muted, producerId }) => !muted && producerId !== undefined);
    return sent.length > 0 && sent.every(({ producerId }) => !this.#sent.arrives(producerId!));
  }

  /** The server ended one of our producers. */
  producerGone(producerId: string): void {
    this.#reportedEarly.delete(producerId);
    this.#sent.gone(producerId);
    for (const publication of this.#all()) {
      if (publication.producerId !== producerId) continue;
      publication.forget();
      this.#settling.kick();
    }
  }

  transportGone(transportId: string): void {
    this.#lanes.transportGone(transportId);
  }

  mediaNodeGone(mediaNodeId: string): void {
    this.#lanes.mediaNodeGone(mediaNodeId);
  }

  /** The server of a new socket reports itself which media nodes drain. */
  drainingUnknown(): void {
    this.#lanes.drainingUnknown();
  }

  /**
   * A media node drains, or the drain is cancelled: its streams are sent from another node too,
   * then only from there (R10).
   */
  mediaNodeDraining(mediaNodeId: string, draining: boolean): void {
    this.#lanes.mediaNodeDraining(mediaNodeId, draining);
    this.#settling.kick();
  }

  /** Moves the streams of this transport to another one, if there is a media node for it. */
  leave(transportId: string): void {
    this.#lanes.leave(transportId);
    this.#settling.kick();
  }

  /**
   * Drops the transport; all streams are published again on a new one, or on one that was opened
   * with the join (`given`).
   */
  reset(given?: OpenedTransport): void {
    this.#lanes.reset(given);
    this.#leftovers.clear();
    this.#reportedEarly.clear();
    this.#sent.clear();
    for (const publication of this.#all()) publication.forget();
    this.#settling.kick();
  }

  close(): void {
    this.#settling.stop();
    this.#lanes.drainingUnknown();
    this.#lanes.close();
    this.#alternatives.close();
    this.#recoding.close();
    this.#review.stop();
    for (const publication of this.#publications.values()) publication.close();
    this.#publications.clear();
  }

  async #settle(): Promise<void> {
    const { session } = this.#options;
    // `resumed` or `reset` kicks again.
    if (session.connection !== 'connected') return;
    for (const producerId of this.#leftovers) {
      await session.request('producer.close', { producerId }).catch((error) => {
        if (isPassing(error)) throw error;
      });
      this.#leftovers.delete(producerId);
    }
    const moved = await this.#moveOn().then(
      () => undefined,
      (error) => ({ error }),
    );
    const publications = this.#all().filter((publication) => !publication.settled);
    if (publications.length === 0) {
      if (moved) throw moved.error;
      return;
    }
    const generation = this.#lanes.generation;
    try {
      const transport = await this.#lanes.open();
      const results = await Promise.allSettled(
        publications.map((publication) => publication.settle(transport, session)),
      );
      for (const publication of publications) this.#applyEarlyReport(publication);
      for (const [index, result] of results.entries()) {
        const publication = publications[index]!;
        if (result.status === 'fulfilled') {
          if (publication.removed && publication.settled) this.#drop(publication, false);
          continue;
        }
        if (isPassing(result.reason) || isTransportGone(result.reason) || generation !== this.#lanes.generation)
          continue;
        // Refused permanently, or the track has ended: a retry would not help.
        this.#drop(publication);
        publication.fail(result.reason);
      }
      this.audienceChanged();
      const failure = results.find((result) => result.status === 'rejected');
      if (failure && publications.some((publication) => !publication.settled)) throw failure.reason;
      if (moved) throw moved.error;
    } catch (error) {
      if (generation !== this.#lanes.generation) return this.#settling.kick();
      if (isTransportGone(error)) this.reset();
      if (codeOf(error) === 'permission.denied') {
        for (const publication of publications) {
          this.#drop(publication);
          publication.fail(error);
        }
        return;
      }
      throw error;
    }
  }

  /**
   * Make before break (R10). A failed move is retried later; until then all streams stay on the
   * former transport.
   */
  async #moveOn(): Promise<void> {
    const { session } = this.#options;
    await this.#lanes.replaceIfDue();
    const current = this.#lanes.present?.transport;
    const away = current && this.#all().filter((publication) => publication.elsewhere(current));
    const results = await Promise.allSettled((away ?? []).map((publication) => publication.move(current!, session)));
    for (const publication of away ?? []) this.#applyEarlyReport(publication);
    this.#lanes.closeFormer();
    if (current) await this.#recoding.settle(this.publications, current);
    const failure = results.find((result) => result.status === 'rejected');
    if (!failure) return;
    if (isTransportGone(failure.reason)) this.reset();
    throw failure.reason;
  }

  #applyEarlyReport(publication: Publication): void {
    const { producerId } = publication;
    if (producerId === undefined) return;
    this.#sent.produced(producerId);
    const report = this.#reportedEarly.get(producerId);
    if (report === undefined) return;
    this.#reportedEarly.delete(producerId);
    publication.found(report.paused, report.version);
  }

  #otherCodecs(): string {
    const others = this.publications.filter(({ otherCodec }) => otherCodec !== undefined);
    return others.map(({ source, otherCodec }) => `${source} ${otherCodec}`).join();
  }

  #all(): Publication[] {
    return [...this.#publications.values(), ...this.#alternatives.all()];
  }

  /** `refused`: its owner did not unpublish it. */
  #drop(publication: Publication, refused = true): void {
    if (this.#alternatives.has(publication))
      this.#alternatives.drop(publication, refused ? this.#publications.get(publication.source) : undefined);
    if (this.#publications.get(publication.source) !== publication) return;
    this.#publications.delete(publication.source);
    this.#options.onUpdate(undefined);
  }
}
