import {
  type ClientRequest,
  type ClientRequestName,
  type ClientResponse,
  JOINED_EVENT,
  type JoinedResponse,
  PROTOCOL_VERSION,
  type Reply,
  type RoomEvent,
  SIGNALLING_PATH,
} from '@waterbus/protocol';
import { joinToken } from '@waterbus/server-ws/testing/signalling';
import { io, type Socket } from 'socket.io-client';

/** A client with its socket, as far as a join needs it; it follows the versions of the room. */
export class Person {
  version = 0;
  private waiting: { version: number; resolve(): void }[] = [];

  private constructor(
    private readonly socket: Socket,
    readonly joined: JoinedResponse,
  ) {
    this.version = joined.room.version;
  }

  /**
   * Joins in the connect packet, as the SDK does. `number`: gives it an address of its own, which
   * the server takes from its proxy.
   */
  static async join(origin: string, number: number, media?: ClientRequest<'join'>['media']): Promise<Person> {
    const token = await joinToken({ date: Date.now }, { name: `Person ${number}` }, process.env.BENCH_SECRET);
    const socket = io(origin, {
      path: SIGNALLING_PATH,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { join: { token, protocolVersion: PROTOCOL_VERSION, media } satisfies ClientRequest<'join'> },
      extraHeaders: { 'X-Forwarded-For': `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}` },
    });
    let person: Person | undefined;
    const early: RoomEvent[] = [];
    socket.on('room', (event: RoomEvent) => (person ? person.follow(event) : early.push(event)));
    const reply = await new Promise<Reply<JoinedResponse>>((resolve, reject) => {
      socket.once(JOINED_EVENT, resolve);
      socket.once('connect_error', reject);
      socket.once('disconnect', (reason) => reject(new Error(`a newcomer's socket ended: ${reason}`)));
    });
    person = new Person(socket, data('join', reply));
    for (const event of early) person.follow(event);
    return person;
  }

  async ok<N extends ClientRequestName>(name: N, request: ClientRequest<N>): Promise<ClientResponse<N>> {
    return data(name, await this.socket.timeout(ANSWER_TIMEOUT).emitWithAck(name, request));
  }

  /** Connects the transports that were opened with the join; no packet follows. */
  async connectReceivers(): Promise<void> {
    for (const { transport } of this.joined.media?.receive ?? []) {
      await this.ok('transport.connect', {
        transportId: transport.id,
        dtlsParameters: { role: 'client', fingerprints: [FINGERPRINT] },
      });
    }
  }

  async leave(): Promise<void> {
    await this.ok('leave', {});
    this.socket.disconnect();
  }

  /** Resolves when this client has received the change with this version. */
  reached(version: number): Promise<void> {
    if (this.version >= version) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ version, resolve }));
  }

  private follow({ version }: RoomEvent): void {
    if (version <= this.version) return;
    if (version !== this.version + 1) throw new Error(`version ${version} came after ${this.version} (R1)`);
    this.version = version;
    this.waiting = this.waiting.filter((wait) => {
      if (wait.version > version) return true;
      wait.resolve();
      return false;
    });
  }
}

function data<T>(name: string, reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.detail ?? ''}`);
  return reply.data;
}

/** Milliseconds, on a machine with other work. */
const ANSWER_TIMEOUT = 60_000;

/** Of no certificate: no handshake follows that could check it. */
const FINGERPRINT = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
