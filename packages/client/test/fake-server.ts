import {
  applyRoomChange,
  type ClientRequestName,
  type ConsumerPreferences,
  clientRequests,
  decodedVideoCodecs,
  type Grants,
  type JoinRequestMedia,
  type RoomChange,
  type RoomParticipant,
  type RoomSnapshot,
  type RtpCapabilities,
  receivable,
  serverEvents,
  type VideoCodec,
} from '@waterbus/protocol';
import { coded, unreachable } from '../src/failures.js';
import type { OpenSocket, ServerMessage, SignallingSocket, SocketListener } from '../src/signalling/socket.js';

type Opened = { mediaNodeId: string; transport: { id: string } };

type Handler = (data: Record<string, unknown>, socket: FakeSocket) => unknown;

interface FakeSocket {
  listener: SocketListener;
  open: boolean;
  reject: Set<(error: unknown) => void>;
  timers: Set<ReturnType<typeof setTimeout>>;
}

/**
 * A signalling server in memory: one room, one client whose participant is `me`. Requests are
 * checked against the protocol.
 */
export class FakeServer {
  room: RoomSnapshot = { roomId: 'room', version: 1, participants: [] };
  me = 'me';
  grants: Grants = {
    publish: ['microphone', 'camera', 'screen', 'screen-audio'],
    subscribe: true,
    moderate: false,
    hidden: false,
  };
  /** The origins to which sockets were opened. */
  origins: string[] = [];
  /** Every request so far, as `name` or `name argument`. */
  log: string[] = [];
  /** Reported with the end of consumers. */
  gaps: number[] = [];
  sockets: FakeSocket[] = [];
  /** Consumers that exist for the client, by producer. */
  consumers = new Map<string, { id: string; transportId: string; participantId: string }>();
  transports = new Map<string, string>();
  producers = new Map<string, string>();
  /** While false, sockets cannot be opened. */
  reachable = true;
  /** Origins at which no socket can be opened, and how the attempt fails. */
  dead = new Map<string, 'refuses' | 'is silent'>();
  /** Pending attempts at silent origins. */
  pending = 0;
  /** The media node of the next send transport. */
  placement = 'node-1';
  iceServers: { urls: string[] }[] = [];
  /** User name fragments of clients, by transport. */
  credentials = new Map<string, string>();
  /** The client's view of each picture, by consumer. */
  preferences = new Map<string, Omit<ConsumerPreferences, 'consumerId'>>();
  /** The number of receivers of each of our producers. */
  receivers = 0;
  /** Whether a join opens the media that it requests. */
  opensWithJoin = false;
  /**
   * Handles a request instead of the server, for as long as it is set; `LOSE` leaves it unanswered.
   */
  overrides: Partial<Record<ClientRequestName, Handler>> = {};
  #ids = 0;

  openSocket: OpenSocket = async (origin, listener, signal, join) => {
    await Promise.resolve();
    signal?.throwIfAborted();
    this.log.push('open');
    this.origins.push(origin);
    if (!this.reachable || this.dead.get(origin) === 'refuses') throw unreachable('refused');
    if (this.dead.get(origin) === 'is silent') await this.#unanswered(signal);
    // The connect packet waits for the join that it carries.
    const carried = await (join && unlessAborted(join, signal));
    const socket: FakeSocket = { listener, open: true, reject: new Set(), timers: new Set() };
    this.sockets.push(socket);
    const result: SignallingSocket = {
      request: async (name, data, timeout = 8_000) => {
        const request = clientRequests[name].request.parse(data) as Record<string, unknown>;
        this.log.push(describe(name, request));
        if (typeof request.gap === 'number') this.gaps.push(request.gap);
        const answer = await new Promise<unknown>((resolve, reject) => {
          socket.reject.add(reject);
          if (!socket.open) reject(unreachable('closed'));
          Promise.resolve()
            .then(() => (this.overrides[name] ?? this.handlers[name])?.(request, socket))
            .then((value) => {
              if (value !== LOSE) resolve(value);
              else socket.timers.add(setTimeout(() => reject(unreachable('no answer')), timeout));
            }, reject);
        });
        return clientRequests[name].response.parse(answer ?? {}) as never;
      },
      close: () => this.#close(socket),
    };
    return carried ? { ...result, joined: handled(result.request('join', carried)) } : result;
  };

  async #unanswered(signal: AbortSignal | undefined): Promise<void> {
    this.pending += 1;
    await unlessAborted(new Promise<void>(() => {}), signal).finally(() => {
      this.pending -= 1;
    });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** The network between client and server breaks. */
  cut(): void {
    const { socket } = this;
    if (!socket.open) return;
    this.#close(socket);
    socket.listener.lost();
  }

  send<M extends ServerMessage>(name: M['name'], data: M['data']): void {
    if (!this.sockets.at(-1)?.open) return;
    serverEvents[name].parse(data);
    this.socket.listener.message({ name, data } as ServerMessage);
  }

  /** Changes the room and notifies the client. */
  change(change: RoomChange, isEmitted = true): void {
    const next = applyRoomChange(this.room, change);
    if (!next) throw new Error(`nothing new in ${JSON.stringify(change)}`);
    this.room = next;
    if (isEmitted) this.send('room', { roomId: next.roomId, version: next.version, change });
  }

  join(id: string, ...producers: [source: 'camera' | 'microphone', mediaNodeId: string][]): void {
    this.change({ type: 'participant.joined', participant: participant(id) });
    for (const [source, mediaNodeId] of producers) this.produce(id, source, mediaNodeId);
  }

  produce(
    participantId: string,
    source: 'camera' | 'microphone',
    mediaNodeId: string,
    more: { replaces?: string; codec?: VideoCodec; alternative?: true } = {},
  ): string {
    const id = `${participantId}-${source}-${mediaNodeId}${more.alternative ? '-alternative' : ''}`;
    const kind = source === 'camera' ? 'video' : 'audio';
    const producer = { id, kind, source, paused: false, mediaNodeId, ...more } as const;
    this.change({ type: 'producer.added', participantId, producer });
    return id;
  }

  joined(): unknown {
    if (!this.room.participants.some(({ id }) => id === this.me)) {
      this.room = applyRoomChange(this.room, { type: 'participant.joined', participant: participant(this.me) })!;
    }
    return {
      participantId: this.me,
      resumeToken: `resume-${this.sockets.length}`,
      graceTime: 15_000,
      grants: this.grants,
      room: this.room,
      rtpCapabilities: { codecs: [] },
      iceServers: this.iceServers,
    };
  }

  /** All transports and consumers on a media node are lost. */
  loseMediaNode(mediaNodeId: string): void {
    for (const [transportId, node] of this.transports) if (node === mediaNodeId) this.transports.delete(transportId);
    for (const [producerId, { transportId }] of this.consumers) {
      if (!this.transports.has(transportId)) this.consumers.delete(producerId);
    }
  }

  readonly handlers: Partial<Record<ClientRequestName, Handler>> = {
    join: ({ media }) => ({
      ...(this.joined() as object),
      ...(this.opensWithJoin && media !== undefined && { media: this.#firstMedia(media as JoinRequestMedia) }),
    }),
    resume: () => this.joined(),
    sync: () => ({ room: this.room }),
    'transport.open': ({ direction, mediaNodeId }) => {
      const id = `${direction}-${++this.#ids}`;
      const node = (mediaNodeId as string) ?? this.placement;
      this.transports.set(id, node);
      return {
        mediaNodeId: node,
        transport: {
          id,
          iceParameters: ice,
          iceCandidates: [],
          dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
        },
      };
    },
    'transport.close': ({ transportId }) => {
      this.transports.delete(transportId as string);
      for (const [producerId, through] of this.producers) {
        if (through !== transportId) continue;
        this.producers.delete(producerId);
        this.change({ type: 'producer.removed', participantId: this.me, producerId });
      }
    },
    'consumer.setPreferences': ({ consumers }) => {
      const known = new Set([...this.consumers.values()].map(({ id }) => id));
      for (const { consumerId, ...view } of consumers as ConsumerPreferences[]) {
        if (known.has(consumerId)) this.preferences.set(consumerId, view);
      }
    },
    'consumer.close': ({ consumerId }) => {
      for (const [producerId, { id }] of this.consumers) if (id === consumerId) this.consumers.delete(producerId);
    },
    iceServers: () => ({ iceServers: this.iceServers }),
    'transport.restartIce': ({ transportId }) => {
      this.#need(transportId as string);
      return { iceParameters: ice };
    },
    'transport.credentials': ({ transportId, iceParameters }) => {
      this.#need(transportId as string);
      this.credentials.set(transportId as string, (iceParameters as { usernameFragment: string }).usernameFragment);
    },
    produce: ({ transportId, source, kind, paused, replaces, alternative }) => {
      const mediaNodeId = this.#need(transportId as string);
      const id = `own-${++this.#ids}`;
      this.producers.set(id, transportId as string);
      this.change({
        type: 'producer.added',
        participantId: this.me,
        producer: {
          id,
          kind: kind as 'audio',
          source: source as 'camera',
          paused: paused as boolean,
          mediaNodeId,
          ...(replaces !== undefined && { replaces: replaces as string }),
          ...(alternative === true && { alternative }),
        },
      });
      return { producerId: id };
    },
    'producer.pause': ({ producerId }) => this.#pause(producerId as string, true),
    'producer.resume': ({ producerId }) => this.#pause(producerId as string, false),
    'producer.close': ({ producerId }) => {
      this.producers.delete(producerId as string);
      this.change({ type: 'producer.removed', participantId: this.me, producerId: producerId as string });
    },
    'producer.stats': () => ({ consumers: this.receivers }),
    subscribe: ({ participantId, transportId, rtpCapabilities }) => {
      const node = this.#need(transportId as string);
      const producers = this.room.participants.find(({ id }) => id === participantId)?.producers;
      if (!producers) throw coded('participant.not_found');
      const consumers = receivable(producers, decodedVideoCodecs((rtpCapabilities ?? {}) as RtpCapabilities))
        .filter((producer) => producer.mediaNodeId === node && !this.consumers.has(producer.id))
        .map(({ id: producerId, source, kind }) => {
          const id = `consumer-${++this.#ids}`;
          const of = { participantId: participantId as string, transportId: transportId as string };
          this.consumers.set(producerId, { id, ...of });
          return { id, producerId, participantId, source, kind, rtpParameters };
        });
      return { consumers };
    },
    unsubscribe: ({ participantId }) => {
      for (const [producerId, consumer] of this.consumers) {
        if (consumer.participantId === participantId) this.consumers.delete(producerId);
      }
    },
  };

  #firstMedia({ send, receive }: JoinRequestMedia): unknown {
    const open = (request: Record<string, unknown>) => this.handlers['transport.open']!(request, this.socket) as Opened;
    const sending = send ? open({ direction: 'send' }) : undefined;
    const others = this.room.participants.filter(({ id }) => id !== this.me);
    const nodes = others.flatMap(({ producers }) => producers.map(({ mediaNodeId }) => mediaNodeId));
    const ways = [...new Set([...nodes, ...(sending ? [sending.mediaNodeId] : [])])].map((mediaNodeId) => {
      const way = open({ direction: 'receive', mediaNodeId });
      const transportId = way.transport.id;
      const consumers = others.flatMap(({ id: participantId }) => {
        const answer = this.handlers.subscribe!({ participantId, transportId }, this.socket);
        return (answer as { consumers: unknown[] }).consumers;
      });
      return { ...way, consumers };
    });
    return { ...(sending && { send: sending }), receive: receive ? ways : [] };
  }

  #close(socket: FakeSocket): void {
    socket.open = false;
    for (const timer of socket.timers) clearTimeout(timer);
    for (const reject of socket.reject) reject(unreachable('closed'));
  }

  #need(transportId: string): string {
    const node = this.transports.get(transportId);
    if (!node) throw coded('transport.not_found');
    return node;
  }

  #pause(producerId: string, paused: boolean): void {
    const change: RoomChange = { type: 'producer.updated', participantId: this.me, producerId, paused };
    if (applyRoomChange(this.room, change)) this.change(change);
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Its rejection is handled later, or never. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** The result of a handler whose answer never arrives. */
export const LOSE = Symbol('lose');

export function participant(id: string): RoomParticipant {
  return { id, name: id.toUpperCase(), role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
}

const ice = { usernameFragment: 'u', password: 'p', iceLite: true };
const rtpParameters = { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }] };

function describe(name: string, request: Record<string, unknown>): string {
  const of =
    request.source ??
    request.participantId ??
    (name === 'transport.close' ? request.transportId : undefined) ??
    request.mediaNodeId ??
    request.producerId ??
    request.direction ??
    '';
  return `${name} ${of}`.trim();
}
