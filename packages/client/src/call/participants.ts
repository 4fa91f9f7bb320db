import type { ConsumerLayers, Priority, RoomParticipant, RoomProducer, Source } from '@waterbus/protocol';
import type {
  ConnectionQuality,
  LocalParticipant,
  LocalPublication,
  Metadata,
  PausedBy,
  PreferredView,
  RemoteParticipant,
  RemotePublication,
} from '../api/participants.js';
import type { Publisher } from '../media/publisher.js';
import type { Subscriber } from '../media/subscriber.js';

/**
 * The public objects of the room's participants. They keep their identity for as long as the
 * participant stays.
 */

export class Remote implements RemoteParticipant {
  readonly id: string;
  state: RoomParticipant;
  connectionQuality: ConnectionQuality | undefined;
  #subscriber: Subscriber;
  #publications: RemoteStream[] = [];

  constructor(state: RoomParticipant, subscriber: Subscriber) {
    this.id = state.id;
    this.state = state;
    this.#subscriber = subscriber;
    for (const producer of state.producers) this.add(producer);
  }

  get name() {
    return this.state.name;
  }

  get avatarUrl() {
    return avatarUrl(this.state);
  }

  get role() {
    return this.state.role;
  }

  get metadata() {
    return this.state.metadata ?? NO_METADATA;
  }

  get connection() {
    return this.state.connection;
  }

  get handRaisedAt() {
    return this.state.handRaisedAt || undefined;
  }

  get publications(): readonly RemoteStream[] {
    return this.#publications;
  }

  publication(source: Source): RemotePublication | undefined {
    // A participant that lost a transport may send anew before the servers detect that the old one
    // is dead.
    return this.#publications.findLast((publication) => publication.source === source);
  }

  subscribe(): Promise<void> {
    return this.#subscriber.subscribe(this.id);
  }

  unsubscribe(): Promise<void> {
    return this.#subscriber.unsubscribe(this.id);
  }

  /** It is not in the room any more. */
  left(): void {
    for (const publication of this.#publications) this.#subscriber.pictures.publicationGone(publication);
  }

  stream(producerId: string): RemoteStream | undefined {
    return this.#publications.find((publication) => publication.has(producerId));
  }

  /**
   * The publication that the producer belongs to, and whether it is a new one: the producer may
   * carry on an existing one (R10), or be the same in another codec.
   */
  add(producer: RoomProducer): { stream: RemoteStream; fresh: boolean } {
    const { replaces, source, alternative } = producer;
    const same = this.#publications.find((publication) => publication.source === source);
    const known =
      replaces === undefined ? (alternative || same?.isAlternative) && same : (this.stream(replaces) ?? same);
    if (known) {
      known.add(producer);
      return { stream: known, fresh: false };
    }
    const stream = new RemoteStream(producer, this.#subscriber);
    this.#publications = [...this.#publications, stream];
    return { stream, fresh: true };
  }

  /** The publication that the producer belonged to, and whether it ended with it. */
  remove(producerId: string): { stream: RemoteStream; over: boolean } | undefined {
    const stream = this.stream(producerId);
    if (!stream) return undefined;
    const over = !stream.remove(producerId);
    if (over) {
      this.#publications = this.#publications.filter((publication) => publication !== stream);
      this.#subscriber.pictures.publicationGone(stream);
    }
    return { stream, over };
  }
}

/**
 * One publication over all the producers that carry its stream, one after the other or in two
 * codecs.
 */
export class RemoteStream implements RemotePublication {
  /** The newest last. */
  #producers: RoomProducer[];
  #subscriber: Subscriber;
  #reported: MediaStreamTrack | undefined;

  constructor(producer: RoomProducer, subscriber: Subscriber) {
    this.#producers = [producer];
    this.#subscriber = subscriber;
  }

  get source() {
    return this.#newest.source;
  }

  get kind() {
    return this.#newest.kind;
  }

  /** Only the second one of the codecs in which it is published exists. */
  get isAlternative(): boolean {
    return this.#producers.every(({ alternative }) => alternative);
  }

  get muted() {
    return this.#newest.paused;
  }

  get track(): MediaStreamTrack | undefined {
    const shown = this.#shown;
    return shown && this.#subscriber.track(shown.id);
  }

  get pausedBy(): PausedBy | undefined {
    if (this.muted) return 'muted';
    if (this.#subscriber.takes(this.#producers).length === 0) return 'codec';
    if (this.#isCutOff) return 'no-media';
    const layers = this.#layers;
    if (!layers || layers.cause === 'none') return undefined;
    return layers.spatial < 0 || layers.cause === 'no-media' ? layers.cause : undefined;
  }

  get limitedBy(): 'bandwidth' | undefined {
    return this.#layers?.cause === 'bandwidth' ? 'bandwidth' : undefined;
  }

  get layers(): { spatial: number; temporal: number } | undefined {
    const { spatial, temporal } = this.#layers ?? { spatial: -1, temporal: -1 };
    return spatial < 0 ? undefined : { spatial, temporal };
  }

  observe(element: Element, { priority = 'low' }: { priority?: Priority } = {}): () => void {
    return this.#subscriber.pictures.observe(this, element, priority);
  }

  prefer(view: PreferredView): () => void {
    return this.#subscriber.pictures.prefer(this, view);
  }

  /** How the track has changed since the last call. */
  trackChange(): 'subscribed' | 'unsubscribed' | undefined {
    const { track } = this;
    if (track === this.#reported) return undefined;
    this.#reported = track;
    return track ? 'subscribed' : 'unsubscribed';
  }

  has(producerId: string): boolean {
    return this.#producers.some(({ id }) => id === producerId);
  }

  add(producer: RoomProducer): void {
    this.#producers.push(producer);
  }

  update(producerId: string, paused: boolean): void {
    this.#producers = this.#producers.map((producer) =>
      producer.id === producerId ? { ...producer, paused } : producer,
    );
  }

  /** False when it was the last one. It is kept then, so that the publication can still be read. */
  remove(producerId: string): boolean {
    if (this.#producers.length === 1) return false;
    this.#producers = this.#producers.filter(({ id }) => id !== producerId);
    return true;
  }

  get #newest(): RoomProducer {
    return this.#producers.findLast(({ alternative }) => !alternative) ?? this.#producers.at(-1)!;
  }

  get #isCutOff(): boolean {
    const shown = this.#shown;
    return shown !== undefined && this.#subscriber.isCutOff(shown.id);
  }

  get #layers(): ConsumerLayers | undefined {
    const shown = this.#shown;
    return shown && this.#subscriber.layers(shown.id);
  }

  /** The newest that can be seen or heard. */
  get #shown(): RoomProducer | undefined {
    const received = this.#producers.filter(({ id }) => this.#subscriber.has(id)).reverse();
    return received.find(({ id }) => this.#subscriber.flows(id)) ?? received[0];
  }
}

export class Local implements LocalParticipant {
  connectionQuality: ConnectionQuality | undefined;
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

  get avatarUrl() {
    return avatarUrl(this.#state());
  }

  get role() {
    return this.#state().role;
  }

  get metadata() {
    return this.#state().metadata ?? NO_METADATA;
  }

  get handRaisedAt() {
    return this.#state().handRaisedAt || undefined;
  }

  get publications(): readonly LocalPublication[] {
    return this.#publisher.publications;
  }

  publication(source: Source): LocalPublication | undefined {
    return this.#publisher.publications.find((publication) => publication.source === source);
  }
}

/** As in the answers of the API. */
function avatarUrl({ avatarId }: RoomParticipant): string | null {
  return avatarId === undefined ? null : `/v1/avatars/${avatarId}`;
}

/** The same object, for comparisons by identity. */
const NO_METADATA: Metadata = Object.freeze({});
