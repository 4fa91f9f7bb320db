import type { ClientResponse } from '@waterbus/protocol';
import { isTransportGone } from '../failures.js';
import { ConnectionKeeper } from './connection-keeper.js';
import type { Receiver, ReceiveTransport } from './device.js';
import { Settling } from './settling.js';
import type { SubscriberOptions } from './subscriber.js';

/** What a lane needs of the subscriber that owns it. */
export interface Lane {
  readonly options: SubscriberOptions;
  readonly uncertain: Set<string>;
  wants(participantId: string): boolean;
  has(producerId: string): boolean;
  adopt(lane: NodeLane, producerId: string, consumer: { id: string; participantId: string }, receiver: Receiver): void;
  dropParticipant(participantId: string): void;
  dropLane(lane: NodeLane): void;
}

type Consumer = ClientResponse<'subscribe'>['consumers'][number];

/** The way to one media node: a transport, opened for the first producer there, and the subscriptions on it. */
export class NodeLane {
  readonly mediaNodeId: string;
  transport: ReceiveTransport | undefined;
  #keeper: ConnectionKeeper | undefined;
  #owner: Lane;
  #settling = new Settling(() => this.#settle());
  /** Fruitless requests per producer, so that one which cannot be decoded is not asked for forever. */
  #attempts = new Map<string, number>();
  #generation = 0;
  #closed = false;

  constructor(mediaNodeId: string, owner: Lane) {
    this.mediaNodeId = mediaNodeId;
    this.#owner = owner;
  }

  kick(): void {
    this.#settling.kick();
  }

  later(): void {
    this.#settling.later(RETRY_DELAY);
  }

  resumed(): void {
    this.#attempts.clear();
    this.#keeper?.resumed();
  }

  /** Drops the transport; what is still published on the node is asked for again on a new one. */
  reset(): void {
    this.#closeTransport();
    this.#attempts.clear();
    this.#settling.kick();
  }

  close(): void {
    this.#closed = true;
    this.#settling.stop();
    this.#closeTransport();
  }

  async #settle(): Promise<void> {
    const { session } = this.#owner.options;
    if (session.connection !== 'connected') return;
    const missing = this.#missing();
    if (missing.length === 0) return;
    const generation = this.#generation;
    try {
      const transport = await this.#open(generation);
      const results = await Promise.allSettled(missing.map(({ id }) => this.#subscribe(id, transport, generation)));
      if (generation !== this.#generation) return;
      const failure = results.find((result) => result.status === 'rejected');
      if (failure) throw failure.reason;
    } catch (error) {
      if (generation !== this.#generation) return;
      if (isTransportGone(error)) this.#closeTransport();
      for (const { producerIds } of missing) this.#count(producerIds);
      if (this.#missing().length > 0) throw error;
      return;
    }
    for (const { producerIds } of missing) this.#count(producerIds);
    if (this.#missing().length > 0) this.later();
  }

  async #subscribe(participantId: string, transport: ReceiveTransport, generation: number): Promise<void> {
    const owner = this.#owner;
    const { session, device } = owner.options;
    if (owner.uncertain.has(participantId)) {
      await session.request('unsubscribe', { participantId });
      owner.uncertain.delete(participantId);
      owner.dropParticipant(participantId);
    }
    let consumers: Consumer[];
    try {
      ({ consumers } = await session.request('subscribe', {
        participantId,
        transportId: transport.id,
        rtpCapabilities: device.rtpCapabilities,
      }));
    } catch (error) {
      // Whether the consumers were made is not known when no answer came.
      if (!isTransportGone(error)) owner.uncertain.add(participantId);
      throw error;
    }
    await Promise.all(consumers.map((consumer) => this.#receive(consumer, transport, generation)));
  }

  async #receive(consumer: Consumer, transport: ReceiveTransport, generation: number): Promise<void> {
    const owner = this.#owner;
    let receiver: Receiver;
    try {
      receiver = await transport.receive(consumer);
    } catch (error) {
      if (generation === this.#generation) {
        owner.uncertain.add(consumer.participantId);
      }
      throw error;
    }
    if (generation !== this.#generation || this.#closed || !owner.wants(consumer.participantId)) receiver.close();
    else owner.adopt(this, consumer.producerId, consumer, receiver);
  }

  /** Wanted participants with producers on this node that have no consumer yet. */
  #missing(): { id: string; producerIds: string[] }[] {
    return this.#owner.options.others().flatMap(({ id, producers }) => {
      if (!this.#owner.wants(id)) return [];
      const producerIds = producers
        .filter((producer) => producer.mediaNodeId === this.mediaNodeId && !this.#owner.has(producer.id))
        .map((producer) => producer.id)
        .filter((producerId) => (this.#attempts.get(producerId) ?? 0) < MOST_ATTEMPTS);
      return producerIds.length > 0 ? [{ id, producerIds }] : [];
    });
  }

  #count(producerIds: string[]): void {
    for (const producerId of producerIds) {
      if (this.#owner.has(producerId)) this.#attempts.delete(producerId);
      else if (this.#owner.options.session.connection === 'connected') {
        this.#attempts.set(producerId, (this.#attempts.get(producerId) ?? 0) + 1);
      }
    }
  }

  async #open(generation: number): Promise<ReceiveTransport> {
    if (this.transport) return this.transport;
    const { session, device, iceServers, ready } = this.#owner.options;
    const [{ transport: parameters }] = await Promise.all([
      session.request('transport.open', { direction: 'receive', mediaNodeId: this.mediaNodeId }),
      ready(),
    ]);
    if (generation !== this.#generation) throw new Error('reset while the transport was being opened');
    const transportId = parameters.id;
    const transport = device.openReceive({
      parameters,
      iceServers: iceServers(),
      connect: async (dtlsParameters) => {
        await session.request('transport.connect', { transportId, dtlsParameters });
      },
      onState: (state) => keeper.stateChanged(state),
    });
    const keeper = new ConnectionKeeper(transport, session, () => this.reset());
    this.transport = transport;
    this.#keeper = keeper;
    return transport;
  }

  #closeTransport(): void {
    this.#generation += 1;
    this.#keeper?.close();
    this.#keeper = undefined;
    this.#owner.dropLane(this);
    this.transport?.close();
    this.transport = undefined;
  }
}

/** Milliseconds until a producer that was in the room but not yet on its node is asked for again. */
const RETRY_DELAY = 500;

/** Requests for one producer, with growing pauses: enough for any race, few for a codec that this browser lacks. */
const MOST_ATTEMPTS = 6;
