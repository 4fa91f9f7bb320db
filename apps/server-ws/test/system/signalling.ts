import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Cluster, createInProcessCluster, type InProcessCluster } from '@waterbus/cluster';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import type { Logger, MediaHost } from '@waterbus/media-host';
import {
  applyRoomChange,
  type ClientRequest,
  type ClientRequestName,
  type ClientResponse,
  CodedError,
  type Grants,
  JOIN_TOKEN_AUDIENCE,
  type JoinedResponse,
  meetingTopic,
  PROTOCOL_VERSION,
  type Reply,
  ROOM_COMMAND,
  ROOM_RECORDS_GROUP,
  ROOM_RECORDS_STREAM,
  type RoomCommand,
  type RoomRecord,
  type RoomSnapshot,
  type ServerEvent,
  type ServerEventName,
  SIGNALLING_PATH,
} from '@waterbus/protocol';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { createServerWs, type ServerWs, type ServerWsOptions } from '../../src/index.js';
import { FakeMediaHost } from './fake-media-host.js';

export const SECRET = 'a secret that Server API and Server WS share';

/** One Server WS on a free port. */
export interface Node<H extends MediaHost = FakeMediaHost, C extends Cluster = InProcessCluster> {
  id: string;
  url: string;
  mediaHost: H;
  cluster: C;
  serverWs: ServerWs;
  errors: string[];
  close(): Promise<void>;
}

/** Signalling nodes on one cluster, a clock advanced by hand, and clients, all ended by `close`. */
export class Signalling {
  readonly clock = new VirtualClock(Date.now());
  readonly nodes: Node<MediaHost>[] = [];
  readonly clients: Client[] = [];
  readonly root = createInProcessCluster({ clock: this.clock });

  async node(options: Partial<ServerWsOptions> = {}): Promise<Node> {
    const id = options.nodeId ?? `ws-${this.nodes.length + 1}`;
    const mediaHost = (options.mediaHost ?? new FakeMediaHost(`${id}-media-0`)) as FakeMediaHost;
    const cluster = this.root.connect();
    const node = await startNode({ clock: this.clock, ...options, nodeId: id, mediaHost, cluster });
    this.nodes.push(node);
    return node as Node;
  }

  async join(
    node: Node<MediaHost>,
    claims: Partial<Claims> = {},
    media?: ClientRequest<'join'>['media'],
  ): Promise<Participant> {
    const client = this.client(node);
    const token = await joinToken(this.clock, claims);
    return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION, media }));
  }

  /** A participant with a transport each way; nothing is published yet. */
  async equipped(node: Node<MediaHost>, name: string): Promise<{ who: Participant; send: string; receive: string }> {
    const who = await this.join(node, { name });
    const { id: send, mediaNodeId } = await who.openTransport('send');
    const { id: receive } = await who.openTransport('receive', mediaNodeId);
    return { who, send, receive };
  }

  /** A client whose connect packet carries this payload. */
  clientWith(node: { url: string }, auth: Record<string, unknown>): Client {
    const client = new Client(node.url, socketTo(node.url, { auth }));
    this.clients.push(client);
    return client;
  }

  /** `forwardedFor`: the address that a proxy on this machine saw. */
  client(node: { url: string }, forwardedFor?: string): Client {
    const client = new Client(node.url, socketTo(node.url, { forwardedFor }));
    this.clients.push(client);
    return client;
  }

  /** Two nodes that know each other, Ada at home on the first and Ben on the second. */
  async twoHomes(options: Partial<ServerWsOptions> = {}) {
    const [one, two] = [await this.node(options), await this.node(options)];
    await this.clock.advance(0);
    return { one, two, ada: await this.join(one), ben: await this.join(two, { name: 'Ben' }) };
  }

  async resume(at: Node, { joined: { resumeToken } }: Participant): Promise<Participant> {
    const client = this.client(at);
    return new Participant(client, await client.ok('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION }));
  }

  async refusedResume(at: Node, { joined: { resumeToken } }: Participant): Promise<string> {
    return this.client(at).refused('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION });
  }

  /** Advances the clock until the promise is settled. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    while (!done) {
      await this.clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return promise;
  }

  /**
   * The socket of `who` ends. Resolves once the others are notified, which is a second later by the
   * clock.
   */
  async vanish(who: Participant, seenBy: Participant): Promise<void> {
    who.client.socket.disconnect();
    const { roomId } = who.room;
    const shown = async () => {
      const room = await this.root.rooms.snapshot(roomId);
      return room?.participants.find(({ id }) => id === who.id)?.connection === 'reconnecting';
    };
    while (!(await shown())) {
      // The server has not detected it yet, or its clock has just advanced.
      for (let turn = 0; turn < 10 && !(await shown()); turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      if (!(await shown())) await this.clock.advance(1000);
    }
    await seenBy.until(() => seenBy.other(who.id)?.connection === 'reconnecting');
  }

  /** As Server API does: sends the command to the participant's home. */
  async command(command: RoomCommand): Promise<void> {
    const home = await this.root.rooms.home(command.roomId, command.participantId);
    if (!home) throw new CodedError('participant.not_found');
    await this.root.bus.request(home.nodeId, ROOM_COMMAND, command);
  }

  /** As Server API does. */
  publishMeetingEvent(event: unknown, meetingId = 'room-1'): Promise<void> {
    return this.root.bus.publish(meetingTopic(meetingId), event);
  }

  /** All records that Server API would store. */
  async records(): Promise<RoomRecord[]> {
    const records: RoomRecord[] = [];
    const stop = await this.root.streams.consume(ROOM_RECORDS_STREAM, ROOM_RECORDS_GROUP, async ({ body }) => {
      records.push(body as RoomRecord);
    });
    this.onClose.push(stop);
    return records;
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.socket.disconnect();
    for (const node of this.nodes) await node.close();
    for (const stop of this.onClose) stop();
    await this.root.close();
  }

  private readonly onClose: (() => void)[] = [];
}

export async function startNode<H extends MediaHost, C extends Cluster = InProcessCluster>(
  options: Omit<Partial<ServerWsOptions>, 'cluster' | 'mediaHost'> & {
    nodeId: string;
    cluster: C;
    mediaHost: H;
  },
): Promise<Node<H, C>> {
  const server = createServer();
  const errors: string[] = [];
  const complain = (details: Record<string, unknown>, message: string) => {
    errors.push(`${message} ${JSON.stringify(details, (_, value) => (value instanceof Error ? value.stack : value))}`);
  };
  const logger: Logger = { debug: () => {}, info: () => {}, warn: complain, error: complain };
  const serverWs = await createServerWs({ server, secret: SECRET, logger, random: () => 0, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    id: options.nodeId,
    url: `http://127.0.0.1:${port}`,
    mediaHost: options.mediaHost,
    cluster: options.cluster,
    serverWs,
    errors,
    close: async () => {
      await serverWs.close();
      server.close();
    },
  };
}

export interface Claims {
  jti: string;
  sub: string;
  roomId: string;
  name: string;
  role: 'host' | 'moderator' | 'member' | 'guest';
  owner: string;
  loudest: number;
  videoCodec: string;
  grants: Grants;
  metadata: Record<string, string>;
  replaces: string[];
  exp: number;
  aud: string;
}

export const ALL_GRANTS: Grants = {
  publish: ['microphone', 'camera', 'screen', 'screen-audio'],
  subscribe: true,
  moderate: false,
  hidden: false,
};

export async function joinToken(
  clock: { date(): number },
  claims: Partial<Claims> = {},
  secret: string = SECRET,
): Promise<string> {
  const now = Math.floor(clock.date() / 1000);
  return new SignJWT({
    aud: JOIN_TOKEN_AUDIENCE,
    jti: randomUUID(),
    sub: randomUUID(),
    roomId: 'room-1',
    meetingCode: 'abc-defg-hjk',
    name: 'Ada',
    role: 'guest',
    grants: ALL_GRANTS,
    iat: now,
    exp: now + 120,
    ...claims,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}

/** A socket as a browser opens it. */
export class Client {
  readonly events: { name: string; event: unknown }[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(
    url: string,
    readonly socket: Socket = socketTo(url),
  ) {
    this.socket.onAny((name: string, event: unknown) => {
      this.events.push({ name, event });
      this.wake();
    });
    this.socket.on('disconnect', () => this.wake());
  }

  request<N extends ClientRequestName>(name: N, request: ClientRequest<N>): Promise<Reply<ClientResponse<N>>> {
    return this.socket.timeout(60_000).emitWithAck(name, request);
  }

  async ok<N extends ClientRequestName>(name: N, request: ClientRequest<N>): Promise<ClientResponse<N>> {
    const reply = await this.request(name, request);
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.detail ?? ''}`);
    return reply.data;
  }

  /** The code with which a request is refused. */
  async refused<N extends ClientRequestName>(name: N, request: ClientRequest<N>): Promise<string> {
    const reply = await this.request(name, request);
    if (reply.ok) throw new Error(`${name} was granted`);
    return reply.error.code;
  }

  /** Resolves as soon as the condition holds; checked after every event. */
  async until(condition: () => boolean, what = condition.toString()): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`never came true: ${what}\n${JSON.stringify(this.events, null, 1)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits for the next event of a name that was not returned before. */
  async event<N extends ServerEventName>(name: N): Promise<ServerEvent<N>> {
    await this.until(() => this.events.some((entry) => entry.name === name), `event ${name}`);
    const index = this.events.findIndex((entry) => entry.name === name);
    return this.events.splice(index, 1)[0]!.event as ServerEvent<N>;
  }

  async disconnected(): Promise<void> {
    await this.until(() => this.socket.disconnected, 'disconnected');
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** A client that has joined, with the room according to its events. */
export class Participant {
  readonly id: string;
  room: RoomSnapshot;
  readonly changes: string[] = [];

  constructor(
    readonly client: Client,
    readonly joined: JoinedResponse,
  ) {
    this.id = joined.participantId;
    this.room = joined.room;
    for (const { name, event } of client.events) if (name === 'room') this.follow(event as ServerEvent<'room'>);
    client.socket.on('room', (event: ServerEvent<'room'>) => this.follow(event));
  }

  other(id: string) {
    return this.room.participants.find((participant) => participant.id === id);
  }

  until(condition: () => boolean): Promise<void> {
    return this.client.until(condition);
  }

  async openTransport(
    direction: 'send' | 'receive',
    mediaNodeId?: string,
  ): Promise<{ id: string; mediaNodeId: string }> {
    const opened = await this.client.ok('transport.open', { direction, mediaNodeId });
    return { id: opened.transport.id, mediaNodeId: opened.mediaNodeId };
  }

  async produce(transportId: string, source: 'microphone' | 'camera' = 'camera'): Promise<string> {
    const kind = source === 'camera' ? 'video' : 'audio';
    const { producerId } = await this.client.ok('produce', {
      transportId,
      kind,
      source,
      rtpParameters: RTP_PARAMETERS,
    });
    return producerId;
  }

  private follow(event: ServerEvent<'room'>): void {
    if (event.version !== this.room.version + 1) {
      throw new Error(`version ${event.version} came after ${this.room.version} (R1)`);
    }
    this.room = applyRoomChange(this.room, event.change)!;
    this.changes.push(event.change.type);
  }
}

export const RTP_PARAMETERS = { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90000 }] };

function socketTo(
  url: string,
  { forwardedFor, auth }: { forwardedFor?: string | undefined; auth?: Record<string, unknown> } = {},
): Socket {
  return io(url, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...(auth && { auth }),
    ...(forwardedFor !== undefined && { extraHeaders: { 'X-Forwarded-For': forwardedFor } }),
  });
}
