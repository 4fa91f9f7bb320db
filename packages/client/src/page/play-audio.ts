import type { Call, TypedEmitter } from '../api/call.js';
import { Emitter } from '../emitter.js';
import { WaterbusError } from '../failures.js';

/** The events of the sound of a call. */
export interface AudioEvents {
  /** The browser refuses to play sound before a click (true), or plays it now (false). */
  audioBlocked: (blocked: boolean) => void;
}

/** The sound of all other participants of a call. */
export interface CallAudio extends TypedEmitter<AudioEvents> {
  /** The browser refuses to play sound: call `startAudio` in the handler of a click. */
  readonly blocked: boolean;
  startAudio(): Promise<void>;
  /**
   * Plays on this device (`listDevices('audiooutput')`) from now on; '' is the system's default.
   * Rejects with `browser.unsupported` where browsers cannot choose, and as `setSinkId` does.
   */
  setSpeaker(deviceId: string): Promise<void>;
  /** Ends with the call as well. */
  stop(): void;
}

/**
 * Plays the sound of all other participants, without elements on the page. Each new track plays at
 * once; a track that was replaced ends.
 */
export function playAudio(call: Pick<Call, 'on' | 'participants'>, { speakerId = '' } = {}): CallAudio {
  return new PlayedAudio(call, speakerId);
}

class PlayedAudio implements CallAudio {
  blocked = false;
  #call: Pick<Call, 'on' | 'participants'>;
  #events = new Emitter<AudioEvents>();
  #elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  #refused = new Set<HTMLAudioElement>();
  #speakerId: string;
  #stops: (() => void)[];

  constructor(call: Pick<Call, 'on' | 'participants'>, speakerId: string) {
    this.#call = call;
    this.#speakerId = speakerId;
    this.#stops = [call.on('change', () => this.#follow()), call.on('closed', () => this.stop())];
    this.#follow();
  }

  on<K extends keyof AudioEvents>(event: K, listener: AudioEvents[K]): () => void {
    return this.#events.on(event, listener);
  }

  off<K extends keyof AudioEvents>(event: K, listener: AudioEvents[K]): void {
    this.#events.off(event, listener);
  }

  async startAudio(): Promise<void> {
    await Promise.all([...this.#refused].map((element) => this.#play(element)));
  }

  async setSpeaker(deviceId: string): Promise<void> {
    const elements = [...this.#elements.values()];
    if (!('setSinkId' in HTMLMediaElement.prototype)) {
      throw new WaterbusError('browser.unsupported', 'This browser plays on the system’s device only');
    }
    await Promise.all(elements.map((element) => element.setSinkId(deviceId)));
    this.#speakerId = deviceId;
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const track of [...this.#elements.keys()]) this.#end(track);
    this.#events.removeAll();
  }

  #follow(): void {
    const tracks = new Set<MediaStreamTrack>();
    for (const { publications } of this.#call.participants) {
      for (const { kind, track } of publications) if (kind === 'audio' && track) tracks.add(track);
    }
    for (const track of [...this.#elements.keys()]) if (!tracks.has(track)) this.#end(track);
    for (const track of tracks) if (!this.#elements.has(track)) this.#begin(track);
  }

  #begin(track: MediaStreamTrack): void {
    const element = new Audio();
    element.srcObject = new MediaStream([track]);
    this.#elements.set(track, element);
    // The device may have been unplugged: the system's default plays then.
    if (this.#speakerId && 'setSinkId' in element) element.setSinkId(this.#speakerId).catch(() => {});
    void this.#play(element);
  }

  #end(track: MediaStreamTrack): void {
    const element = this.#elements.get(track);
    if (!element) return;
    this.#elements.delete(track);
    this.#refused.delete(element);
    element.pause();
    element.srcObject = null;
    this.#report();
  }

  async #play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.#refused.delete(element);
    } catch (error) {
      // Any other error: the element ended meanwhile.
      if ((error as Error).name === 'NotAllowedError') this.#refused.add(element);
    }
    this.#report();
  }

  #report(): void {
    const blocked = this.#refused.size > 0;
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.#events.emit('audioBlocked', blocked);
  }
}
