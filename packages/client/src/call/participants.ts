import type { RoomParticipant, RoomProducer, Source } from '@waterbus/protocol';
import type { LocalParticipant, LocalPublication, RemoteParticipant, RemotePublication } from '../call.js';
import type { Publisher } from '../media/publisher.js';
import type { Subscriber } from '../media/subscriber.js';

/** The public faces of the room's participants. They keep their identity for as long as the participant stays. */

export class Remote implements RemoteParticipant {
  readonly id: string;
  state: RoomParticipant;
  #subscriber: Subscriber;
  #publications: RemoteStream[] = [];

  constructor(state: RoomParticipant, subscriber: Subscriber) {
    this.id = state.id;
    this.state = state;
    this.#subscriber = subscriber;
    this.#publications = state.producers.map((producer) => new RemoteStream(producer, subscriber));
  }

  get name() {
    return this.state.name;
  }

  get role() {
    return this.state.role;
  }

  get connection() {
    return this.state.connection;
  }

  get publications(): readonly RemoteStream[] {
    return this.#publications;
  }

  publication(source: Source): RemotePublication | undefined {
    return this.#publications.find((publication) => publication.source === source);
  }

  subscribe(): Promise<void> {
    return this.#subscriber.subscribe(this.id);
  }

  unsubscribe(): Promise<void> {
    return this.#subscriber.unsubscribe(this.id);
  }

  stream(producerId: string): RemoteStream | undefined {
    return this.#publications.find((publication) => publication.producer.id === producerId);
  }

  add(producer: RoomProducer): RemoteStream {
    const stream = new RemoteStream(producer, this.#subscriber);
    this.#publications = [...this.#publications, stream];
    return stream;
  }

  remove(producerId: string): RemoteStream | undefined {
    const stream = this.stream(producerId);
    if (stream) this.#publications = this.#publications.filter((publication) => publication !== stream);
    return stream;
  }
}

export class RemoteStream implements RemotePublication {
  producer: RoomProducer;
  #subscriber: Subscriber;

  constructor(producer: RoomProducer, subscriber: Subscriber) {
    this.producer = producer;
    this.#subscriber = subscriber;
  }

  get source() {
    return this.producer.source;
  }

  get kind() {
    return this.producer.kind;
  }

  get muted() {
    return this.producer.paused;
  }

  get track() {
    return this.#subscriber.track(this.producer.id);
  }
}

export class Local implements LocalParticipant {
  #state: () => RoomParticipant;
  #publisher: Publisher;

  constructor(state: () => RoomParticipant, publisher: Publisher) {
    this.#state = state;
    this.#publisher = publisher;
  }

  get id() {
    return this.#state().id;
  }

  get name() {
    return this.#state().name;
  }

  get role() {
    return this.#state().role;
  }

  get publications(): readonly LocalPublication[] {
    return this.#publisher.publications;
  }

  publication(source: Source): LocalPublication | undefined {
    return this.#publisher.publications.find((publication) => publication.source === source);
  }
}
