import type { Source, VideoCodec } from '@waterbus/protocol';
import type { LocalPublication } from '../call.js';
import { coded, isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { Sender, SendTransport } from './device.js';

export interface PublicationOptions {
  source: Source;
  muted: boolean;
  /** Asked when something begins to be sent. */
  codec: () => VideoCodec | undefined;
  /** Beside a publication of the same source in another codec. */
  alternative?: boolean;
}

/**
 * What one source should send, and what it does send. Changes take effect here at once (a muted track leaves the sender within
 * the call); `settle` brings the server after it.
 */
export class Publication implements LocalPublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** What the server was last told, or said itself. */
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
  /** What sends the same through the transport before, until everybody receives it from the new one (R10). */
  #retiring: { sender: Sender; through: SendTransport } | undefined;
  #sending: MediaStreamTrack | null = null;
  #failure: unknown;
  /** What the room is going to say of our own requests, in their order: anything else is a moderator's doing. */
  #echoes: boolean[] = [];
  #overruled = 0;
  /** A request failed that may have been carried out all the same: whatever is wanted has to be said again. */
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

  /** Of a picture: the codec that it is sent in, or would be. */
  get codec(): VideoCodec | undefined {
    return this.#sender?.codec ?? this.#chooseCodec();
  }

  /** The producer that sends the same through the transport before; only if that is `through`, when given. */
  retiringId(through?: SendTransport): string | undefined {
    if (through && this.#retiring?.through !== through) return undefined;
    return this.#retiring?.sender.producerId;
  }

  /** What sends it as this producer, now or until everybody has moved on from it. */
  senderOf(producerId: string): Sender | undefined {
    return [this.#sender, this.#retiring?.sender].find((sender) => sender?.producerId === producerId);
  }

  /** Whether it is sent through another transport than this one. */
  elsewhere(transport: SendTransport): boolean {
    return this.#sender !== undefined && this.#through !== transport;
  }

  /** Whether this transport is what it is sent through. */
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

  /** Resolves when the server has what is wanted. After the call is over nothing is wanted any more. */
  whenSettled(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.settled || this.#closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The room says that the producer is paused, or goes on. True when a moderator muted it. */
  heard(paused: boolean): boolean {
    const echo = this.#echoes.indexOf(paused);
    if (echo < 0) return this.#overrule(paused);
    // Those before it changed nothing and are never told.
    this.#echoes.splice(0, echo + 1);
    return false;
  }

  /** What the room shows after a time in which nothing was heard. True when a moderator muted it meanwhile. */
  found(paused: boolean): boolean {
    this.#echoes = [];
    return paused === this.pausedOnServer ? false : this.#overrule(paused);
  }

  /** Brings sender and server into line. Rejects with what kept it from that. */
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

  /** Of a picture that is sent: the codec that it would begin in now, where that is another one. */
  get otherCodec(): VideoCodec | undefined {
    const sent = this.#sender?.codec;
    const chosen = sent && this.#chooseCodec();
    return chosen === sent ? undefined : chosen;
  }

  /** From now on it goes on in the codec that it would begin in now. */
  reconsider(): void {
    if (this.otherCodec !== undefined) this.#recodes = true;
  }

  /** Sends the same in another codec too; what was there before goes on until `retire`. */
  async recode(transport: SendTransport, session: Requester): Promise<void> {
    await this.move(transport, session, this.#chooseCodec()).catch((error) => {
      if (!isPassing(error) && !isTransportGone(error)) this.#recodes = false;
      throw error;
    });
    this.#recodes = false;
  }

  /** Sends the same through another transport too; what was there before goes on until `retire` (R10). */
  async move(transport: SendTransport, session: Requester, codec = this.codec): Promise<void> {
    const sender = this.#sender;
    if (!sender || this.#removed) return;
    const muted = this.#muted;
    // Silent at first, because whoever mutes while the answer is on its way can only be obeyed by the senders known by now.
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
    // The old way may have been lost meanwhile: then this one is all there is.
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
    // A moderator may have muted it meanwhile: what replaces a muted one is muted.
    this.pausedOnServer ||= muted;
    this.#echoes = [];
    await this.#send(this.#wanted);
  }

  /** Sends no more through the transport before; only if that is `through`, when given. */
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

  /** Takes over from a publication of the same source that is being removed, so that its producer does not stay behind. */
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
    // The moderator may have done what this side was about to.
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

/** Closing what is closed already is fine. */
async function request(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (isPassing(error) && !isTransportGone(error)) throw error;
  }
}
