import { frameTitle } from './frame-title.js';
import {
  isReady,
  joinTokenOf,
  type MeetingCommand,
  type MeetingEvents,
  type MeetingJoinToken,
  type MeetingLayout,
  type StartOptions,
  type ToFrame,
  toPageOf,
} from './messages.js';
import { EmbedError } from './surrounding-page.js';

/** The meeting to show, and how. */
export interface EmbedOptions {
  /** Origin of the Waterbus server, for example `https://meet.example.org`. */
  server: string;
  /** Of the meeting: `abc-defg-hjk`. */
  code: string;
  /** Written into the lobby. */
  name?: string;
  /**
   * A join token that the page's back end created; the frame then shows no lobby. Called for each
   * join, because a token works once. It reaches the frame by a message, and no address contains it.
   */
  joinToken?: () => MeetingJoinToken | Promise<MeetingJoinToken>;
  /** Whether they are on at the beginning; by default as the user left them. */
  microphone?: boolean;
  camera?: boolean;
  layout?: MeetingLayout;
  /**
   * Language of the frame (BCP 47), for example `de`: English, German or Arabic. By default, and for
   * other languages, that of the browser.
   */
  lang?: string;
}

type Listeners = { [K in keyof MeetingEvents]?: Set<(detail: MeetingEvents[K]) => void> };

/** A meeting in a frame of this page. */
export class EmbeddedMeeting {
  readonly iframe: HTMLIFrameElement;
  #options: EmbedOptions;
  #origin: string;
  #port: MessagePort | undefined;
  #listeners: Listeners = {};
  #commands = new Map<number, (error: string | undefined) => void>();
  #lastCommand = 0;

  /**
   * Adds the frame to the element, whose size it fills.
   *
   * @throws {TypeError} `server` is no address.
   */
  constructor(container: Node, options: EmbedOptions) {
    this.#options = options;
    this.#origin = new URL(options.server).origin;
    this.iframe = container.ownerDocument!.createElement('iframe');
    Object.assign(this.iframe, frameTitle(options.lang, globalThis.navigator?.languages ?? []));
    this.iframe.allow = FEATURES.map((feature) => `${feature} ${this.#origin}`).join('; ');
    Object.assign(this.iframe.style, { border: '0', width: '100%', height: '100%' });
    const language = options.lang ? `?${new URLSearchParams({ lang: options.lang })}` : '';
    this.iframe.src = `${this.#origin}/embed/${encodeURIComponent(options.code)}${language}`;
    window.addEventListener('message', this.#announced);
    container.appendChild(this.iframe);
  }

  on<K extends keyof MeetingEvents>(event: K, listener: (detail: MeetingEvents[K]) => void): () => void {
    const listeners: Set<(detail: MeetingEvents[K]) => void> = this.#listeners[event] ?? new Set();
    (this.#listeners as Record<K, typeof listeners>)[event] = listeners;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /**
   * The commands resolve when they have an effect. They reject with an {@link EmbedError}:
   * `embed.not_joined` outside of the call, `embed.closed`, `embed.unknown_command`, or a code of the protocol's catalogue.
   */
  setMicrophone(on: boolean): Promise<void> {
    return this.#command({ command: 'microphone', on });
  }

  setCamera(on: boolean): Promise<void> {
    return this.#command({ command: 'camera', on });
  }

  /** Sends a chat message of 1 to 4000 characters. */
  sendChat(text: string): Promise<void> {
    return this.#command({ command: 'chat', text });
  }

  setLayout(layout: MeetingLayout): Promise<void> {
    return this.#command({ command: 'layout', layout });
  }

  hangUp(): Promise<void> {
    return this.#command({ command: 'hang-up' });
  }

  /** Removes the frame, and with it the participant. */
  close(): void {
    window.removeEventListener('message', this.#announced);
    this.iframe.remove();
    this.#replacePort(undefined);
  }

  /** The frame has loaded, for the first time or again. */
  #announced = ({ source, origin, data }: MessageEvent): void => {
    const frame = this.iframe.contentWindow;
    if (!frame || source !== frame || origin !== this.#origin || !isReady(data)) return;
    const { port1, port2 } = new MessageChannel();
    this.#replacePort(port1);
    port1.onmessage = ({ data: message }) => void this.#receive(port1, message);
    const { name, microphone, camera, layout, joinToken } = this.#options;
    const options: StartOptions = { name, microphone, camera, layout, hasJoinTokens: joinToken !== undefined };
    frame.postMessage({ waterbus: 'start', options }, this.#origin, [port2]);
  };

  async #receive(port: MessagePort, data: unknown): Promise<void> {
    const message = toPageOf(data);
    if (!message) return;
    if ('event' in message) return this.#emit(message.event, message.detail);
    if ('wants' in message) {
      const token = await Promise.resolve()
        .then(() => this.#options.joinToken?.())
        .catch(() => undefined);
      port.postMessage({ id: message.id, joinToken: joinTokenOf(token) } satisfies ToFrame);
      return;
    }
    this.#commands.get(message.id)?.(message.error);
    this.#commands.delete(message.id);
  }

  #emit(event: keyof MeetingEvents, detail: unknown): void {
    const listeners = this.#listeners[event] as Set<(detail: unknown) => void> | undefined;
    for (const listener of [...(listeners ?? [])]) listener(detail);
  }

  async #command(command: MeetingCommand): Promise<void> {
    const port = this.#port;
    if (!port) throw new EmbedError(this.iframe.isConnected ? 'embed.not_joined' : 'embed.closed');
    this.#lastCommand += 1;
    const id = this.#lastCommand;
    const error = await new Promise<string | undefined>((resolve) => {
      this.#commands.set(id, resolve);
      port.postMessage({ id, command } satisfies ToFrame);
    });
    if (error !== undefined) throw new EmbedError(error);
  }

  /** Commands of the former port have no effect any more. */
  #replacePort(port: MessagePort | undefined): void {
    this.#port?.close();
    this.#port = port;
    for (const settle of this.#commands.values()) settle('embed.closed');
    this.#commands.clear();
  }
}

/** What the page lets the frame use (Permissions Policy). */
const FEATURES = [
  'camera',
  'microphone',
  'display-capture',
  'autoplay',
  'fullscreen',
  'picture-in-picture',
  'screen-wake-lock',
  'speaker-selection',
  'clipboard-write',
];
