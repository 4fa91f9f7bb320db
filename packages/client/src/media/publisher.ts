import type { RoomProducer, Source } from '@waterbus/protocol';
import { coded, codeOf, isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import { ConnectionKeeper } from './connection-keeper.js';
import type { MediaDevice, SendTransport } from './device.js';
import { Publication } from './publication.js';
import { Settling } from './settling.js';

export interface PublisherOptions {
  session: Requester;
  device: MediaDevice;
  iceServers: () => RTCIceServer[];
  /** Resolves once the device is loaded. */
  ready: () => Promise<void>;
  /** A publication came, changed or (undefined) went. */
  onUpdate(publication: Publication | undefined): void;
  /** A moderator muted it. */
  onMuted(publication: Publication): void;
  /** The transport is open, on this media node. */
  onOpen(mediaNodeId: string): void;
}

/**
 * The sending side: one transport, and what should be published on it. The transport is opened for the first publication and
 * replaced when it is lost; publications outlive it.
 */
export class Publisher {
  #options: PublisherOptions;
  #publications = new Map<Source, Publication>();
  #opening: Promise<SendTransport> | undefined;
  #transport: { send: SendTransport; keeper: ConnectionKeeper; mediaNodeId: string } | undefined;
  #leftovers = new Set<string>();
  /** What was heard of producers whose own answer is still on its way. */
  #heardEarly = new Map<string, boolean>();
  #settling = new Settling(() => this.#settle());
  #generation = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get publications(): Publication[] {
    return [...this.#publications.values()].filter((publication) => !publication.removed);
  }

  get transport(): { transport: SendTransport; mediaNodeId: string } | undefined {
    return this.#transport && { transport: this.#transport.send, mediaNodeId: this.#transport.mediaNodeId };
  }

  /** One publication per source: publishing a second track under it replaces the first one's track. */
  publish(track: MediaStreamTrack, source: Source, muted: boolean): Publication {
    const known = this.#publications.get(source);
    if (known && !known.removed) {
      known.want({ track, muted });
      return known;
    }
    const publication = new Publication(track, source, muted, () => {
      this.#options.onUpdate(publication.removed ? undefined : publication);
      this.#settling.kick();
    });
    if (known) publication.follow(known);
    this.#publications.set(source, publication);
    this.#options.onUpdate(publication);
    this.#settling.kick();
    return publication;
  }

  start(): void {
    this.#settling.kick();
  }

  /** The same participant on a new socket: answers may have been lost on the old one, so the room tells what is there. */
  resumed(producers: RoomProducer[]): void {
    const known = new Map([...this.#publications.values()].map((publication) => [publication.producerId, publication]));
    for (const producer of producers) {
      const publication = known.get(producer.id);
      if (publication) this.#muted(publication, publication.found(producer.paused));
      else this.#leftovers.add(producer.id);
    }
    const there = new Set(producers.map((producer) => producer.id));
    for (const publication of this.#publications.values()) {
      if (publication.producerId && !there.has(publication.producerId)) publication.forget();
    }
    this.#transport?.keeper.resumed();
    this.#settling.kick();
  }

  /** Drops what is not granted any more. */
  granted(sources: readonly Source[]): void {
    for (const publication of this.publications) {
      if (sources.includes(publication.source)) continue;
      this.#drop(publication);
      publication.fail(coded('permission.denied'));
    }
  }

  /** The room says that one of our producers is paused, or goes on. */
  producerHeard(producerId: string, paused: boolean): void {
    const publication = this.publications.find((candidate) => candidate.producerId === producerId);
    if (publication) this.#muted(publication, publication.heard(paused));
    else this.#heardEarly.set(producerId, paused);
  }

  /** The server ended one of our producers. */
  producerGone(producerId: string): void {
    this.#heardEarly.delete(producerId);
    for (const publication of this.#publications.values()) {
      if (publication.producerId !== producerId) continue;
      publication.forget();
      this.#settling.kick();
    }
  }

  transportGone(transportId: string): void {
    if (this.#transport?.send.id === transportId) this.reset();
  }

  mediaNodeGone(mediaNodeId: string): void {
    if (this.#transport?.mediaNodeId === mediaNodeId) this.reset();
  }

  /** Drops the transport; everything is published again on a new one. */
  reset(): void {
    this.#closeTransport();
    this.#leftovers.clear();
    this.#heardEarly.clear();
    for (const publication of this.#publications.values()) publication.forget();
    this.#settling.kick();
  }

  close(): void {
    this.#settling.stop();
    this.#closeTransport();
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
    const publications = [...this.#publications.values()].filter((publication) => !publication.settled);
    if (publications.length === 0) return;
    const generation = this.#generation;
    try {
      const transport = await this.#open();
      const results = await Promise.allSettled(
        publications.map((publication) => publication.settle(transport, session)),
      );
      for (const publication of publications) this.#hearEarly(publication);
      for (const [index, result] of results.entries()) {
        const publication = publications[index]!;
        if (result.status === 'fulfilled') {
          if (publication.removed && publication.settled) this.#drop(publication);
          continue;
        }
        if (isPassing(result.reason) || isTransportGone(result.reason) || generation !== this.#generation) continue;
        // Refused for good, or a track that has ended: nothing to try again.
        this.#drop(publication);
        publication.fail(result.reason);
      }
      const failure = results.find((result) => result.status === 'rejected');
      if (failure && publications.some((publication) => !publication.settled)) throw failure.reason;
    } catch (error) {
      if (generation !== this.#generation) return this.#settling.kick();
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

  #hearEarly(publication: Publication): void {
    const { producerId } = publication;
    const paused = producerId === undefined ? undefined : this.#heardEarly.get(producerId);
    if (producerId === undefined || paused === undefined) return;
    this.#heardEarly.delete(producerId);
    this.#muted(publication, publication.found(paused));
  }

  #muted(publication: Publication, muted: boolean): void {
    if (muted) this.#options.onMuted(publication);
  }

  #drop(publication: Publication): void {
    if (this.#publications.get(publication.source) !== publication) return;
    this.#publications.delete(publication.source);
    this.#options.onUpdate(undefined);
  }

  #open(): Promise<SendTransport> {
    if (this.#transport) return Promise.resolve(this.#transport.send);
    this.#opening ??= this.#openOne(this.#generation).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOne(generation: number): Promise<SendTransport> {
    const { session, device, iceServers, ready } = this.#options;
    const [{ mediaNodeId, transport: parameters }] = await Promise.all([
      session.request('transport.open', { direction: 'send' }),
      ready(),
    ]);
    if (generation !== this.#generation) throw new Error('reset while the transport was being opened');
    const transportId = parameters.id;
    const send = device.openSend({
      parameters,
      iceServers: iceServers(),
      connect: async (dtlsParameters) => {
        await session.request('transport.connect', { transportId, dtlsParameters });
      },
      produce: async ({ rtpParameters, ...stream }) =>
        (await session.request('produce', { transportId, ...stream, rtpParameters })).producerId,
      onState: (state) => keeper.stateChanged(state),
    });
    const keeper = new ConnectionKeeper(send, session, () => this.reset());
    this.#transport = { send, keeper, mediaNodeId };
    this.#options.onOpen(mediaNodeId);
    return send;
  }

  #closeTransport(): void {
    this.#generation += 1;
    this.#transport?.keeper.close();
    this.#transport?.send.close();
    this.#transport = undefined;
    this.#opening = undefined;
  }
}
