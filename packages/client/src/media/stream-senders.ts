import type { VideoCodec } from '@waterbus/protocol';
import type { Sender, SendTransport } from '../webrtc/device.js';

interface Placed {
  sender: Sender;
  through: SendTransport;
}

/**
 * The senders of one stream: the present one, and the former one until all receivers use the
 * present one (R10). Both send the same track.
 */
export class StreamSenders {
  #present: Placed | undefined;
  #former: Placed | undefined;
  #track: MediaStreamTrack | null = null;

  get present(): Sender | undefined {
    return this.#present?.sender;
  }

  /** The track that is sent now; null: none. */
  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  get codec(): VideoCodec | undefined {
    return this.present?.codec;
  }

  /** The producer of the former sender; if given, only of one through this transport. */
  formerId(through?: SendTransport): string | undefined {
    if (through && this.#former?.through !== through) return undefined;
    return this.#former?.sender.producerId;
  }

  of(producerId: string): Sender | undefined {
    return [this.present, this.#former?.sender].find((sender) => sender?.producerId === producerId);
  }

  isThrough(transport: SendTransport): boolean {
    return this.#present?.through === transport;
  }

  begin(sender: Sender, through: SendTransport, track: MediaStreamTrack | null): void {
    this.#present = { sender, through };
    this.#track = track;
  }

  /** The next sender sends nothing yet. */
  succeed(sender: Sender, through: SendTransport): void {
    this.retire();
    this.#former = this.#present;
    this.#present = { sender, through };
    this.#track = null;
  }

  async send(track: MediaStreamTrack | null): Promise<void> {
    if (!this.#present || this.#track === track) return;
    this.#track = track;
    await Promise.all([this.#present.sender.replaceTrack(track), this.#former?.sender.replaceTrack(track)]);
  }

  /** Closes the former sender; if given, only one through this transport. */
  retire(through?: SendTransport): void {
    if (through && this.#former?.through !== through) return;
    this.#former?.sender.close();
    this.#former = undefined;
  }

  close(): void {
    this.retire();
    this.present?.close();
    this.#present = undefined;
    this.#track = null;
  }

  /** Continues those of `previous`, which has none afterwards. */
  follow(previous: StreamSenders): void {
    this.#present = previous.#present;
    this.#former = previous.#former;
    this.#track = previous.#track;
    previous.#present = undefined;
    previous.#former = undefined;
  }
}
