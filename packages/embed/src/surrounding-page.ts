import {
  type MeetingCommand,
  type MeetingEvents,
  type MeetingJoinToken,
  READY,
  type StartOptions,
  startOf,
  type ToPage,
  toFrameOf,
} from './messages.js';

/** The page around the frame, as the frame sees it. */
export interface SurroundingPage {
  /** As the browser reported it with the first message. */
  readonly origin: string;
  readonly options: StartOptions;
  emit<K extends keyof MeetingEvents>(event: K, detail: MeetingEvents[K]): void;
  /** Requests a join token. Rejects with `embed.no_join_token`. */
  joinToken(): Promise<MeetingJoinToken>;
  /**
   * Executes commands from now on, until the returned function is called. A rejection with a `code`
   * is answered with it. Without it, commands are answered with `embed.not_joined`.
   */
  obey(execute: (command: MeetingCommand) => unknown): () => void;
}

/** A refusal of this package, by its code. */
export class EmbedError extends Error {
  override readonly name = 'EmbedError';
  constructor(readonly code: string) {
    super(code);
  }
}

/** The used part of the frame's own window. */
export type FrameWindow = Pick<Window, 'addEventListener' | 'removeEventListener'> & {
  readonly parent: Pick<Window, 'postMessage'>;
};

/**
 * Announces the frame to the window around it, and resolves with the page that answers first. Only
 * that window is heard; the browser admits only windows of the origins in `frame-ancestors`.
 */
export function surroundingPage(frame: FrameWindow, signal: AbortSignal): Promise<SurroundingPage> {
  return new Promise((resolve) => {
    const receive = ({ source, origin, data, ports }: MessageEvent) => {
      const options = source === (frame.parent as unknown) ? startOf(data) : undefined;
      const port = ports[0];
      if (!options || !port) return;
      frame.removeEventListener('message', receive);
      resolve(new PortOfPage(port, origin, options));
    };
    frame.addEventListener('message', receive);
    signal.addEventListener('abort', () => frame.removeEventListener('message', receive));
    // The origin around the frame is not known yet, and the message contains nothing.
    frame.parent.postMessage(READY, '*');
  });
}

class PortOfPage implements SurroundingPage {
  readonly origin: string;
  readonly options: StartOptions;
  #port: MessagePort;
  #execute: ((command: MeetingCommand) => unknown) | undefined;
  #requests = new Map<number, (token: MeetingJoinToken | undefined) => void>();
  #lastRequest = 0;

  constructor(port: MessagePort, origin: string, options: StartOptions) {
    this.origin = origin;
    this.options = options;
    this.#port = port;
    port.onmessage = ({ data }) => void this.#receive(data);
  }

  emit<K extends keyof MeetingEvents>(event: K, detail: MeetingEvents[K]): void {
    this.#send({ event, detail });
  }

  async joinToken(): Promise<MeetingJoinToken> {
    this.#lastRequest += 1;
    const id = this.#lastRequest;
    const token = await new Promise<MeetingJoinToken | undefined>((resolve) => {
      this.#requests.set(id, resolve);
      this.#send({ id, wants: 'join-token' });
    });
    if (!token) throw new EmbedError('embed.no_join_token');
    return token;
  }

  obey(execute: (command: MeetingCommand) => unknown): () => void {
    this.#execute = execute;
    return () => {
      if (this.#execute === execute) this.#execute = undefined;
    };
  }

  async #receive(data: unknown): Promise<void> {
    const message = toFrameOf(data);
    if (!message) return;
    if ('joinToken' in message) {
      this.#requests.get(message.id)?.(message.joinToken);
      this.#requests.delete(message.id);
      return;
    }
    const { id, command } = message;
    try {
      if (!command) throw new EmbedError('embed.unknown_command');
      if (!this.#execute) throw new EmbedError('embed.not_joined');
      await this.#execute(command);
      this.#send({ id, error: undefined });
    } catch (error) {
      this.#send({ id, error: codeOf(error) });
    }
  }

  #send(message: ToPage): void {
    this.#port.postMessage(message);
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'internal';
}
