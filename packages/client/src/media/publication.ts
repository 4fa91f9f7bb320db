import type { Source, VideoCodec } from '@waterbus/protocol';
import type { LocalPublication } from '../call.js';
import { coded, isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { Sender, SendTransport } from './device.js';

export interface PublicationOptions {
  source: Source;
  muted: boolean;
  /** Called when a stream begins. */
  codec: () => VideoCodec | undefined;
  /** Beside a publication of the same source in another codec. */
  alternative?: boolean;
}

/**
 * The wanted and the actual state of one source. Changes apply here at once (a muted track leaves
 * the sender within the call); `settle` then updates the server.
 */
export class Publication implements LocalPublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** The last state that was sent to the server, or reported by it. */
  pausedOnServer = false;
  #track: MediaStreamTrack;
  #muted: boolean;
  #chooseCodec: () => VideoCodec | undefined;
  #alternative: boolean;
  #recodes = false;
  #removed = false;
  #closed = false;
  #sender: Sender | undefined;
  /** The transport of the sender. */
  #through: SendTransport | undefined;
  /** The sender on the former transport, until all receivers use the new one (R10). */
  #retiring: { sender: Sender; through: SendTransport } | undefined;
  #sending: MediaStreamTrack | null = null;
  #failure: unknown;
  /** The expected events of our own requests, in their order: any other event is a moderator's. */
  #echoes: boolean[] = [];
  #overruled = 0;
  /**
   * A failed request may have been carried out all the same: the wanted state must be sent again.
   */
  #doubtful = false;
  #changed: () => void;
  #waiting: { resolve(): void; reject(error: unknown): void }[] = [];

  constructor(
    track: MediaStreamTrack,
    { source, muted, codec, alternative = false }: PublicationOptions,
    changed: () => void,
  ) {
    this.#track = track;
    this.source = source;
    this.#chooseCodec = codec;
    this.#alternative = alternative;
    this.kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
    this.#muted = muted;
    this.#changed = changed;
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get removed(): boolean {
    return this.#removed;
  }

  get producerId(): string | undefined {
    return this.#sender?.producerId;
  }

  /** Of a picture: the codec in which it is or would be sent. */
  get codec(): VideoCodec | undefined {
    return this.#sender?.codec ?? this.#chooseCodec();
  }

  /**
   * The producer that sends the same through the former transport; if given, only one through
   * `through`.
   */
  retiringId(through?: SendTransport): string | undefined {
    if (through && this.#retiring?.through !== through) return undefined;
    return this.#retiring?.sender.producerId;
  }

  /** The sender of this producer, now or until all receivers have moved on from it. */
  senderOf(producerId: string): Sender | undefined {
    return [this.#sender, this.#retiring?.sender].find((sender) => sender?.producerId === producerId);
  }

  /** Whether it is sent through another transport than this one. */
  elsewhere(transport: SendTransport): boolean {
    return this.#sender !== undefined && this.#through !== transport;
  }

  /** Whether it is sent through this transport. */
  through(transport: SendTransport): boolean {
    return this.#sender !== undefined && this.#through === transport;
  }

  get settled(): boolean {
    if (this.#removed) return !this.#sender;
    return !!this.#sender && this.#sending === this.#wanted && this.pausedOnServer === this.#muted && !this.#doubtful;
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
    this.#removed = true;
    this.#changed();
    return this.whenSettled();
  }

  want(wanted: { track?: MediaStreamTrack; muted?: boolean }): Promise<void> {
    if (this.#removed || this.#closed)
      return Promise.reject(coded('producer.not_found', 'This is no longer published'));
    this.#track = wanted.track ?? this.#track;
    this.#muted = wanted.muted ?? this.#muted;
    if (this.#muted) this.#send(null).catch(() => {});
    this.#changed();
    return this.whenSettled();
  }

  /**
   * Resolves when the server has the wanted state. After the call has ended no media are wanted.
   */
  whenSettled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.settled || this.#closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The room reports that the producer is paused, or resumed. True when a moderator muted it. */
  heard(paused: boolean): boolean {
    const echo = this.#echoes.indexOf(paused);
    if (echo < 0) return this.#overrule(paused);
    // The requests before it changed nothing and cause no event.
    this.#echoes.splice(0, echo + 1);
    return false;
  }

  /** The room's state after a time without events. True when a moderator muted it meanwhile. */
  found(paused: boolean): boolean {
    this.#echoes = [];
    return paused === this.pausedOnServer ? false : this.#overrule(paused);
  }

  /** Makes sender and server match the wanted state. Rejects with the reason of a failure. */
  async settle(transport: SendTransport, session: Requester): Promise<void> {
    while (!this.settled && !this.#closed) {
      const sender = this.#sender;
      if (this.#removed) {
        const retiring = this.#retiring?.sender;
        this.#sender = undefined;
        this.#sending = null;
        this.retire();
        sender!.close();
        try {
          if (retiring) await request(() => session.request('producer.close', { producerId: retiring.producerId }));
          await request(() => session.request('producer.close', { producerId: sender!.producerId }));
        } finally {
          // If the answer was lost, resuming finds the producer in the room and closes it.
          this.#release();
        }
      } else if (!sender) {
        const track = this.#track;
        const muted = this.#muted;
        const codec = this.#chooseCodec();
        this.#sender = await transport.send({
          track,
          source: this.source,
          muted,
          codec,
          alternative: this.#alternative,
        });
        this.#through = transport;
        this.#sending = muted ? null : track;
        this.pausedOnServer = muted;
      } else {
        const muted = this.#muted;
        await this.#send(this.#wanted);
        if (this.pausedOnServer === muted && !this.#doubtful) continue;
        const overruled = this.#overruled;
        this.#echoes.push(muted);
        this.#doubtful = true;
        await session.request(muted ? 'producer.pause' : 'producer.resume', { producerId: sender.producerId });
        if (sender !== this.#sender) continue;
        this.#doubtful = false;
        if (overruled === this.#overruled) this.pausedOnServer = muted;
      }
    }
    this.#release();
  }

  /** Its codec would be another one if it began now. */
  get recodes(): boolean {
    return this.#recodes && !this.#removed && this.#sender !== undefined;
  }

  /**
   * Of a picture that is sent: the codec in which it would begin now, where that is another one.
   */
  get otherCodec(): VideoCodec | undefined {
    const sent = this.#sender?.codec;
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
    const sender = this.#sender;
    if (!sender || this.#removed) return;
    const muted = this.#muted;
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
    const goesOn = this.#sender === sender;
    // The old path may have been lost meanwhile: then this one is the only one.
    const lost = this.#sender === undefined && !this.#removed && transport.state !== 'closed';
    if (this.#closed || !(goesOn || lost)) {
      // Given up meanwhile.
      next.close();
      await request(() => session.request('producer.close', { producerId: next.producerId }));
      return;
    }
    this.retire();
    this.#retiring = goesOn ? { sender, through: this.#through! } : undefined;
    this.#sender = next;
    this.#through = transport;
    this.#sending = null;
    // A moderator may have muted it meanwhile: the replacement of a muted stream is muted.
    this.pausedOnServer ||= muted;
    this.#echoes = [];
    await this.#send(this.#wanted);
  }

  /** Stops sending through the former transport; if given, only if that is `through`. */
  retire(through?: SendTransport): void {
    if (through && this.#retiring?.through !== through) return;
    this.#retiring?.sender.close();
    this.#retiring = undefined;
  }

  /** The server has no producer (any more). */
  forget(): void {
    this.retire();
    this.#sender?.close();
    this.#sender = undefined;
    this.#through = undefined;
    this.#sending = null;
    this.#echoes = [];
    this.#doubtful = false;
    if (this.#removed) this.#release();
  }

  /**
   * Replaces a publication of the same source that is being removed, and takes over its producer.
   */
  follow(previous: Publication): void {
    this.#sender = previous.#sender;
    this.#through = previous.#through;
    this.#retiring = previous.#retiring;
    this.#sending = previous.#sending;
    this.pausedOnServer = previous.pausedOnServer;
    previous.#sender = undefined;
    previous.#retiring = undefined;
    previous.#release();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.#removed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.forget();
  }

  close(): void {
    this.#closed = true;
    this.forget();
    this.#release();
  }

  get #wanted(): MediaStreamTrack | null {
    return this.#muted ? null : this.#track;
  }

  #overrule(paused: boolean): boolean {
    this.#overruled += 1;
    this.pausedOnServer = paused;
    const muted = paused && !this.#muted;
    if (muted) {
      this.#muted = true;
      this.#send(null).catch(() => {});
    }
    // The moderator may have done what this side was about to do.
    if (this.settled) this.#release();
    this.#changed();
    return muted;
  }

  async #send(track: MediaStreamTrack | null): Promise<void> {
    const sender = this.#sender;
    if (!sender || this.#sending === track) return;
    this.#sending = track;
    await Promise.all([sender.replaceTrack(track), this.#retiring?.sender.replaceTrack(track)]);
  }

  #release(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}

/** An object that is closed already is no error. */
async function request(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (isPassing(error) && !isTransportGone(error)) throw error;
  }
}
