// Hot path: no allocation per packet.
import type { EngineEvent } from './events.js';
import { type AnnouncedAddress, hostCandidates } from './ice/candidates.js';
import { answerError, type CheckReceiver, type FragmentRegistry } from './ice/lite-agent.js';
import { defaultLimits, type EngineLimits } from './limits.js';
import { Control } from './router/control.js';
import { PacketStore } from './rtp/packet-store.js';
import { StunType } from './stun/attributes.js';
import { MAX_STUN_ANSWER_BYTES } from './stun/build.js';
import { type HmacSha1, parseStun } from './stun/parse.js';
import { type PacketPort, RECEIVE_WORDS, ReceiveKind, ReceiveWord } from './transport/packet-port.js';
import { SendQueue } from './transport/send-queue.js';
import type { Surroundings } from './transport/surroundings.js';

export interface EngineOptions {
  port: PacketPort;
  /** Fills with cryptographically strong random bytes. */
  random(bytes: Uint8Array): void;
  hmacSha1: HmacSha1;
  /** Milliseconds of a monotonic clock; the same one for every later `now`. */
  now: number;
  /** Where peers can reach the port, the preferred first. */
  announcedAddresses: AnnouncedAddress[];
  limits?: Partial<EngineLimits>;
}

/**
 * The SFU, without I/O: received descriptors and the time go in; send descriptors, events and the next deadline come out.
 *
 * After every call the host looks at `pendingSends` (flush them now, or hold them until `frameEnded` or for a millisecond)
 * and `nextDeadline` (call `advance` then), and takes the events.
 */
export class Engine {
  readonly control: Control;
  private readonly port: PacketPort;
  private readonly sendQueue: SendQueue;
  private readonly store: PacketStore;
  private readonly surroundings: Surroundings;
  private readonly checkReceivers = new Map<string, CheckReceiver>();
  private events: EngineEvent[] = [];
  private wakeTime = Number.POSITIVE_INFINITY;
  private storeFlushedAt = 0;

  constructor(options: EngineOptions) {
    const { port } = options;
    this.port = port;
    const storeOffset = port.callerOffset + MAX_STUN_ANSWER_BYTES + RTCP_BYTES;
    this.sendQueue = new SendQueue(port, port.callerOffset + MAX_STUN_ANSWER_BYTES, RTCP_BYTES);
    this.store = new PacketStore(port.arena, storeOffset, port.callerOffset + port.callerBytes - storeOffset);
    const random = new Uint8Array(4);
    this.surroundings = {
      port,
      hmacSha1: options.hmacSha1,
      random: options.random,
      stunScratch: port.callerOffset,
      sendQueue: this.sendQueue,
      store: this.store,
      limits: { ...defaultLimits, ...options.limits },
      candidates: hostCandidates(options.announcedAddresses),
      now: options.now,
      emit: (event) => this.events.push(event),
      wakeAt: (time) => {
        if (time < this.wakeTime) this.wakeTime = time;
      },
      random32: () => {
        options.random(random);
        return (random[0]! << 24) | (random[1]! << 16) | (random[2]! << 8) | random[3]!;
      },
      fragments: (owner) => this.fragmentRegistry(owner),
    };
    this.control = new Control(this.surroundings);
  }

  /** Handles the first `count` records of `port.received`. */
  receive(count: number, now: number): void {
    this.surroundings.now = now;
    const { received, arena } = this.port;
    for (let i = 0; i < count; i++) {
      const at = i * RECEIVE_WORDS;
      const session = received[at + ReceiveWord.Session]!;
      const offset = received[at + ReceiveWord.Offset]!;
      const length = received[at + ReceiveWord.Length]!;
      switch (received[at + ReceiveWord.Kind]) {
        case ReceiveKind.Rtp:
          this.control
            .transportOfSession(session)
            ?.receiveRtp(arena, offset, length, now - received[at + ReceiveWord.Age]! / 1000);
          break;
        case ReceiveKind.Rtcp:
          this.control.transportOfSession(session)?.receiveRtcp(arena, offset, length);
          break;
        case ReceiveKind.Stun:
          this.receiveStun(offset, length, received[at + ReceiveWord.Address]!);
          break;
        case ReceiveKind.Dtls:
          this.control.transportOfSession(session)?.receiveDtls(offset);
          break;
      }
    }
    // Packets waiting for a flush must not be overwritten by new ones: flush long before the store has come around.
    if (this.store.position - this.storeFlushedAt > this.store.bytes / 2) this.flush();
    if (now >= this.wakeTime) this.advance(now);
  }

  /** Does whatever is due. Also tells the engine the time before calls of `control`. */
  advance(now: number): void {
    this.surroundings.now = now;
    if (now < this.wakeTime) return;
    for (const transport of this.control.openTransports()) if (now >= transport.nextDeadline()) transport.advance(now);
    this.wakeTime = Number.POSITIVE_INFINITY;
    for (const transport of this.control.openTransports()) {
      const deadline = transport.nextDeadline();
      if (deadline < this.wakeTime) this.wakeTime = deadline;
    }
  }

  /** When `advance` must be called at the latest, milliseconds; `Infinity` when nothing is under way. It may be too early, never too late. */
  nextDeadline(): number {
    return this.wakeTime;
  }

  /** Descriptors in `port.sends` that wait for `flush`. */
  get pendingSends(): number {
    return this.sendQueue.count;
  }

  /** Whether the last packet of a video frame, or a marked one of sound, is among the pending ones. */
  get frameEnded(): boolean {
    return this.sendQueue.frameEnded;
  }

  /** Hands what is pending to the port. */
  flush(): void {
    this.sendQueue.flush();
    this.storeFlushedAt = this.store.position;
  }

  /** What happened since the last call. */
  takeEvents(): EngineEvent[] {
    const events = this.events;
    if (events.length > 0) this.events = [];
    return events;
  }

  private receiveStun(offset: number, length: number, addressOffset: number): void {
    const message = parseStun(this.port.arena.subarray(offset, offset + length));
    // Indications keep bindings alive and answers are not for us, a lite agent asks nothing (RFC 8445 section 2.5).
    if (typeof message === 'string' || message.type !== StunType.BindingRequest) return;
    // ICE demands FINGERPRINT (RFC 8445 section 7.1.2); what lacks it is somebody else's protocol.
    if (!message.hasFingerprint) return;
    if (message.username === undefined || message.integrityOffset < 0) {
      answerError(this.surroundings, message, 400, addressOffset);
      return;
    }
    const fragment = message.username.split(':', 1)[0]!;
    const receiver = this.checkReceivers.get(fragment);
    if (receiver) receiver.receiveCheck(message, fragment, addressOffset);
    else answerError(this.surroundings, message, 401, addressOffset);
  }

  private fragmentRegistry(receiver: CheckReceiver): FragmentRegistry {
    return {
      add: (usernameFragment) => this.checkReceivers.set(usernameFragment, receiver),
      delete: (usernameFragment) => this.checkReceivers.delete(usernameFragment),
    };
  }
}

/** RTCP waiting for one flush: some 200 compound packets; when it is full the queue flushes by itself. */
const RTCP_BYTES = 256 * 1024;
