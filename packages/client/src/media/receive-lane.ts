import type { ClientResponse, RoomParticipant, RoomProducer } from '@waterbus/protocol';
import { isPassing, isTransportGone } from '../failures.js';
import { Settling } from '../time/settling.js';
import type { Receiver, ReceiveTransport } from '../webrtc/device.js';
import { Gathering } from '../webrtc/gathering.js';
import { ConnectionKeeper } from './connection-keeper.js';
import type { MediaContext } from './media-context.js';
import { type OpenedTransport, openTransport, transportOptions } from './open-transport.js';

/** A lane's interface to the subscriber that owns it. */
export interface LaneOwner {
  readonly context: MediaContext;
  /** The room as it is known now, without this client's own participant. */
  others(): RoomParticipant[];
  /** Participants whose answers may have been lost. */
  readonly uncertain: Set<string>;
  wants(participantId: string): boolean;
  /** The receivable ones of a participant's producers. */
  takes(producers: readonly RoomProducer[]): RoomProducer[];
  has(producerId: string): boolean;
  /** The producer was lost with its media node. */
  isLost(producerId: string): boolean;
  adopt(
    lane: ReceiveLane,
    producerId: string,
    consumer: { id: string; participantId: string },
    receiver: Receiver,
  ): void;
  dropParticipant(participantId: string): void;
  dropLane(lane: ReceiveLane): void;
  /** Whether media of this lane arrived within so many milliseconds. */
  flowsThrough(lane: ReceiveLane, within: number): boolean;
  /** Whether anybody sends something that is received through it. */
  expectsThrough(lane: ReceiveLane): boolean;
  /** No packets arrive through this lane any more, or packets arrive again. */
  laneSilent(lane: ReceiveLane): void;
}

type Consumer = ClientResponse<'subscribe'>['consumers'][number];

/** A transport with consumers that receive packets as soon as it is connected. */
export type OpenedLane = OpenedTransport & ClientResponse<'subscribe'>;

/**
 * The connection for receiving from one media node: a transport, opened for the first producer
 * there, and the subscriptions on it. Requests for participants are independent of each other, and
 * a new stream does not wait for the negotiation of the one before.
 */
export class ReceiveLane {
  readonly mediaNodeId: string;
  transport: ReceiveTransport | undefined;
  #opening: Promise<ReceiveTransport> | undefined;
  #keeper: ConnectionKeeper | undefined;
  #owner: LaneOwner;
  #settlings = new Map<string, Settling>();
  /**
   * Producers whose consumers exist on the server and are still being negotiated by the browser.
   */
  #negotiating = new Set<string>();
  #gathering = new Gathering(LONGEST_GATHERING);
  /** Consumers that have not started: pictures are requested once the browser can receive them. */
  #unstarted = new Set<string>();
  #starting = new Settling(() => this.#start());
  /**
   * Fruitless requests per producer, so that one that cannot be decoded is not requested forever.
   */
  #attempts = new Map<string, number>();
  #generation = 0;
  #closed = false;

  constructor(mediaNodeId: string, owner: LaneOwner) {
    this.mediaNodeId = mediaNodeId;
    this.#owner = owner;
  }

  /** Requests all wanted and missing streams; `soon`: together with those that may follow. */
  kick(soon = false): void {
    if (this.#closed) return;
    const present = new Set(this.#owner.others().map(({ id }) => id));
    for (const [id, settling] of this.#settlings) {
      if (present.has(id)) continue;
      settling.stop();
      this.#settlings.delete(id);
    }
    for (const id of present) {
      if (this.#missing(id).length === 0) continue;
      if (soon) this.#settling(id).later(TOGETHER);
      else this.#settling(id).kick();
    }
  }

  /** Requests a participant's streams again after a while. */
  later(participantId: string): void {
    if (!this.#closed) this.#settling(participantId).later(RETRY_DELAY);
  }

  /** Opens the transport before any stream is to be received. */
  prepare(): void {
    if (!this.#closed) this.#open().catch(() => {});
  }

  /** Continues with the media that were opened with the join. */
  take(opened: OpenedLane): void {
    if (this.#closed || this.transport || this.#opening) {
      this.#owner.context.abandoned.add(opened.transport.id);
      return;
    }
    const generation = this.#generation;
    const { consumers } = opened;
    for (const { producerId } of consumers) this.#negotiating.add(producerId);
    const receive = (transport: ReceiveTransport) => {
      for (const consumer of consumers) void this.#receive(consumer, transport, generation, true);
    };
    this.#open(opened).then(receive, () => {
      if (generation !== this.#generation) return;
      for (const { producerId, participantId } of consumers) {
        this.#negotiating.delete(producerId);
        this.#owner.uncertain.add(participantId);
      }
      this.kick();
    });
  }

  /** No packets at all arrive from the media node. */
  get isSilent(): boolean {
    return this.#keeper?.isSilent ?? false;
  }

  resumed(networkChanged: boolean): void {
    this.#attempts.clear();
    this.#keeper?.resumed(networkChanged);
    this.#starting.kick();
  }

  reconnect(): void {
    this.#keeper?.again();
  }

  /**
   * Drops the transport; streams still published on the node are requested again on a new one.
   * `nodeIsGone`: they move to another node, if at all.
   */
  reset(nodeIsGone = false): void {
    this.#closeTransport(nodeIsGone);
    this.#attempts.clear();
    this.kick();
  }

  /** Like `reset`, without new requests. */
  forget(): void {
    this.#closeTransport();
    this.#attempts.clear();
  }

  close(): void {
    this.#closed = true;
    for (const settling of this.#settlings.values()) settling.stop();
    this.#settlings.clear();
    this.#starting.stop();
    this.#closeTransport();
  }

  async #settle(participantId: string): Promise<void> {
    if (this.#owner.context.session.connection !== 'connected') return;
    const producerIds = this.#missing(participantId);
    if (producerIds.length === 0) return;
    const generation = this.#generation;
    try {
      await this.#subscribe(participantId, await this.#open(), generation);
    } catch (error) {
      // The caller that dropped the transport has kicked already.
      if (generation !== this.#generation) return;
      this.#count(producerIds);
      if (isTransportGone(error)) {
        this.#closeTransport();
        this.kick();
      }
      if (this.#missing(participantId).length > 0) throw error;
      return;
    }
    this.#count(producerIds);
    if (this.#missing(participantId).length > 0) this.later(participantId);
  }

  async #subscribe(participantId: string, transport: ReceiveTransport, generation: number): Promise<void> {
    const owner = this.#owner;
    const { session, device } = owner.context;
    const tried = this.#missing(participantId).some((id) => (this.#attempts.get(id) ?? 0) === DOUBTFUL_ATTEMPTS);
    if (tried || owner.uncertain.has(participantId)) {
      await session.request('unsubscribe', { participantId });
      owner.uncertain.delete(participantId);
      owner.dropParticipant(participantId);
    }
    let consumers: Consumer[];
    this.#gathering.requested();
    try {
      ({ consumers } = await session.request('subscribe', {
        participantId,
        transportId: transport.id,
        rtpCapabilities: device.rtpCapabilities,
        paused: true,
      }));
    } catch (error) {
      // Without an answer it is unknown whether the consumers were made.
      this.#gathering.answered();
      if (!isTransportGone(error)) owner.uncertain.add(participantId);
      throw error;
    }
    const current = generation === this.#generation ? consumers : [];
    for (const { producerId } of current) this.#negotiating.add(producerId);
    this.#gathering.answered(current.map((consumer) => () => void this.#receive(consumer, transport, generation)));
  }

  /** `started`: it receives packets already. */
  async #receive(consumer: Consumer, transport: ReceiveTransport, generation: number, started = false): Promise<void> {
    const owner = this.#owner;
    const { producerId, participantId } = consumer;
    let receiver: Receiver | undefined;
    try {
      receiver = await transport.receive(consumer);
    } catch {
      // The browser refused it, or the transport has ended; the server assumes that it is received.
    }
    if (generation !== this.#generation) {
      receiver?.close();
      return;
    }
    this.#negotiating.delete(producerId);
    const present = owner.others().some(({ id }) => id === participantId);
    if (receiver && present && owner.wants(participantId)) {
      owner.adopt(this, producerId, consumer, receiver);
      if (consumer.kind === 'audio' || started) return;
      this.#unstarted.add(consumer.id);
      // Together with the other consumers of the same negotiation.
      this.#starting.later(0);
      return;
    }
    receiver?.close();
    if (!present) return;
    owner.uncertain.add(participantId);
    this.#count([producerId]);
    if (this.#missing(participantId).length > 0) this.later(participantId);
  }

  /** Repeats unanswered requests; a consumer that does not exist any more needs no start. */
  async #start(): Promise<void> {
    const { session } = this.#owner.context;
    if (session.connection !== 'connected') return;
    const start = async (consumerId: string) => {
      try {
        await session.request('consumer.resume', { consumerId });
      } catch (error) {
        if (isPassing(error)) throw error;
      }
      this.#unstarted.delete(consumerId);
    };
    const results = await Promise.allSettled([...this.#unstarted].map(start));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #settling(participantId: string): Settling {
    let settling = this.#settlings.get(participantId);
    if (!settling) {
      settling = new Settling(() => this.#settle(participantId));
      this.#settlings.set(participantId, settling);
    }
    return settling;
  }

  /** Wanted producers of a participant on this node that have no consumer yet. */
  #missing(participantId: string): string[] {
    const owner = this.#owner;
    if (!owner.wants(participantId)) return [];
    const producers = owner.others().find(({ id }) => id === participantId)?.producers ?? [];
    return owner
      .takes(producers)
      .filter(({ mediaNodeId }) => mediaNodeId === this.mediaNodeId)
      .map(({ id }) => id)
      .filter((id) => !owner.has(id) && !owner.isLost(id) && !this.#negotiating.has(id))
      .filter((id) => (this.#attempts.get(id) ?? 0) < MOST_ATTEMPTS);
  }

  #count(producerIds: string[]): void {
    for (const id of producerIds) {
      if (this.#owner.has(id)) this.#attempts.delete(id);
      else if (!this.#negotiating.has(id) && this.#owner.context.session.connection === 'connected') {
        this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + 1);
      }
    }
  }

  #open(given?: OpenedTransport): Promise<ReceiveTransport> {
    if (this.transport) return Promise.resolve(this.transport);
    if (!this.#opening) {
      const opening = this.#openOne(this.#generation, given).finally(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
      this.#opening = opening;
    }
    return this.#opening;
  }

  async #openOne(generation: number, given?: OpenedTransport): Promise<ReceiveTransport> {
    const { context } = this.#owner;
    const { session, device, health, paths, interruptions, ice, abandoned } = context;
    const request = { direction: 'receive', mediaNodeId: this.mediaNodeId } as const;
    const wanted = () => generation === this.#generation;
    const { transport: parameters } = await openTransport(context, request, wanted, given);
    const transport = abandoned.unlessMade(parameters.id, () =>
      device.openReceive(transportOptions(context, parameters, (state) => keeper.stateChanged(state))),
    );
    const own = health.transport('receive');
    const keeper = new ConnectionKeeper({
      ...{ transport, session, paths, interruptions, ice },
      health: {
        ...own,
        silent: (isSilent) => {
          own.silent(isSilent);
          this.#owner.laneSilent(this);
        },
      },
      onGone: () => this.reset(),
      flows: (within) => this.#owner.flowsThrough(this, within),
      expected: () => this.#owner.expectsThrough(this),
    });
    this.transport = transport;
    this.#keeper = keeper;
    return transport;
  }

  #closeTransport(nodeIsGone = false): void {
    this.#generation += 1;
    this.#opening = undefined;
    this.#gathering.clear();
    this.#negotiating.clear();
    this.#unstarted.clear();
    this.#keeper?.close(nodeIsGone);
    this.#keeper = undefined;
    if (this.transport && !nodeIsGone) this.#owner.context.abandoned.add(this.transport.id);
    // First: receivers that end with their connection need no negotiation of their own at the
    // moment when others need one.
    this.transport?.close();
    this.transport = undefined;
    this.#owner.dropLane(this);
  }
}

/** Milliseconds: less than the negotiation that the wait saves. */
const LONGEST_GATHERING = 100;

/**
 * Milliseconds: camera and microphone of a participant are announced together, in one event after
 * the other. Requesting both at once saves a negotiation, which costs more.
 */
const TOGETHER = 30;

/**
 * Milliseconds until a producer that was in the room but not yet on its node is requested again.
 */
const RETRY_DELAY = 500;

/**
 * After so many requests without a consumer, the server may assume that one exists: the client
 * unsubscribes and subscribes afresh.
 */
const DOUBTFUL_ATTEMPTS = 2;

/**
 * Requests for one producer, with growing pauses: enough for any race, few for a codec that this
 * browser lacks.
 */
const MOST_ATTEMPTS = 6;
