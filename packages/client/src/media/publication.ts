import type { Source, VideoCodec } from '@waterbus/protocol';
import type { LocalPublication } from '../api/participants.js';
import { coded, isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { Sender, SendTransport } from '../webrtc/device.js';
import { PauseState, type Reported } from './pause-state.js';
import { StreamSenders } from './stream-senders.js';

export interface PublicationOptions {
  source: Source;
  muted: boolean;
  /** Called when a stream begins. */
  codec: () => VideoCodec | undefined;
  /** Beside a publication of the same source in another codec. */
  alternative?: boolean;
}

export interface PublicationListener {
  /** The wanted state differs from the actual one, or the public state has changed. */
  changed(): void;
  /** A moderator muted it. */
  muted?(): void;
}

/** `refused`: a retry would not help. `closed`: the call has ended. */
type Life = { state: 'published' } | { state: 'removed' } | { state: 'refused'; error: unknown } | { state: 'closed' };

/**
 * One published source. The wanted state is its track, muted or not, until it is removed; the
 * actual state is its senders, and what the servers confirmed. Changes apply here at once (a muted
 * track leaves the sender within the call); `settle` then updates the server.
 */
export class Publication implements LocalPublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  #life: Life = { state: 'published' };
  #track: MediaStreamTrack;
  #chooseCodec: () => VideoCodec | undefined;
  #alternative: boolean;
  #recodes = false;
  #pause: PauseState;
  #senders = new StreamSenders();
  #listener: PublicationListener;
  #waiting: { resolve(): void; reject(error: unknown): void }[] = [];

  constructor(
    track: MediaStreamTrack,
    { source, muted, codec, alternative = false }: PublicationOptions,
    listener: PublicationListener,
  ) {
    this.#track = track;
    this.source = source;
    this.#chooseCodec = codec;
    this.#alternative = alternative;
    this.kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
    this.#pause = new PauseState(muted);
    this.#listener = listener;
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  get muted(): boolean {
    return this.#pause.wanted;
  }

  get removed(): boolean {
    return this.#life.state !== 'published';
  }

  get producerId(): string | undefined {
    return this.#senders.present?.producerId;
  }

  /** Of a picture: the codec in which it is or would be sent. */
  get codec(): VideoCodec | undefined {
    return this.#senders.codec ?? this.#chooseCodec();
  }

  /**
   * The producer that sends the same through the former transport; if given, only one through
   * `through`.
   */
  retiringId(through?: SendTransport): string | undefined {
    return this.#senders.formerId(through);
  }

  /** The sender of this producer, now or until all receivers have moved on from it. */
  senderOf(producerId: string): Sender | undefined {
    return this.#senders.of(producerId);
  }

  /** Whether it is sent through another transport than this one. */
  elsewhere(transport: SendTransport): boolean {
    return this.#senders.present !== undefined && !this.#senders.isThrough(transport);
  }

  /** Whether it is sent through this transport. */
  through(transport: SendTransport): boolean {
    return this.#senders.isThrough(transport);
  }

  get settled(): boolean {
    if (this.removed) return !this.#senders.present;
    return !!this.#senders.present && this.#senders.track === this.#wantedTrack && this.#pause.settled;
  }

  mute(): Promise<void> {
    return this.want({ muted: true });
  }

  unmute(): Promise<void> {
    return this.want({ muted: false });
  }

  replaceTrack(track: MediaStreamTrack): Promise<void> {
    return this.want({ track });
  }

  unpublish(): Promise<void> {
    if (!this.removed) this.#life = { state: 'removed' };
    this.#listener.changed();
    return this.whenSettled();
  }

  want(wanted: { track?: MediaStreamTrack; muted?: boolean }): Promise<void> {
    if (this.removed) return Promise.reject(coded('producer.not_found', 'This is no longer published'));
    this.#track = wanted.track ?? this.#track;
    this.#pause.wanted = wanted.muted ?? this.muted;
    if (this.muted) this.#silence();
    this.#listener.changed();
    return this.whenSettled();
  }

  /**
   * Resolves when the server has the wanted state. After the call has ended no media are wanted.
   */
  whenSettled(): Promise<void> {
    if (this.#life.state === 'refused') return Promise.reject(this.#life.error);
    if (this.settled || this.#life.state === 'closed') return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The room reports, by the change of this version, that the producer is paused, or resumed. */
  reported(paused: boolean, version: number): void {
    this.#follow(this.#pause.reported(paused, version));
  }

  /** The room's state of the producer, after a time in which events or answers may have been lost. */
  found(paused: boolean, version: number): void {
    this.#follow(this.#pause.found(paused, version));
  }

  /** Makes sender and server match the wanted state. Rejects with the reason of a failure. */
  async settle(transport: SendTransport, session: Requester): Promise<void> {
    while (!this.settled && this.#life.state !== 'closed') {
      const sender = this.#senders.present;
      if (this.removed) await this.#withdraw(session);
      else if (!sender) await this.#begin(transport);
      else {
        await this.#senders.send(this.#wantedTrack);
        if (!this.#pause.settled) await this.#settlePause(sender, session);
      }
    }
    this.#release();
  }

  /** Its codec would be another one if it began now. */
  get recodes(): boolean {
    return this.#recodes && !this.removed && this.#senders.present !== undefined;
  }

  /**
   * Of a picture that is sent: the codec in which it would begin now, where that is another one.
   */
  get otherCodec(): VideoCodec | undefined {
    const sent = this.#senders.codec;
    const chosen = sent && this.#chooseCodec();
    return chosen === sent ? undefined : chosen;
  }

  /** From now on it continues in the codec in which it would begin now. */
  reconsider(): void {
    if (this.otherCodec !== undefined) this.#recodes = true;
  }

  /** Sends the same in another codec too; the former stream continues until `retire`. */
  async recode(transport: SendTransport, session: Requester): Promise<void> {
    await this.move(transport, session, this.#chooseCodec()).catch((error) => {
      if (!isPassing(error) && !isTransportGone(error)) this.#recodes = false;
      throw error;
    });
    this.#recodes = false;
  }

  /**
   * Sends the same through another transport too; the former stream continues until `retire` (R10).
   */
  async move(transport: SendTransport, session: Requester, codec = this.codec): Promise<void> {
    const sender = this.#senders.present;
    if (!sender || this.removed) return;
    const { muted } = this;
    // Silent at first: a mute while the answer is on its way only reaches the senders that exist by
    // then.
    const next = await transport.send({
      track: this.#track,
      source: this.source,
      muted,
      codec,
      alternative: this.#alternative,
      silent: true,
      replaces: sender.producerId,
    });
    const { present } = this.#senders;
    // The old path may have been lost meanwhile: then this one is the only one.
    const lost = present === undefined && !this.removed && transport.state !== 'closed';
    if (this.#life.state === 'closed' || !(present === sender || lost)) {
      // Given up meanwhile.
      next.close();
      await close(next.producerId, session);
      return;
    }
    this.#senders.succeed(next, transport);
    this.#pause.replace(muted);
    await this.#senders.send(this.#wantedTrack);
  }

  /** Stops sending through the former transport; if given, only if that is `through`. */
  retire(through?: SendTransport): void {
    this.#senders.retire(through);
  }

  /** The server has no producer (any more). */
  forget(): void {
    this.#senders.close();
    this.#pause.forget();
    if (this.removed) this.#release();
  }

  /**
   * Replaces a publication of the same source that is being removed, and takes over its producer.
   */
  follow(previous: Publication): void {
    this.#senders.follow(previous.#senders);
    this.#pause.follow(previous.#pause);
    previous.#release();
  }

  fail(error: unknown): void {
    this.#life = { state: 'refused', error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.forget();
  }

  close(): void {
    if (this.#life.state !== 'refused') this.#life = { state: 'closed' };
    this.forget();
  }

  get #wantedTrack(): MediaStreamTrack | null {
    return this.muted ? null : this.#track;
  }

  async #begin(transport: SendTransport): Promise<void> {
    const track = this.#track;
    const { source, muted } = this;
    const codec = this.#chooseCodec();
    const sender = await transport.send({ track, source, muted, codec, alternative: this.#alternative });
    this.#senders.begin(sender, transport, muted ? null : track);
    this.#pause.begin(muted);
  }

  async #settlePause(sender: Sender, session: Requester): Promise<void> {
    const { producerId } = sender;
    const request = this.#pause.request();
    try {
      await session.request(request.paused ? 'producer.pause' : 'producer.resume', { producerId });
    } catch (error) {
      this.#pause.failed(request);
      throw error;
    }
    if (sender !== this.#senders.present || this.#pause.answered(request)) return;
    const { room } = await session.request('sync', {});
    const producers = room.participants.flatMap((participant) => participant.producers);
    const own = producers.find(({ id }) => id === producerId);
    if (own && sender === this.#senders.present) this.found(own.paused, room.version);
  }

  async #withdraw(session: Requester): Promise<void> {
    const ids = [this.#senders.formerId(), this.producerId];
    this.#senders.close();
    try {
      for (const id of ids) if (id !== undefined) await close(id, session);
    } finally {
      // If the answer was lost, resuming finds the producer in the room and closes it.
      this.#release();
    }
  }

  #follow(reported: Reported): void {
    if (reported === 'known') return;
    if (reported === 'muted') this.#silence();
    // A moderator may have done what this side was about to do.
    if (this.settled) this.#release();
    this.#listener.changed();
    if (reported === 'muted') this.#listener.muted?.();
  }

  /** A failure is handled when it settles. */
  #silence(): void {
    this.#senders.send(null).catch(() => {});
  }

  #release(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}

/** A producer that is closed already is no error. */
async function close(producerId: string, session: Requester): Promise<void> {
  try {
    await session.request('producer.close', { producerId });
  } catch (error) {
    if (isPassing(error) && !isTransportGone(error)) throw error;
  }
}
