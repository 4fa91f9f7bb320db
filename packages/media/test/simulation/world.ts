import { createHmac } from 'node:crypto';
import { type Control, Engine, type EngineEvent, type EngineLimits } from '../../src/index.js';
import { DtlsState, ReceiveKind } from '../../src/port/packet-port.js';
import type { Transport } from '../../src/transport/transport.js';
import { ipv4Address, MemoryPort } from './memory-port.js';
import type { NetworkPath } from './network-path.js';
import { SeededRandom } from './random.js';
import { bindingRequest } from './stun-client.js';

/** The impairments of packets in one direction. */
export interface Link {
  /** 0-1. */
  loss: number;
  /** Milliseconds, one way. */
  delay: number;
  /** Milliseconds added at random, which also reorders. */
  jitter: number;
  /** 0-1: share of packets that arrive twice. */
  duplicates: number;
}

/** One peer of the engine as its transport sees it. */
export interface PeerEndpoint {
  session: number;
  transportId: string;
  uplink: Link;
  downlink: Link;
  /** Packets to the peer use it instead of the downlink. */
  path?: NetworkPath;
  receive(packet: Uint8Array, isRtp: boolean): void;
}

/**
 * An engine, a virtual clock and a seeded network, all in one thread: time passes only in `run`.
 */
export class World {
  now = 1000;
  readonly random: SeededRandom;
  readonly port: MemoryPort;
  readonly engine: Engine;
  /** The engine's calls, each performed at the current time. */
  readonly control = new Proxy({} as Control, {
    get:
      (_, name: keyof Control) =>
      (...request: unknown[]) =>
        this.engine.perform(this.now, (control) => Reflect.apply(control[name] as () => unknown, control, request)),
  });
  readonly events: EngineEvent[] = [];
  /** STUN answers in order. */
  readonly stunAnswers: Uint8Array[] = [];
  private readonly peers = new Map<number, PeerEndpoint>();
  private readonly agenda: { at: number; order: number; action: () => void }[] = [];
  private order = 0;

  constructor(seed = 1, options: { limits?: Partial<EngineLimits>; callerBytes?: number; sendCapacity?: number } = {}) {
    this.random = new SeededRandom(seed);
    this.port = new MemoryPort(options);
    this.port.onPacket = (session, packet, isRtp) => this.toPeer(session, packet, isRtp);
    this.port.onStun = (_address, message) => this.stunAnswers.push(message);
    this.engine = new Engine({
      port: this.port,
      random: (bytes) => this.random.fill(bytes),
      hmacSha1,
      now: this.now,
      announcedAddresses: [{ address: '192.0.2.200', port: 40000 }],
      limits: options.limits,
    });
    this.control.openRouter('room');
  }

  /** Schedules an action. Equal times keep their order. */
  at(time: number, action: () => void): void {
    this.agenda.push({ at: time, order: this.order++, action });
  }

  every(interval: number, action: () => void, until = Number.POSITIVE_INFINITY): void {
    const step = () => {
      if (this.now > until) return;
      action();
      this.at(this.now + interval, step);
    };
    this.at(this.now + interval, step);
  }

  /** Advances the clock by `milliseconds`. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      let next = -1;
      for (let i = 0; i < this.agenda.length; i++) {
        const candidate = this.agenda[i]!;
        const best = this.agenda[next];
        if (!best || candidate.at < best.at || (candidate.at === best.at && candidate.order < best.order)) next = i;
      }
      const due = Math.min(this.agenda[next]?.at ?? Number.POSITIVE_INFINITY, this.engine.nextDeadline());
      if (due > end) break;
      this.now = Math.max(this.now, due);
      if (next >= 0 && this.agenda[next]!.at <= this.now) this.agenda.splice(next, 1)[0]!.action();
      this.tick();
    }
    this.now = end;
    this.tick();
  }

  /** Advances the engine to the current time, flushes it and takes its events. */
  tick(): void {
    this.engine.advance(this.now);
    this.engine.flush();
    this.events.push(...this.engine.takeEvents());
  }

  /** Opens a transport and brings it to `connected`, as a correct peer does. */
  connect(transportId: string, receive: PeerEndpoint['receive'] = () => {}, link: Partial<Link> = {}): PeerEndpoint {
    const peer = this.open(transportId, receive, link);
    this.finishConnecting(transportId);
    return peer;
  }

  /** Takes an open transport through ICE and DTLS, and keeps its consent alive. */
  finishConnecting(transportId: string): void {
    const peer = [...this.peers.values()].find((candidate) => candidate.transportId === transportId)!;
    this.control.connectTransport(transportId, dtlsParameters());
    this.check(transportId);
    this.deliver(() => this.port.putDtls(peer.session, DtlsState.Connected));
    this.keepConsent(transportId);
  }

  /** Opens a transport and does not connect it. */
  open(transportId: string, receive: PeerEndpoint['receive'] = () => {}, link: Partial<Link> = {}): PeerEndpoint {
    const before = new Set(this.port.open);
    this.control.openTransport('room', transportId);
    const session = [...this.port.open].find((candidate) => !before.has(candidate))!;
    const perfect: Link = { loss: 0, delay: 0, jitter: 0, duplicates: 0 };
    const peer = { session, transportId, receive, uplink: { ...perfect, ...link }, downlink: { ...perfect, ...link } };
    this.peers.set(session, peer);
    return peer;
  }

  /** Sends an ICE check. */
  check(transportId: string, options: { useCandidate?: boolean; address?: Uint8Array } = {}): void {
    const { iceParameters } = this.control.openTransport('room', transportId);
    const address = options.address ?? this.addressOf(transportId);
    const request = bindingRequest({
      username: `${iceParameters.usernameFragment}:remote`,
      password: iceParameters.password,
      useCandidate: options.useCandidate ?? true,
    });
    this.deliver(() => this.port.put(ReceiveKind.Stun, -1, request, 0, address));
  }

  /**
   * The default address of a peer: the first one at 192.0.2.1:5000, each further one a port higher.
   */
  addressOf(transportId: string): Uint8Array {
    const index = [...this.peers.values()].findIndex((peer) => peer.transportId === transportId);
    return ipv4Address(1, 5000 + index);
  }

  keepConsent(transportId: string): void {
    this.every(2500, () => {
      if (this.control.hasTransport(transportId) && !this.silent.has(transportId)) this.check(transportId);
    });
  }

  /** Transports whose peers have left without a message. */
  readonly silent = new Set<string>();

  /** Sends one packet of a peer; the network decides when and whether it arrives. */
  send(peer: PeerEndpoint, packet: Uint8Array, isRtp: boolean): void {
    this.travel(peer.uplink, () => {
      this.deliver(() => this.port.put(isRtp ? ReceiveKind.Rtp : ReceiveKind.Rtcp, peer.session, packet));
    });
  }

  /** Delivers the records of `put` to the engine. */
  deliver(put: () => void): void {
    put();
    this.engine.receive(this.port.take(), this.now);
    this.tick();
  }

  /** The engine's side of a peer. */
  transport(peer: PeerEndpoint): Transport {
    return this.engine.sessions.find(peer.session)!;
  }

  private toPeer(session: number, packet: Uint8Array, isRtp: boolean): void {
    const peer = this.peers.get(session);
    if (peer?.path) peer.path.send(packet.length, () => peer.receive(packet, isRtp));
    else if (peer) this.travel(peer.downlink, () => peer.receive(packet, isRtp));
  }

  private travel(link: Link, arrive: () => void): void {
    if (this.random.next() < link.loss) return;
    const times = this.random.next() < link.duplicates ? 2 : 1;
    for (let i = 0; i < times; i++) this.at(this.now + link.delay + this.random.next() * link.jitter, arrive);
  }
}

export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha1', key).update(data).digest();
}

export function dtlsParameters(role: 'auto' | 'client' | 'server' = 'client') {
  return { role, fingerprints: [{ algorithm: 'sha-256', value: new Array(32).fill('CD').join(':') }] };
}
