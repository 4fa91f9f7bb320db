// Hot path: no allocation per packet.
// Beyond 400 lines because it is the one place where ICE, DTLS, RTP and RTCP of a peer meet.
import type { StunMessage } from '@waterbus/stun';
import { MediaError } from '../api/errors.js';
import type { TransportCloseReason } from '../api/events.js';
import type {
  DtlsParameters,
  IceParameters,
  RtpParameters,
  TransportParameters,
  TransportStats,
} from '../api/types.js';
import type { Consumer } from '../forwarding/consumer.js';
import type { Producer } from '../forwarding/producer.js';
import type { Section } from '../forwarding/section.js';
import type { IceCheck } from '../ice/check.js';
import { CONSENT_TIMEOUT, IceLiteAgent } from '../ice/lite-agent.js';
import { addExtensionIds } from '../ortc/section-parameters.js';
import { DtlsState } from '../port/packet-port.js';
import { parseRtcp, type RtcpSink } from '../rtcp/parse.js';
import { ExtensionKind } from '../rtp/extensions.js';
import { RtpRefusal } from '../rtp/header.js';
import { endpointText } from './address.js';
import type { TransportEnvironment } from './environment.js';
import { extensionKinds } from './extension-kinds.js';
import { OutgoingMedia } from './outgoing-media.js';
import { OutgoingRtcp } from './outgoing-rtcp.js';
import { StreamRoutes } from './stream-routes.js';

export type TransportState = TransportStats['state'];

/**
 * One peer's path: ICE, DTLS, and the RTP and RTCP over them. Producers receive through it,
 * consumers send.
 */
export class Transport implements RtcpSink {
  /** CNAME of our own packets, and of producers without one. */
  readonly canonicalName: string;
  readonly producers = new Set<Producer>();
  readonly consumers = new Set<Consumer>();
  packetsSent = 0;
  bytesSent = 0;
  isConnected = false;
  /** Consumers send through it. */
  readonly media: OutgoingMedia;
  private state: TransportState = 'new';
  private readonly ice: IceLiteAgent;
  private remote: DtlsParameters | undefined;
  private isDtlsStarted = false;
  private isDtlsConnected = false;
  packetsReceived = 0;
  /** Time of the last packet other than a check, milliseconds. */
  receivedAt: number;
  bytesReceived = 0;
  private readonly rtcp: OutgoingRtcp;
  private readonly routes: StreamRoutes;
  readonly consumersBySsrc = new Map<number, Consumer>();
  /** By extension id of this peer: the `ExtensionKind`, 0 for none. */
  private readonly extensionKinds = new Uint8Array(256);
  private lastSsrc: number;
  /** By mid: the media sections of a peer that made the offer. */
  readonly sections = new Map<string, Section<Consumer>>();
  /** That peer's extension ids, by the router's. */
  private readonly extensionIds = new Uint8Array(16);
  /** Deadlines, milliseconds. */
  private consentAt: number;
  private dtlsAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly id: string,
    readonly session: number,
    private readonly environment: TransportEnvironment,
    /** Called once, when the transport ends by itself. */
    private readonly onFault: (transport: Transport, reason: TransportCloseReason) => void,
  ) {
    this.ice = new IceLiteAgent(environment, this.session, environment.fragments(this));
    this.rtcp = new OutgoingRtcp(this, environment);
    this.receivedAt = environment.now;
    this.consentAt = environment.now + CONNECT_TIMEOUT;
    environment.deadlines.wakeAt(session, this.consentAt);
    this.lastSsrc = environment.random32();
    this.canonicalName = (environment.random32() >>> 0).toString(36);
    this.media = new OutgoingMedia(this, environment);
    this.routes = new StreamRoutes(environment.limits.learntSsrcsPerTransport);
  }

  get parameters(): TransportParameters {
    return {
      id: this.id,
      iceParameters: this.ice.parameters,
      iceCandidates: [...this.environment.candidates],
      dtlsParameters: { role: 'auto', fingerprints: [{ ...this.environment.port.fingerprint }] },
    };
  }

  /** Whether it was ever connected. */
  get hasConnected(): boolean {
    return this.isDtlsConnected;
  }

  /** The path is a TCP connection. */
  get isReliable(): boolean {
    return this.ice.isReliable;
  }

  /** Time of the peer's last check of the path in use (consent), milliseconds. */
  get checkedAt(): number {
    return this.ice.consentedAt;
  }

  /** DTLS has begun, and the transport is not connected yet. */
  get isConnecting(): boolean {
    return this.isDtlsStarted && !this.isDtlsConnected;
  }

  /** Sets the peer's DTLS parameters. A second call with others is refused. */
  connect(remote: DtlsParameters): void {
    if (this.remote) {
      if (JSON.stringify(remote) === JSON.stringify(this.remote)) return;
      throw new MediaError('invalid-parameters', 'the transport is connected with other DTLS parameters');
    }
    this.remote = remote;
    this.startDtlsWhenPossible();
  }

  restartIce(): IceParameters {
    return this.ice.restart();
  }

  /** The peer's own credentials, with which its addresses are checked. */
  setRemoteIce(parameters: IceParameters): void {
    this.ice.setRemote(parameters, this.environment.now);
    this.environment.deadlines.wakeAt(this.session, this.ice.nextDeadline());
  }

  // Producers and consumers

  addProducer(producer: Producer): void {
    const kinds = extensionKinds([...this.producers, producer]);
    const refusal = this.routes.add(producer);
    if (refusal) throw new MediaError('invalid-parameters', refusal);
    this.extensionKinds.set(kinds);
    this.producers.add(producer);
  }

  removeProducer(producer: Producer): void {
    this.routes.remove(producer);
    this.producers.delete(producer);
  }

  /** The peer has negotiated a media section, once and for all of its consumers. */
  addSection(section: Section<Consumer>, parameters: RtpParameters): void {
    const ids = this.extensionIds.slice();
    addExtensionIds(ids, parameters);
    this.extensionIds.set(ids);
    this.environment.port.setExtensionIds(this.session, ids);
    this.sections.set(section.mid, section);
  }

  /** A consumer of a section sends from now on under the SSRC that another one had. */
  startConsumer(consumer: Consumer): void {
    this.consumersBySsrc.set(consumer.ssrc, consumer);
  }

  addConsumer(consumer: Consumer): void {
    if (!consumer.section) this.consumersBySsrc.set(consumer.ssrc, consumer);
    this.consumers.add(consumer);
    this.media.addConsumer(consumer);
  }

  removeConsumer(consumer: Consumer): void {
    if (this.consumersBySsrc.get(consumer.ssrc) === consumer) this.consumersBySsrc.delete(consumer.ssrc);
    this.consumers.delete(consumer);
    if (consumer.section) {
      // Its streams continue with the next consumer, and its waiting packets leave.
      this.media.leaveSection(consumer);
      consumer.retransmissions.close();
      return;
    }
    const { port, sendQueue } = this.environment;
    // No packet of its streams may leave after they are forgotten: it would be encrypted as in a
    // new stream.
    this.media.removeConsumer(consumer);
    consumer.retransmissions.close();
    sendQueue.flush();
    port.forgetStream(this.session, consumer.ssrc);
    if (consumer.rtxSsrc !== 0) port.forgetStream(this.session, consumer.rtxSsrc);
  }

  /**
   * An SSRC that this transport has never used. The packet plane forgets the SSRCs of closed
   * consumers; under AES-GCM a reused one would repeat nonces. With 20,000 random ones, one
   * transport in 20 would reuse one.
   */
  freshSsrc(): number {
    for (;;) {
      this.lastSsrc = (this.lastSsrc + SSRC_STEP) | 0;
      if (this.lastSsrc !== 0 && this.lastSsrc !== this.rtcp.ssrc) return this.lastSsrc >>> 0;
    }
  }

  requestBy(time: number): void {
    this.rtcp.requestBy(time);
  }

  // Input from the port

  receiveCheck(check: IceCheck, localFragment: string, addressOffset: number): void {
    const { now } = this.environment;
    if (this.ice.receiveCheck(check, localFragment, addressOffset, now) !== 'refused') this.consented(now);
    this.environment.deadlines.wakeAt(this.session, this.ice.nextDeadline());
  }

  /** An answer to a check of this transport. */
  receiveAnswer(message: StunMessage, addressOffset: number): void {
    const { now } = this.environment;
    if (this.ice.receiveAnswer(message, addressOffset, now)) this.consented(now);
  }

  /** Media arrived in order from an address of this peer that is not the selected one. */
  receiveMediaFrom(addressOffset: number): void {
    const { now } = this.environment;
    if (this.ice.receiveMediaFrom(addressOffset, now)) this.consented(now);
    else this.environment.deadlines.wakeAt(this.session, this.ice.nextDeadline());
  }

  /** The TCP connection over which it was sending has ended. */
  addressEnded(): void {
    const { now } = this.environment;
    if (this.ice.selectedEnded(now)) {
      this.consented(now);
      return;
    }
    if (!this.isDtlsStarted) return;
    this.setState('disconnected');
    this.consentAt = now + DISCONNECTED_TIMEOUT;
    this.environment.deadlines.wakeAt(this.session, this.consentAt);
  }

  receiveDtls(state: number): void {
    if (state === DtlsState.Connected) {
      this.isDtlsConnected = true;
      this.ice.dtlsConnected(this.environment.now);
      this.dtlsAt = Number.POSITIVE_INFINITY;
      this.setState('connected');
    } else if (state === DtlsState.Failed) this.onFault(this, 'dtls-failed');
    else if (state === DtlsState.Closed) this.onFault(this, 'dtls-closed');
  }

  /** The peer has sent far more than the limit for some seconds; the packet plane dropped it. */
  flooded(): void {
    this.onFault(this, 'flooding');
  }

  /** The packet arrived `age` microseconds ago. */
  receiveRtp(bytes: Uint8Array, offset: number, length: number, age: number): void {
    const { header } = this.environment;
    this.packetsReceived++;
    this.bytesReceived += length;
    this.receivedAt = this.environment.now;
    if (length > MAX_RTP_BYTES) return;
    if (header.parse(bytes, offset, length, this.extensionKinds) !== RtpRefusal.None) return;
    header.arrivedAt = this.environment.now - age / 1000;
    const transportWide = header.extensionOffsets[ExtensionKind.TransportWide]!;
    if (transportWide !== 0 && header.extensionLengths[ExtensionKind.TransportWide]! >= 2) {
      const sequenceNumber = (bytes[transportWide]! << 8) | bytes[transportWide + 1]!;
      this.rtcp.noteArrival(sequenceNumber, header);
    }
    const route = this.routes.find(header.ssrc) ?? this.routes.learn(header, bytes, this.environment.now);
    if (!route || route.role === 'retired') return;
    const producer = route.producer;
    if (route.role === 'media') {
      producer.receive(route.index, header, bytes, false);
      return;
    }
    const stream = producer.streams[route.index];
    const { rtxPayloadType, payloadType } = producer.encoding;
    if (!stream || header.payloadType !== rtxPayloadType) return;
    if (header.restoreOriginal(bytes, stream.ssrc, payloadType)) producer.receive(route.index, header, bytes, true);
  }

  receiveRtcp(bytes: Uint8Array, offset: number, length: number): void {
    this.packetsReceived++;
    this.bytesReceived += length;
    this.receivedAt = this.environment.now;
    parseRtcp(bytes, offset, length, this);
  }

  // RtcpSink

  senderReport(ssrc: number, ntpHigh: number, ntpLow: number, rtpTimestamp: number): void {
    const route = this.routes.find(ssrc);
    const stream = route?.producer.streams[route.index];
    if (stream?.ssrc !== ssrc) return;
    stream.senderReport(ntpHigh, ntpLow, rtpTimestamp, this.environment.now, !route!.producer.paused);
  }

  reportBlock(
    ssrc: number,
    fractionLost: number,
    lost: number,
    highest: number,
    lastSenderReport: number,
    delay: number,
  ): void {
    const consumer = this.consumersBySsrc.get(ssrc);
    if (!consumer) return;
    consumer.reportBlock(fractionLost, lastSenderReport, delay);
    consumer.countReceived(highest, lost);
    this.media.reported(consumer);
  }

  bye(ssrc: number): void {
    // A producer ends by signalling, which also reaches the other participants; a BYE alone may be
    // a browser's renegotiation.
    const route = this.routes.find(ssrc);
    const stream = route?.producer.streams[route.index];
    if (stream?.ssrc === ssrc) stream.endMapping();
  }

  nack(mediaSsrc: number, packetId: number, bitmask: number): void {
    const consumer = this.consumersBySsrc.get(mediaSsrc);
    if (consumer?.isActive) consumer.retransmissions.nack(packetId, bitmask);
  }

  keyFrameRequest(mediaSsrc: number): void {
    this.consumersBySsrc.get(mediaSsrc)?.keyFrameRequested();
  }

  maximumBitrate(bitsPerSecond: number): void {
    this.media.maximumBitrate(bitsPerSecond);
  }

  transportFeedback(offset: number, length: number): void {
    this.media.transportFeedback(offset, length);
  }

  // Time

  nextDeadline(): number {
    const connection = Math.min(this.consentAt, this.dtlsAt, this.ice.nextDeadline());
    return Math.min(connection, this.media.nextDeadline(), this.rtcp.nextDeadline());
  }

  /** Does all due work. May end the transport. */
  advance(now: number): void {
    this.media.advance(now);
    this.rtcp.advance(now);
    this.ice.advance(now);
    if (now >= this.dtlsAt) this.onFault(this, 'dtls-failed');
    else if (now >= this.consentAt) this.checkConsent(now);
  }

  /** Ends sending and frees the session; the caller has ended producers and consumers. */
  close(): void {
    this.state = 'closed';
    this.isConnected = false;
    this.ice.close();
    this.environment.deadlines.delete(this.session);
    this.environment.port.closeSession(this.session);
    this.consentAt = this.dtlsAt = Number.POSITIVE_INFINITY;
    this.media.stop();
    this.rtcp.stop();
  }

  stats(): TransportStats {
    return {
      id: this.id,
      state: this.state,
      ...(this.ice.hasAddress ? { selectedAddress: endpointText(this.ice.selectedAddress, 0) } : {}),
      ...(this.ice.hasAddress ? { protocol: this.ice.isReliable ? ('tcp' as const) : ('udp' as const) } : {}),
      packetsReceived: this.packetsReceived,
      packetsSent: this.packetsSent,
      bytesReceived: this.bytesReceived,
      bytesSent: this.bytesSent,
      ...this.media.stats(),
      producers: [...this.producers].map((producer) => producer.stats()),
      consumers: [...this.consumers].map((consumer) => consumer.stats()),
    };
  }

  private startDtlsWhenPossible(): void {
    if (this.isDtlsStarted || !this.remote || !this.ice.hasAddress) return;
    this.isDtlsStarted = true;
    for (const consumer of this.consumers) consumer.source.update(consumer);
    this.dtlsAt = this.environment.now + DTLS_TIMEOUT;
    this.environment.deadlines.wakeAt(this.session, this.dtlsAt);
    this.setConsentDeadline();
    // `auto` leaves the choice to us. The peer best reaches a lite agent without NAT, so the peer
    // starts (RFC 8842 section 5.2).
    const role = this.remote.role === 'server' ? 'client' : 'server';
    this.environment.port.startDtls(this.session, role, this.remote.fingerprints[0]!);
  }

  private setState(state: Exclude<TransportState, 'closed'>): void {
    if (this.state === state) return;
    this.state = state;
    this.isConnected = state === 'connected';
    this.environment.emit({ type: 'transport.state', transportId: this.id, state });
    for (const consumer of this.consumers) consumer.source.update(consumer);
    if (!this.isConnected) return;
    this.rtcp.start();
    this.media.start();
  }

  /** The peer's consent may have arrived, or returned. */
  private consented(now: number): void {
    this.media.setReliable(this.ice.isReliable);
    this.setConsentDeadline();
    if (!this.ice.hasAddress || this.ice.consentedAt + CONSENT_TIMEOUT <= now) return;
    if (this.state === 'new') this.setState('connecting');
    else if (this.state === 'disconnected') this.setState(this.isDtlsConnected ? 'connected' : 'connecting');
    this.startDtlsWhenPossible();
  }

  private setConsentDeadline(): void {
    // Until DTLS starts, the time limit for connecting runs, regardless of checks.
    if (!this.isDtlsStarted) return;
    // A disconnected transport without consent already ends at the time set then.
    if (this.state === 'disconnected' && this.ice.consentedAt + CONSENT_TIMEOUT <= this.environment.now) return;
    this.consentAt = this.ice.consentedAt + CONSENT_TIMEOUT;
    this.environment.deadlines.wakeAt(this.session, this.consentAt);
  }

  /** RFC 7675 section 5.1: nothing is sent without consent. */
  private checkConsent(now: number): void {
    if (!this.isDtlsStarted) {
      this.onFault(this, 'ice-timeout');
      return;
    }
    if (this.ice.fallBack(now)) {
      this.consented(now);
      return;
    }
    if (now >= this.ice.consentedAt + CONSENT_TIMEOUT + DISCONNECTED_TIMEOUT) {
      this.onFault(this, 'consent-expired');
      return;
    }
    this.setState('disconnected');
    this.consentAt = this.ice.consentedAt + CONSENT_TIMEOUT + DISCONNECTED_TIMEOUT;
  }
}

/**
 * The size of an Ethernet frame. WebRTC peers stay below 1,280; a fragmented packet would leave in
 * fragments for every receiver.
 */
const MAX_RTP_BYTES = 1500;
/**
 * From the opening of a transport until its peer's fingerprint is known and a check has arrived.
 * Clients open one when they need it; an unused one takes a place from others.
 */
const CONNECT_TIMEOUT = 30_000;
/**
 * A handshake's flights are repeated with doubling pauses from 200 ms to 3.2 s (`dtls.cc`); a peer
 * without an answer by then will send none.
 */
const DTLS_TIMEOUT = 30_000;
/** How long a peer may take to restart ICE after its consent expired, before its transport ends. */
const DISCONNECTED_TIMEOUT = 30_000;
/**
 * Odd, so that all 2^32 values occur before the first repeats; large, so that consecutive ones look
 * different in a capture.
 */
const SSRC_STEP = 0x9e3779b1;
