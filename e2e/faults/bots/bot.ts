import { randomUUID } from 'node:crypto';
import { type Call, type Message, WaterbusError } from '@waterbus/client';
import { joinWith } from '@waterbus/client/testing/join';
import { openSocket, type SignallingSocket } from '@waterbus/client/testing/socket';
import type { History } from '../history.js';
import { deviceWithoutMedia, silentTrack } from './device-without-media.js';
import { cut, tapped } from './tapped-web-sockets.js';
import { WireTap } from './wire-tap.js';

export interface BotOptions {
  history: History;
  /** Its name in the history. */
  client: string;
  /** Origin of page, API and signalling. */
  url: string;
  code: string;
  hostToken?: string;
  /** Whether the bot has a microphone. */
  publishes?: boolean;
}

/**
 * A participant without a browser: our whole SDK on a device without media. It records its actions
 * and the events that it receives.
 */
export class Bot {
  readonly client: string;
  readonly call: Call;
  readonly #history: History;
  readonly #tap: WireTap;
  readonly #socket: () => SignallingSocket | undefined;
  /** By `performance.now()`. */
  lastNews = 0;

  private constructor(options: BotOptions, call: Call, tap: WireTap, socket: () => SignallingSocket | undefined) {
    this.client = options.client;
    this.call = call;
    this.#history = options.history;
    this.#tap = tap;
    this.#socket = socket;
    this.#listen();
  }

  /** Rejects as `join` of the SDK does. */
  static async join(options: BotOptions): Promise<Bot> {
    const { history, client, url, code, hostToken, publishes = true } = options;
    let newest: SignallingSocket | undefined;
    const tap = new WireTap(client, (entry) => history.write(entry));
    const tracks = publishes ? [{ track: silentTrack(), source: 'microphone' as const }] : [];
    const call = await joinWith(
      {
        server: url,
        code,
        name: client,
        autoSubscribe: false,
        tracks,
        ...(hostToken !== undefined && { hostToken }),
      },
      {
        device: deviceWithoutMedia(),
        openSocket: async (...of) => {
          newest = await tapped(tap, () => openSocket(...of));
          return newest;
        },
      },
    );
    return new Bot(options, call, tap, () => newest);
  }

  get id(): string {
    return this.call.local.id;
  }

  /** Undefined without a publication. */
  get muted(): boolean | undefined {
    return this.call.local.publication('microphone')?.muted;
  }

  /** Changes the bot's own state; the SDK retries until the server has it. */
  mute(muted: boolean): void {
    const publication = this.call.local.publication('microphone');
    // Rejects when the call ends before the request is sent.
    publication?.[muted ? 'mute' : 'unmute']().catch(() => {});
  }

  /**
   * Resolves with the code of a refusal, or with undefined after an acknowledgement. The same
   * `clientId` means the same message.
   */
  async sendMessage(text: string, clientId: string = randomUUID()): Promise<string | undefined> {
    const { client } = this;
    this.#history.write({ client, type: 'chat.sent', clientId, text });
    try {
      const message = await this.call.chat.send(text, { clientId });
      this.#history.write({ client, type: 'chat.acknowledged', clientId, message });
      return undefined;
    } catch (error) {
      if (!(error instanceof WaterbusError)) throw error;
      this.#history.write({ client, type: 'chat.refused', clientId, code: error.code });
      return error.code;
    }
  }

  /** Ends its sockets; the SDK must open another one. */
  cut(): number {
    return cut(this.#tap);
  }

  /** Sends on its newest socket, for requests that the SDK makes only when necessary. */
  request: SignallingSocket['request'] = async (...of) => {
    const socket = this.#socket();
    if (!socket) throw new Error(`${this.client} has no socket`);
    return socket.request(...of);
  };

  /** Whether the bot shows exactly these others, all connected, with their own mute states. */
  sees(others: readonly Bot[]): boolean {
    const { participants } = this.call;
    return (
      this.call.connection === 'connected' &&
      participants.length === others.length &&
      others.every((other) => {
        const seen = participants.find(({ id }) => id === other.id);
        return seen?.connection === 'connected' && seen.publication('microphone')?.muted === other.muted;
      })
    );
  }

  /** For the log: the reason for a false result of `sees`. */
  shown(): string {
    const { connection, participants } = this.call;
    const others = participants.map(
      ({ name, connection: state, publications }) =>
        `${name} ${state} ${publications.map(({ source, muted }) => (muted ? `${source} muted` : source)).join(' ')}`,
    );
    return `itself ${connection} ${this.muted === undefined ? 'without microphone' : this.muted ? 'muted' : 'not muted'}; ${others.join(', ')}`;
  }

  /** Requests the room and, with `chat`, the whole chat, and records its view. */
  async conclude({ chat = true } = {}): Promise<void> {
    const { client } = this;
    await this.request('sync', {});
    if (chat) this.#history.write({ client, type: 'chat.backlog', messages: await this.backlog() });
    const participants = this.call.participants.map(({ id, connection, publications }) => ({
      id,
      connection,
      sources: publications.map(({ source }) => source),
    }));
    this.#history.write({ client, type: 'view', participants });
  }

  /** Oldest first. */
  async backlog(): Promise<Message[]> {
    const messages: Message[] = [];
    for (;;) {
      const page = await this.call.chat.list({ after: messages.at(-1)?.seq ?? 0, limit: 100 });
      messages.push(...page.items);
      if (!page.more) return messages;
    }
  }

  #listen(): void {
    const { client, call } = this;
    const write = this.#history;
    const news = () => {
      this.lastNews = performance.now();
    };
    const joined = ({ id }: { id: string }) => write.write({ client, type: 'joined', participantId: id });
    for (const participant of call.participants) joined(participant);
    call.on('participant.joined', joined);
    call.on('connection', (state) => write.write({ client, type: 'connection', state }));
    call.on('participant.left', ({ id }, reason) => write.write({ client, type: 'left', participantId: id, reason }));
    call.on('meeting', (event) => {
      if (event.type === 'message.created') write.write({ client, type: 'chat.seen', message: event.message });
    });
    call.on('publication.updated', news);
    call.on('participant.joined', news);
    call.on('participant.left', news);
  }
}
