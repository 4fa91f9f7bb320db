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

/** Where and how the sound plays. */
export interface PlayAudioOptions {
  /** A device of `listDevices('audiooutput')`; omitted: the system's default. */
  speakerId?: string;
  /** Holds the elements, each with the participant's id in `data-sound-of`; omitted: off the page. */
  within?: Element | undefined;
}

/**
 * Plays the sound of all other participants. Each track plays at once; one that replaces another
 * follows it without a gap.
 */
export function playAudio(call: Pick<Call, 'on' | 'participants'>, options: PlayAudioOptions = {}): CallAudio {
  return new PlayedAudio(call, options);
}

/** An element, and what it plays. */
interface Played {
  readonly element: HTMLAudioElement;
  /** Of participant and source: one is heard for each, and its successor is silent beside it. */
  readonly key: string;
}

class PlayedAudio extends Emitter<AudioEvents> implements CallAudio {
  blocked = false;
  #call: Pick<Call, 'on' | 'participants'>;
  #played = new Map<MediaStreamTrack, Played>();
  #refused = new Set<HTMLAudioElement>();
  #speakerId: string;
  #within: Element | undefined;
  #stops: (() => void)[];

  constructor(call: Pick<Call, 'on' | 'participants'>, { speakerId = '', within }: PlayAudioOptions) {
    super();
    this.#call = call;
    this.#speakerId = speakerId;
    this.#within = within;
    this.#stops = [call.on('change', () => this.#follow()), call.on('closed', () => this.stop())];
    this.#follow();
  }

  async startAudio(): Promise<void> {
    await Promise.all([...this.#refused].map((element) => this.#play(element)));
  }

  async setSpeaker(deviceId: string): Promise<void> {
    if (!('setSinkId' in HTMLMediaElement.prototype)) {
      throw new WaterbusError('browser.unsupported', 'The browser cannot choose speakers');
    }
    await Promise.all([...this.#played.values()].map(({ element }) => element.setSinkId(deviceId)));
    this.#speakerId = deviceId;
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#endAll(() => true);
    this.removeAll();
  }

  #follow(): void {
    const wanted = new Map<string, MediaStreamTrack>();
    for (const { id, publications } of this.#call.participants) {
      for (const { kind, source, track } of publications) {
        if (kind === 'audio' && track) wanted.set(`${id} ${source}`, track);
      }
    }
    // A track that is heard plays until its successor does.
    this.#endAll(({ key, element }, track) => !wanted.has(key) || (element.muted && wanted.get(key) !== track));
    for (const [key, track] of wanted) if (!this.#played.has(track)) this.#begin(key, track);
  }

  #begin(key: string, track: MediaStreamTrack): void {
    const element = new Audio();
    const [participantId] = key.split(' ');
    element.dataset.soundOf = participantId;
    element.srcObject = new MediaStream([track]);
    element.muted = [...this.#played.values()].some((other) => other.key === key);
    if (element.muted) {
      const succeed = () => {
        if (!element.muted || this.#played.get(track)?.element !== element) return;
        this.#endAll((other) => other.key === key && other.element !== element);
        element.muted = false;
        void this.#play(element);
      };
      element.addEventListener('playing', succeed);
      setTimeout(succeed, LONGEST_WAIT);
    }
    this.#played.set(track, { element, key });
    this.#within?.append(element);
    // The device may have been unplugged: the system's default plays then.
    if (this.#speakerId && 'setSinkId' in element) element.setSinkId(this.#speakerId).catch(() => {});
    void this.#play(element);
  }

  #endAll(areOver: (played: Played, track: MediaStreamTrack) => boolean): void {
    for (const [track, played] of [...this.#played]) {
      if (!areOver(played, track)) continue;
      const { element } = played;
      this.#played.delete(track);
      this.#refused.delete(element);
      element.pause();
      element.srcObject = null;
      element.remove();
    }
    this.#report();
  }

  async #play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.#refused.delete(element);
    } catch (error) {
      // Any other error, and none left to play: the element ended meanwhile.
      if ((error as Error).name === 'NotAllowedError' && element.srcObject) this.#refused.add(element);
    }
    this.#report();
  }

  #report(): void {
    const blocked = this.#refused.size > 0;
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.emit('audioBlocked', blocked);
  }
}

/** Milliseconds: the SDK emits a track when its first media have arrived. */
const LONGEST_WAIT = 1_500;
