// Hot path: no allocation per packet.

import { BindingType, type Hmac, parseStun } from '@waterbus/stun';
import { MediaError } from '../api/errors.js';
import type { EngineEvent } from '../api/events.js';
import { defaultLimits, type EngineLimits } from '../api/limits.js';
import { type AnnouncedAddress, hostCandidates } from '../ice/candidates.js';
import { IceCheck } from '../ice/check.js';
import {
  answerError,
  answerPlain,
  type CheckReceiver,
  type FragmentRegistry,
  MAX_STUN_BYTES,
} from '../ice/lite-agent.js';
import { SentNumbers } from '../nack/sent-numbers.js';
import { OutgoingPacket } from '../port/outgoing-packet.js';
import { type PacketPort, RECEIVE_WORDS, ReceiveFlag, ReceiveKind, ReceiveWord } from '../port/packet-port.js';
import { SendQueue } from '../port/send-queue.js';
import type { ServerFigures } from '../quality/connection-quality.js';
import { Directory } from '../router/directory.js';
import type { RouterEnvironment } from '../router/environment.js';
import type { Router } from '../router/router.js';
import { RtpHeader } from '../rtp/header.js';
import { SpeakerTicks } from '../speaker/speaker-ticks.js';
import { PacketStore } from '../store/packet-store.js';
import { Deadlines } from '../transport/deadlines.js';
import type { Transport } from '../transport/transport.js';
import { Control } from './control.js';
import { Sessions } from './sessions.js';

export interface EngineOptions {
  port: PacketPort;
  /** Fills with cryptographically strong random bytes. */
  random(bytes: Uint8Array): void;
  hmacSha1: Hmac;
  /** Milliseconds of a monotonic clock; every later `now` uses the same clock. */
  now: number;
  /** Addresses at which peers reach the port, the preferred first. */
  announcedAddresses: AnnouncedAddress[];
  limits?: Partial<EngineLimits>;
}

/**
 * The SFU, without I/O: received descriptors and the time go in; send descriptors, events and the
 * next deadline come out.
 *
 * After every call the host flushes `pendingSends`, calls `advance` at `nextDeadline`, and takes
 * the events.
 */
export class Engine {
  /** Broken invariants so far; each caused a `fault` event. */
  faults = 0;
  /** The owners of packets and deadlines. */
  readonly sessions = new Sessions();
  /** The load figures of this process: the host sets them about each second. */
  readonly server: ServerFigures = { loss: 0, delay: 0 };
  private readonly control: Control;
  private readonly directory = new Directory<Router>();
  private readonly port: PacketPort;
  private readonly sendQueue: SendQueue;
  private readonly store: PacketStore;
  private readonly environment: RouterEnvironment;
  private readonly checkReceivers = new Map<string, CheckReceiver>();
  private events: EngineEvent[] = [];
  private readonly deadlines = new Deadlines();
  /** By router number. */
  private readonly routerDeadlines = new Deadlines();
  private readonly speakerTicks = new SpeakerTicks(
    () => this.environment.now,
    (error) => this.noteFault(undefined, error),
  );
  private storeFlushedAt = 0;

  constructor(options: EngineOptions) {
    const { port } = options;
    this.port = port;
    const storeOffset = port.callerOffset + MAX_STUN_BYTES + RTCP_BYTES;
    this.sendQueue = new SendQueue(port, port.callerOffset + MAX_STUN_BYTES, RTCP_BYTES, (error) =>
      this.noteFault(undefined, error),
    );
    this.store = new PacketStore(port.arena, storeOffset, port.callerOffset + port.callerBytes - storeOffset);
    const random = new Uint8Array(4);
    this.environment = {
      port,
      hmacSha1: options.hmacSha1,
      random: options.random,
      stunScratch: port.callerOffset,
      sendQueue: this.sendQueue,
      sentNumbers: new SentNumbers(),
      store: this.store,
      header: new RtpHeader(),
      outgoing: new OutgoingPacket(),
      limits: { ...defaultLimits, ...options.limits },
      candidates: hostCandidates(options.announcedAddresses),
      now: NOT_YET as unknown as number,
      emit: (event) => this.events.push(event),
      server: this.server,
      sessions: this.sessions,
      fail: (session, error) => this.fail(this.sessions.find(session), error),
      noteFault: (transportId, error) => this.noteFault(transportId, error),
      deadlines: this.deadlines,
      routerDeadlines: this.routerDeadlines,
      speakerTicks: this.speakerTicks,
      random32: () => {
        options.random(random);
        return (random[0]! << 24) | (random[1]! << 16) | (random[2]! << 8) | random[3]!;
      },
      fragments: (owner) => this.fragmentRegistry(owner),
    };
    this.environment.now = options.now;
    this.control = new Control(this.directory, this.environment);
  }

  /** Replaces the announced addresses for the transports opened from now on. */
  announce(addresses: readonly AnnouncedAddress[]): void {
    this.environment.candidates = hostCandidates(addresses);
  }

  /**
   * Handles the first `count` records of `port.received`. An error in handling one ends the
   * transport concerned; the records after it are handled all the same.
   */
  receive(count: number, now: number): void {
    this.environment.now = now;
    for (let i = 0; i < count; i++) {
      try {
        this.receiveRecord(i * RECEIVE_WORDS);
        if (this.store.position - this.storeFlushedAt > this.store.bytesUntilFlush) this.flush();
      } catch (error) {
        const session = this.port.received[i * RECEIVE_WORDS + ReceiveWord.Session]!;
        this.fail(this.sessions.find(session), error);
      }
    }
    if (now >= this.nextDeadline()) this.advance(now);
  }

  /** Does all due work. */
  advance(now: number): void {
    this.environment.now = now;
    while (now >= this.deadlines.earliest) this.wake(this.deadlines.first, now);
    while (now >= this.routerDeadlines.earliest) this.wakeRouter(this.routerDeadlines.first, now);
    if (now >= this.speakerTicks.dueAt) this.speakerTicks.run(now);
  }

  /**
   * Does all due work, then makes calls of the control surface at this time; there is no other way
   * to make them. A refusal throws its `MediaError`. Any other error ends the transport concerned,
   * and becomes a `MediaError` with code `internal-error`.
   */
  perform<T>(now: number, calls: (control: Control) => T): T {
    this.advance(now);
    this.control.concerned = undefined;
    try {
      return calls(this.control);
    } catch (error) {
      if (error instanceof MediaError) throw error;
      this.fail(this.control.concerned, error);
      throw new MediaError('internal-error', 'the media engine failed to do this');
    }
  }

  /**
   * The latest time for the next call of `advance`, milliseconds; `Infinity` when nothing is
   * pending. It may be too early, never too late.
   */
  nextDeadline(): number {
    return Math.min(this.deadlines.earliest, this.routerDeadlines.earliest, this.speakerTicks.dueAt);
  }

  /** Descriptors in `port.sends` that wait for `flush`. */
  get pendingSends(): number {
    return this.sendQueue.count;
  }

  /** Passes pending descriptors to the port. */
  flush(): void {
    this.sendQueue.flush();
    this.storeFlushedAt = this.store.position;
  }

  /** The events since the last call. */
  takeEvents(): EngineEvent[] {
    const events = this.events;
    if (events.length > 0) this.events = [];
    return events;
  }

  private wake(session: number, now: number): void {
    const transport = this.sessions.find(session);
    if (!transport) {
      this.deadlines.delete(session);
      return;
    }
    // The deadline may have moved later since; this map is not updated then.
    if (now >= transport.nextDeadline()) {
      try {
        transport.advance(now);
      } catch (error) {
        this.fail(transport, error);
      }
    }
    if (this.sessions.find(session) !== transport) return;
    // A transport that makes no progress with its due work does not delay the others.
    this.deadlines.set(session, Math.max(transport.nextDeadline(), now + SHORTEST_SLEEP));
  }

  private wakeRouter(number: number, now: number): void {
    const router = this.directory.routerAt(number);
    if (!router) {
      this.routerDeadlines.delete(number);
      return;
    }
    try {
      router.advance(now);
      this.routerDeadlines.set(number, Math.max(router.nextDeadline(), now + SHORTEST_SLEEP));
    } catch (error) {
      this.noteFault(undefined, error);
      this.routerDeadlines.set(number, now + ROUTER_RETRY);
    }
  }

  private receiveRecord(at: number): void {
    const { received, arena } = this.port;
    const session = received[at + ReceiveWord.Session]!;
    const offset = received[at + ReceiveWord.Offset]!;
    const length = received[at + ReceiveWord.Length]!;
    if (received[at + ReceiveWord.Flags]! & ReceiveFlag.Elsewhere) {
      this.sessions.find(session)?.receiveMediaFrom(received[at + ReceiveWord.Address]!);
    }
    switch (received[at + ReceiveWord.Kind]) {
      case ReceiveKind.Rtp:
        this.sessions.find(session)?.receiveRtp(arena, offset, length, received[at + ReceiveWord.Age]!);
        break;
      case ReceiveKind.Rtcp:
        this.sessions.find(session)?.receiveRtcp(arena, offset, length);
        break;
      case ReceiveKind.Stun:
        this.receiveStun(session, offset, length, received[at + ReceiveWord.Address]!);
        break;
      case ReceiveKind.Dtls:
        this.sessions.find(session)?.receiveDtls(offset);
        break;
      case ReceiveKind.Flood:
        this.sessions.find(session)?.flooded();
        break;
      case ReceiveKind.Gone:
        this.sessions.find(session)?.addressEnded();
        break;
    }
  }

  /** `session`: the one bound to the sender's address; negative without one. */
  private receiveStun(session: number, offset: number, length: number, addressOffset: number): void {
    const message = parseStun(this.port.arena.subarray(offset, offset + length));
    if (message?.type === BindingType.Success) this.sessions.find(session)?.receiveAnswer(message, addressOffset);
    // Indications only keep bindings alive.
    if (message?.type !== BindingType.Request) return;
    const check = IceCheck.read(message);
    if (!check) return;
    const { username } = check;
    if (username === undefined && !check.hasIntegrity) {
      answerPlain(this.environment, check, addressOffset);
      return;
    }
    // ICE requires FINGERPRINT (RFC 8445 section 7.1.2); a message without it belongs to another
    // protocol.
    if (!message.hasFingerprint) return;
    if (username === undefined || !check.hasIntegrity) {
      answerError(this.environment, check, 400, addressOffset);
      return;
    }
    // The local fragment, a colon, the peer's (RFC 8445 section 7.2.2).
    const colon = username.indexOf(':');
    const fragment = username.slice(0, Math.max(colon, 0));
    const receiver = this.checkReceivers.get(fragment);
    if (!receiver) {
      answerError(this.environment, check, 401, addressOffset);
      return;
    }
    try {
      receiver.receiveCheck(check, fragment, addressOffset);
    } catch (error) {
      // The record may name another session: the one bound to its source address.
      this.environment.fail(receiver.session, error);
    }
  }

  /** Records a broken invariant, and ends the transport in whose work it occurred. Never throws. */
  private fail(transport: Transport | undefined, error: unknown): void {
    this.noteFault(transport?.id, error);
    if (!transport) return;
    try {
      this.directory.transports.get(transport.id)?.router.endTransport(transport, 'internal-error');
    } catch (second) {
      this.noteFault(transport.id, second);
    }
  }

  private noteFault(transportId: string | undefined, error: unknown): void {
    this.faults++;
    const open = transportId === undefined ? undefined : this.directory.transports.get(transportId);
    this.events.push({
      type: 'fault',
      ...(transportId === undefined ? {} : { transportId }),
      ...(open && { routerId: open.router.id }),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  private fragmentRegistry(receiver: CheckReceiver): FragmentRegistry {
    return {
      add: (usernameFragment) => this.checkReceivers.set(usernameFragment, receiver),
      delete: (usernameFragment) => this.checkReceivers.delete(usernameFragment),
    };
  }
}

/**
 * The time before the first call. It is no number, so V8 keeps each time as the number object that
 * the host passed. Otherwise V8 would copy it into a field of numbers, and every reader would
 * allocate an object, 16 bytes for each packet.
 */
const NOT_YET = undefined;
/** Milliseconds. */
const SHORTEST_SLEEP = 0.01;
/** Milliseconds until a router whose look-around threw retries; media continue meanwhile. */
const ROUTER_RETRY = 5000;
/** RTCP pending for one flush: some 200 compound packets; a full queue flushes by itself. */
const RTCP_BYTES = 256 * 1024;
