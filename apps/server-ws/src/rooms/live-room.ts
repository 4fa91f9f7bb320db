import type { Clock, Cluster, Unsubscribe } from '@waterbus/cluster';
import type { Logger, MediaNode } from '@waterbus/media-host';
import {
  applyRoomChange,
  type MeetingEvent,
  meetingOfRoom,
  type ParticipantQuality,
  type RoomEvent,
  type RoomParticipant,
  type RoomProducer,
  type RoomSnapshot,
  type SentReaction,
  type VideoCodecSetting,
} from '@waterbus/protocol';
import { boundLogger } from '../bound-logger.js';
import { type BusEvent, busTopics } from '../bus/contract.js';
import { topicListener } from '../bus/serve.js';
import type { PlacedRoom } from '../placement/place.js';
import type { Refusals } from '../refusals.js';
import { withDeadline } from '../time/with-deadline.js';
import { type BroadcastReceiver, RoomBroadcast } from './room-broadcast.js';
import { RoomReactions } from './room-reactions.js';
import { type ActiveSpeakers, RoomSpeakers, SPEECH_SOURCE } from './room-speakers.js';
import { SharedEvent } from './shared-event.js';

export interface LiveRoomContext {
  cluster: Cluster;
  clock: Clock;
  logger: Logger;
  refusals: Refusals;
  mediaNodes: { get(mediaNodeId: string): Pick<MediaNode, 'openRouter'> | undefined };
}

/**
 * A room on this node: the cluster's events in version order, the resulting state, and the
 * listeners here. The snapshot closes a gap in versions (R1).
 */
export class LiveRoom {
  private state: RoomSnapshot;
  /** `publishers` of these participants. */
  private publishing: { of: readonly RoomParticipant[]; list: RoomParticipant[] } = { of: [], list: [] };
  private readonly stops: Unsubscribe[] = [];
  private fetching = false;
  /** Highest version received. */
  private highestVersion = 0;
  private readonly listeners = new Set<RoomListener>();
  private readonly broadcast: RoomBroadcast;
  /**
   * Participants that were here when state may have been lost, and have not been found since;
   * awaited until `waitUntil`.
   */
  private missing = new Set<string>();
  private waitUntil = 0;
  /** Called when the state has changed. */
  private readonly onChange = new Set<() => void>();
  private readonly roomSpeakers: RoomSpeakers;
  private readonly reactions: RoomReactions;
  /**
   * The meeting's `loudest`, once it changed while this node knew the room; takes precedence over
   * join tokens.
   */
  loudest: number | undefined;
  videoCodec: VideoCodecSetting | undefined;

  /** Of the participants whose quality was reported since this node knows the room. */
  private readonly qualityOf = new Map<string, ParticipantQuality>();

  private constructor(
    readonly id: string,
    private readonly cluster: Cluster,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly mediaNodes: LiveRoomContext['mediaNodes'],
  ) {
    this.state = { roomId: id, version: 0, participants: [] };
    this.broadcast = new RoomBroadcast(this.listeners, clock);
    this.roomSpeakers = new RoomSpeakers(
      (producerId) => this.microphoneOwner(producerId),
      clock,
      (speakers) => this.emitLive(new SharedEvent('activeSpeakers', { speakers })),
    );
    this.reactions = new RoomReactions(clock, (reactions) => {
      const published = cluster.bus.publish(busTopics.reactions.of(id), { reactions });
      published.catch((error) => logger.warn({ error: String(error) }, 'reactions not published'));
    });
  }

  static async open(id: string, context: LiveRoomContext): Promise<LiveRoom> {
    const { cluster, clock, logger, refusals, mediaNodes } = context;
    const room = new LiveRoom(id, cluster, clock, boundLogger(logger, { meetingId: id }), mediaNodes);
    try {
      room.stops.push(
        await cluster.rooms.watch(
          id,
          (event) => room.roomEvent(event),
          () => room.stateUncertain(),
        ),
      );
      room.stops.push(
        await cluster.bus.subscribe(
          busTopics.meeting.of(meetingOfRoom(id)),
          topicListener('meeting', refusals, (event) => room.meetingEvent(event)),
        ),
      );
      room.stops.push(
        await cluster.bus.subscribe(
          busTopics.quality.of(id),
          topicListener('quality', refusals, (event) => room.qualityEvent(event.participants)),
        ),
      );
      room.stops.push(
        await cluster.bus.subscribe(
          busTopics.speakers.of(id),
          topicListener('speakers', refusals, (event) => room.roomSpeakers.report(event)),
        ),
      );
      room.stops.push(
        await cluster.bus.subscribe(
          busTopics.data.of(id),
          topicListener('data', refusals, (event) => room.dataEvent(event)),
        ),
      );
      room.stops.push(
        await cluster.bus.subscribe(
          busTopics.reactions.of(id),
          topicListener('reactions', refusals, (event) => room.emitLive(new SharedEvent('reactions', event))),
        ),
      );
      await room.fetch();
    } catch (error) {
      room.close();
      throw error;
    }
    return room;
  }

  get participants(): readonly RoomParticipant[] {
    return this.state.participants;
  }

  /** The participants that have producers: few of a large room. */
  get publishers(): readonly RoomParticipant[] {
    const { participants } = this.state;
    if (this.publishing.of !== participants) {
      this.publishing = { of: participants, list: participants.filter(({ producers }) => producers.length > 0) };
    }
    return this.publishing.list;
  }

  /** The participants' connection quality, as far as known. */
  get qualities(): ParticipantQuality[] {
    return [...this.qualityOf.values()];
  }

  participant(participantId: string): RoomParticipant | undefined {
    return this.state.participants.find((participant) => participant.id === participantId);
  }

  /** A producer and its owner. */
  producer(producerId: string): { producer: RoomProducer; participantId: string } | undefined {
    for (const participant of this.publishers) {
      const producer = participant.producers.find((candidate) => candidate.id === producerId);
      if (producer) return { producer, participantId: participant.id };
    }
    return undefined;
  }

  /** The active speakers, as emitted last. */
  get speakers(): ActiveSpeakers {
    return this.roomSpeakers.speakers;
  }

  /** For a participant that is about to publish in it. */
  toPlace(): PlacedRoom {
    const holding = this.publishers.flatMap(({ producers }) => producers.map(({ mediaNodeId }) => mediaNodeId));
    return { id: this.id, participants: this.state.participants.length, holding: new Set(holding) };
  }

  /**
   * The room at `version` or later, as an answer of the cluster to a change of this node named it.
   * The events give the same room (R1), so the snapshot is read only if they are late, or if nobody
   * is visible. Without `version` it is read in any case.
   */
  async snapshot(version?: number): Promise<RoomSnapshot> {
    const isCurrent = version !== undefined && (await this.reaches(version));
    return isCurrent && this.state.participants.length > 0 ? this.state : this.read();
  }

  /** Whether no participant is visible at `version` or later. */
  async isEmptyAt(version: number): Promise<boolean> {
    if (await this.reaches(version)) return this.state.participants.length === 0;
    return !(await this.cluster.rooms.snapshot(this.id));
  }

  /** Events may have been missed, or the room lost. */
  stateUncertain(): void {
    this.missing = new Set(this.state.participants.map(({ id }) => id));
    this.waitUntil = this.clock.now() + LONGEST_WAIT;
    this.refresh();
  }

  /** Shows a reaction of a participant at home here to all. */
  react(reaction: SentReaction): void {
    this.reactions.add(reaction);
  }

  listen(listener: RoomListener): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.roomSpeakers.close();
    this.reactions.close();
    this.broadcast.close();
    for (const stop of this.stops) stop();
  }

  private roomEvent(event: RoomEvent): void {
    this.follow(event);
    this.roomSpeakers.refresh();
    for (const listener of [...this.listeners]) listener.roomEvent(event);
    this.broadcast.add(event);
  }

  private meetingEvent(event: MeetingEvent): void {
    if (event.type === 'meeting.updated') {
      this.loudest = event.meeting.settings.loudest;
      this.videoCodec = event.meeting.settings.videoCodec;
      for (const mediaNodeId of this.toPlace().holding) this.setLoudest(mediaNodeId, this.loudest);
    }
    const shared = new SharedEvent('meeting', event);
    for (const listener of [...this.listeners]) listener.meetingEvent(shared);
  }

  private dataEvent({ message, to }: BusEvent<'data'>): void {
    const shared = new SharedEvent('data', message);
    const only = to && new Set(to);
    for (const listener of [...this.listeners]) listener.dataMessage(shared, only);
  }

  /** From now on the media node forwards so many sounds of the room at once. */
  private setLoudest(mediaNodeId: string, loudest: number): void {
    const setting = this.mediaNodes.get(mediaNodeId)?.openRouter(this.id, { loudest });
    setting?.catch((error) => this.logger.warn({ mediaNodeId, error: String(error) }, 'loudest sounds not set'));
  }

  private qualityEvent(participants: ParticipantQuality[]): void {
    for (const quality of participants) {
      if (this.participant(quality.participantId)) this.qualityOf.set(quality.participantId, quality);
    }
    if (participants.length > 0) this.emitLive(new SharedEvent('quality', { participants }));
  }

  private emitLive(event: LiveEvent): void {
    for (const listener of [...this.listeners]) listener.liveEvent(event);
  }

  private microphoneOwner(producerId: string): string | undefined {
    const found = this.producer(producerId);
    return found?.producer.source === SPEECH_SOURCE && !found.producer.paused ? found.participantId : undefined;
  }

  /** Whether the events lead to this version soon, and none is missing. */
  private async reaches(version: number): Promise<boolean> {
    const isThere = () => this.state.version >= Math.max(version, this.highestVersion) && this.missing.size === 0;
    if (isThere()) return !this.fetching;
    if (this.fetching || this.missing.size > 0) return false;
    let stop = () => {};
    const reached = new Promise<void>((resolve) => {
      const check = () => {
        if (isThere()) resolve();
      };
      this.onChange.add(check);
      stop = () => this.onChange.delete(check);
    });
    await withDeadline(this.clock, LONGEST_LAG, reached);
    stop();
    return isThere() && !this.fetching;
  }

  /**
   * The current room of the cluster; without participants if none is visible (R1: its version never
   * decreases). After a possible loss, its earlier participants are awaited for a while: their
   * homes assert them, and no client must see them leave and return (R6).
   */
  private async read(): Promise<RoomSnapshot> {
    for (;;) {
      // Changes received while the answer is under way are not in it.
      const version = this.highestVersion;
      const snapshot = (await this.cluster.rooms.snapshot(this.id)) ?? { roomId: this.id, version, participants: [] };
      for (const { id } of snapshot.participants) this.missing.delete(id);
      if (this.missing.size === 0 || this.clock.now() >= this.waitUntil) return snapshot;
      await new Promise<void>((resolve) => void this.clock.after(LOOK_INTERVAL, resolve));
    }
  }

  private follow(event: RoomEvent): void {
    if (event.change.type === 'participant.left') {
      this.missing.delete(event.change.participantId);
      this.qualityOf.delete(event.change.participantId);
    }
    this.highestVersion = Math.max(this.highestVersion, event.version);
    if (event.version <= this.state.version) return;
    const next = event.version === this.state.version + 1 ? applyRoomChange(this.state, event.change) : undefined;
    if (next) this.state = next;
    else this.refresh();
    for (const check of [...this.onChange]) check();
  }

  private refresh(): void {
    this.fetch().catch((error) => this.logger.warn({ error: String(error) }, 'no room snapshot'));
  }

  /** Repeats until the state contains all received versions. */
  private async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      do {
        this.state = await this.read();
        this.highestVersion = Math.max(this.highestVersion, this.state.version);
      } while (this.state.version < this.highestVersion);
    } finally {
      this.fetching = false;
      for (const check of [...this.onChange]) check();
    }
  }
}

/**
 * Milliseconds: members try to reconnect every second. A participant that left meanwhile never
 * returns, and rooms must be correct within 5 s, reconnecting included (R6).
 */
const LONGEST_WAIT = 2500;
const LOOK_INTERVAL = 100;

/** Milliseconds by which an event is later than the answer to its change; one round trip. */
const LONGEST_LAG = 100;

export interface RoomListener extends BroadcastReceiver {
  /** A change of the room (R1, R2), at once; `roomEvents` brings it to live clients. */
  roomEvent(event: RoomEvent): void;
  /** An event of the meeting other than the room's. */
  meetingEvent(event: SharedEvent<'meeting'>): void;
  /** A message of a participant; `only`: for these participants. */
  dataMessage(event: SharedEvent<'data'>, only: ReadonlySet<string> | undefined): void;
  /** Changed connection qualities or active speakers, and reactions, for live clients. */
  liveEvent(event: LiveEvent): void;
}

export type LiveEvent = SharedEvent<'quality' | 'activeSpeakers' | 'reactions'>;

/** For listeners of some of the events. */
export const ignoringEvents: RoomListener = {
  roomEvent: () => {},
  roomEvents: () => {},
  meetingEvent: () => {},
  dataMessage: () => {},
  liveEvent: () => {},
};
