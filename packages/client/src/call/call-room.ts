import {
  type ParticipantQuality,
  type RoomChange,
  type RoomEvent,
  type RoomParticipant,
  type RoomSnapshot,
  spotlitOf,
} from '@waterbus/protocol';
import type { Decodes } from '../media/codec-choice.js';
import type { Publisher } from '../media/publisher.js';
import type { Subscriber } from '../media/subscriber.js';
import { RoomMirror } from '../room/room-mirror.js';
import type { CallEmitter } from './call-emitter.js';
import { Remote, type RemoteStream } from './participants.js';

export interface CallRoomOptions {
  events: CallEmitter;
  publisher: Publisher;
  subscriber: Subscriber;
  /** Events are missing: the snapshot is needed. */
  onGap(): void;
}

/**
 * The room of a call (R1): applies its events and snapshots to the objects that the application
 * uses and to the media, and emits the difference.
 */
export class CallRoom {
  observers = 0;
  #options: CallRoomOptions;
  #mirror: RoomMirror | undefined;
  #participantId = '';
  #self: RoomParticipant = { id: '', name: '', role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
  #remotes: readonly Remote[] = [];

  constructor(options: CallRoomOptions) {
    this.#options = options;
  }

  /** This client's participant. */
  get self(): RoomParticipant {
    return this.#self;
  }

  get remotes(): readonly Remote[] {
    return this.#remotes;
  }

  /** The others in the room. */
  get others(): RoomParticipant[] {
    return this.#mirror?.room.participants.filter(({ id }) => id !== this.#participantId) ?? [];
  }

  /** The participant that is large for all. */
  get spotlight(): string | undefined {
    return this.#mirror && spotlitOf(this.#mirror.room.participants)?.id;
  }

  /** The codecs that every other participant decodes, observers included. */
  get audience(): Decodes[] {
    const observers = Object.entries(this.#mirror?.room.observerDecodes ?? {});
    const observing = observers.filter(([id]) => id !== this.#participantId).map(([, decodes]) => decodes);
    return [...this.others.map(({ decodes }) => decodes), ...observing];
  }

  /** This client is this participant from now on. */
  enteredAs(participantId: string): void {
    this.#participantId = participantId;
    // A hidden participant is not in the room.
    this.#self = { ...this.#self, id: participantId };
  }

  event(event: RoomEvent): void {
    if (!this.#mirror) return;
    const { changes, gap } = this.#mirror.receive(event);
    // The last of them is the room's version.
    const before = this.#mirror.room.version - changes.length;
    this.#apply(
      changes.map((change, index) => [change, before + index + 1]),
      true,
    );
    if (gap) this.#options.onGap();
  }

  /** `afresh`: version numbers start anew. */
  snapshot(room: RoomSnapshot, afresh: boolean): void {
    this.#mirror ??= new RoomMirror({ roomId: room.roomId, version: 0, participants: [] });
    const { changes, gap } = this.#mirror.reset(room, afresh);
    const { version } = this.#mirror.room;
    this.#apply(
      changes.map((change) => [change, version]),
      false,
    );
    if (gap) this.#options.onGap();
  }

  /** The track of the producer is available, was replaced or ended. */
  trackChanged(producerId: string): void {
    for (const [stream, remote] of this.#streams(producerId)) this.#emitTrack(stream, remote);
  }

  /** The layers of the producer's picture, or their cause, have changed. */
  layersChanged(producerId: string): void {
    for (const [stream, remote] of this.#streams(producerId)) {
      this.#options.events.emit('publication.updated', stream, remote);
    }
  }

  /** Of another participant. */
  quality({ participantId, ...quality }: ParticipantQuality): void {
    const remote = this.remote(participantId);
    if (!remote) return;
    remote.connectionQuality = quality;
    this.#options.events.emit('participant.updated', remote);
  }

  /** `soon`: more events may follow at once. */
  #apply(changes: [RoomChange, version: number][], soon: boolean): void {
    const { room } = this.#mirror!;
    this.#self = room.participants.find(({ id }) => id === this.#participantId) ?? this.#self;
    for (const [change, version] of changes) this.#applyOne(change, version);
    if (changes.length === 0) return;
    this.#observe(room.observers);
    // After changes found by comparing snapshots, the order of the room counts, not that of the
    // changes.
    const order = new Map(room.participants.map(({ id }, index) => [id, index]));
    this.#remotes = [...this.#remotes]
      .filter(({ id }) => order.has(id) && id !== this.#participantId)
      .sort((one, other) => order.get(one.id)! - order.get(other.id)!);
    for (const remote of this.#remotes) remote.state = room.participants[order.get(remote.id)!]!;
    const { subscriber, publisher, events } = this.#options;
    subscriber.roomChanged(soon);
    publisher.audienceChanged();
    events.changed();
  }

  #applyOne(change: RoomChange, version: number): void {
    if (change.type === 'observer.joined') return;
    const id = change.type === 'participant.joined' ? change.participant.id : change.participantId;
    if (id === this.#participantId) {
      this.#applyOwn(change, version);
      return;
    }
    if (change.type === 'participant.joined') {
      const remote = new Remote(change.participant, this.#options.subscriber);
      this.#remotes = [...this.#remotes, remote];
      this.#options.events.emit('participant.joined', remote);
      return;
    }
    const remote = this.remote(id);
    if (remote) this.#applyTo(remote, change);
  }

  #applyOwn(change: RoomChange, version: number): void {
    const { publisher, events } = this.#options;
    if (change.type === 'producer.removed') publisher.producerGone(change.producerId);
    if (change.type === 'producer.updated') publisher.producerReported(change.producerId, change.paused, version);
    if (change.type === 'participant.updated') events.emit('local.updated', undefined);
  }

  #applyTo(remote: Remote, change: Exclude<RoomChange, { type: 'participant.joined' | 'observer.joined' }>): void {
    const { events, subscriber } = this.#options;
    switch (change.type) {
      case 'participant.left':
        this.#remotes = this.#remotes.filter((one) => one !== remote);
        subscriber.dropParticipant(remote.id);
        remote.left();
        events.emit('participant.left', remote, change.reason);
        return;
      case 'participant.updated': {
        const { name = remote.name, role = remote.role, connection = remote.connection, metadata } = change;
        const { handRaisedAt = remote.state.handRaisedAt } = change;
        const more = { ...(handRaisedAt !== undefined && { handRaisedAt }), ...(metadata && { metadata }) };
        remote.state = { ...remote.state, name, role, connection, ...more };
        events.emit('participant.updated', remote);
        return;
      }
      case 'producer.added': {
        const { stream, fresh } = remote.add(change.producer);
        events.emit(fresh ? 'publication.added' : 'publication.updated', stream, remote);
        // The answer to a subscription can overtake the event.
        this.#emitTrack(stream, remote);
        return;
      }
      case 'producer.updated': {
        const stream = remote.stream(change.producerId);
        if (!stream) return;
        stream.update(change.producerId, change.paused);
        events.emit('publication.updated', stream, remote);
        return;
      }
      case 'producer.removed': {
        subscriber.drop(change.producerId);
        const removed = remote.remove(change.producerId);
        if (!removed) return;
        if (removed.over) events.emit('publication.removed', removed.stream, remote);
        else this.#emitTrack(removed.stream, remote);
        return;
      }
    }
  }

  #observe(ids: readonly string[] = []): void {
    const observers = ids.filter((id) => id !== this.#participantId).length;
    if (observers === this.observers) return;
    this.observers = observers;
    this.#options.events.emit('observers', observers);
  }

  #emitTrack(stream: RemoteStream, remote: Remote): void {
    const change = stream.trackChange();
    if (change === 'subscribed') this.#options.events.emit('track.subscribed', stream.track!, stream, remote);
    if (change === 'unsubscribed') this.#options.events.emit('track.unsubscribed', stream, remote);
  }

  /** Another participant. */
  remote(participantId: string): Remote | undefined {
    return this.#remotes.find(({ id }) => id === participantId);
  }

  #streams(producerId: string): [RemoteStream, Remote][] {
    return this.#remotes.flatMap((remote) => {
      const stream = remote.stream(producerId);
      return stream ? [[stream, remote] satisfies [RemoteStream, Remote]] : [];
    });
  }
}
