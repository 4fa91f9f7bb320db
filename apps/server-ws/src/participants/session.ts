// Beyond 400 lines because it is the whole life of a participant: each part is delegated.
import type { Home, Observing } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import {
  CodedError,
  type Grants,
  type LeaveReason,
  type MeetingEvent,
  type ParticipantMetadata,
  type Role,
  type RoomChange,
  type RoomCommand,
  type RoomEvent,
  type RoomParticipant,
  type RoomSnapshot,
  type ServerEvent,
  type ServerEventName,
  type Source,
  type VideoCodec,
  type VideoCodecSetting,
} from '@waterbus/protocol';
import { boundLogger, type LogIds } from '../bound-logger.js';
import { adoptTransports } from '../media/nodes/adoption.js';
import { newMinute } from '../media/participant/measured-minute.js';
import type { MediaOwner } from '../media/participant/media-owner.js';
import type { MediaHandover } from '../media/participant/own-media.js';
import { ParticipantMedia } from '../media/participant/participant-media.js';
import { mute, revoke } from '../media/participant/revoking.js';
import type { LiveEvent, LiveRoom, RoomListener } from '../rooms/live-room.js';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';
import { Serial } from '../time/serial.js';
import { ApplicationData } from './application-data.js';
import { ClientFeed, type FeedOwner, isReceiver, type KeptEvent } from './client-feed.js';
import type { ClientSocket } from './client-socket.js';
import type { ParticipantsContext } from './context.js';
import type { Departures } from './departures.js';
import { ParticipantMarks } from './participant-marks.js';
import { effective } from './permissions.js';
import { roomParticipant } from './room-participant.js';
import { RoomWriter, type WrittenParticipant } from './room-writer.js';
import type { SessionHandover } from './session-handover.js';
import type { Identity } from './tokens.js';

export type EndedReason = ServerEvent<'ended'>['reason'];
export type RemoveReason = Extract<RoomCommand, { type: 'remove' }>['reason'] | 'replaced';

/** The parts of the node that act on sessions, or that sessions report to. */
export interface SessionPeers {
  registry: { remove(session: Session): void };
  departures: Departures;
  moves: { present(session: Session): void };
  reassertion: { begin(session: Session): void };
}

/**
 * The life of a participant at home on this node: with a socket, or without one for the grace time.
 * It ends by leaving the room, or by a take-over of another node (R3). Of a hidden one the room
 * receives only that the call is observed; its home is kept like any other.
 */
export class Session implements MediaOwner, RoomListener, FeedOwner, WrittenParticipant {
  readonly participantId: string;
  readonly roomId: string;
  /** Of all log lines about it. */
  readonly ids: Required<LogIds>;
  readonly logger: Logger;
  readonly media: ParticipantMedia;
  readonly data: ApplicationData;
  ended = false;
  /** Joining, reconnecting, moderators' commands and ending run one after the other. */
  readonly lifecycle = new Serial();
  readonly marks: ParticipantMarks;
  /** Id of the participant that the user has pinned; for its own clients only. */
  private pinnedId: string | undefined;
  private readonly feed = new ClientFeed(this);
  private readonly writer: RoomWriter;
  /** Of the latest socket. */
  private caller: string | undefined;
  private stopGrace = () => {};
  /** Its client has joined anew, as another participant. */
  private isSucceeded = false;
  /** Milliseconds since 1970. */
  private joinedAt = 0;
  /** The store has removed this participant, or no longer had it. */
  private left = false;
  private readonly stopListening: () => void;

  constructor(
    /** Includes its grants; changed by moderators. */
    public identity: Identity,
    home: Home,
    readonly room: LiveRoom,
    private readonly context: ParticipantsContext,
    private readonly peers: SessionPeers,
  ) {
    this.participantId = identity.sub;
    this.roomId = identity.roomId;
    this.ids = { meetingId: this.roomId, participantId: this.participantId };
    this.logger = boundLogger(context.logger, this.ids);
    const { cluster, directory, limits, owners } = context;
    this.marks = new ParticipantMarks(this, context.clock);
    this.writer = new RoomWriter(cluster, this, home);
    this.media = new ParticipantMedia(this, directory, limits, owners);
    this.data = new ApplicationData(this, cluster.bus, context.clock, limits);
    this.stopListening = room.listen(this);
  }

  get hidden(): boolean {
    return this.identity.grants.hidden;
  }

  get accounts(): { caller?: string | undefined; owner?: string | undefined } {
    return { caller: this.caller, owner: this.identity.owner };
  }

  get loudest(): number | undefined {
    return this.room.loudest ?? this.identity.loudest;
  }

  get videoCodec(): VideoCodecSetting | undefined {
    return this.room.videoCodec ?? this.identity.videoCodec;
  }

  get grants(): Grants {
    return this.identity.grants;
  }

  /** The pinned participant, while it is in the room. */
  get pinned(): string | undefined {
    return this.pinnedId !== undefined && this.room.participant(this.pinnedId) ? this.pinnedId : undefined;
  }

  pin(participantId: string | undefined): void {
    this.pinnedId = participantId;
  }

  get hasSocket(): boolean {
    return this.feed.socket !== undefined;
  }

  /** Takes a socket; an earlier one is detached. */
  attach(socket: ClientSocket): void {
    this.stopGrace();
    this.isSucceeded = false;
    this.caller = socket.caller;
    this.feed.attach(socket);
  }

  /** The client's snapshot has been sent on `socket`: the present state and later events follow. */
  goLive(socket: ClientSocket, snapshotVersion: number): void {
    if (!this.feed.goLive(socket, snapshotVersion)) return;
    this.media.present();
    const { qualities, speakers } = this.room;
    if (qualities.length > 0) this.emitLive('quality', { participants: qualities });
    if (speakers.length > 0) this.emitLive('activeSpeakers', { speakers });
    this.peers.moves.present(this);
  }

  /**
   * The socket is lost: the grace time runs. The room is notified unless the client is back at
   * once, as when a load balancer restarts and cuts all sockets.
   */
  detach(socket: ClientSocket): void {
    if (this.ended || !this.feed.detach(socket)) return;
    if (this.isSucceeded) {
      void this.end('connection-lost');
      return;
    }
    const { clock, graceTime } = this.context;
    const stopGrace = clock.after(graceTime, () => void this.end('connection-lost'));
    const stopNotice = clock.after(RECONNECTING_AFTER, () => this.showReconnecting());
    this.stopGrace = () => {
      stopGrace();
      stopNotice();
    };
  }

  /** Sends to the participant's client, now or when it is back. */
  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    this.feed.emit(name, event);
  }

  /** Sends to a connected client only; a client that resumes is notified of the current state. */
  emitLive<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    this.feed.emitLive(name, event);
  }

  roomEvent(event: RoomEvent): void {
    const { change } = event;
    if (change.type === 'participant.left' && change.participantId === this.participantId && !this.ended) {
      this.abandon(isRemoval(change.reason) ? change.reason : 'expired');
    }
    this.feed.roomEvent(event);
  }

  roomEvents(batch: RoomEvents): void {
    this.feed.roomEvents(batch);
  }

  meetingEvent(event: SharedEvent<'meeting'>): void {
    this.feed.keptEvent(event);
  }

  dataMessage(event: SharedEvent<'data'>, only: ReadonlySet<string> | undefined): void {
    if (isReceiver(this.participantId, event, only)) this.feed.keptEvent(event);
  }

  liveEvent(event: LiveEvent): void {
    this.feed.liveEvent(event);
  }

  receives(event: MeetingEvent): boolean {
    switch (event.type) {
      case 'waiting.changed':
      case 'breakouts.help':
        return this.grants.moderate;
      case 'breakouts.assigned':
        return this.grants.moderate || Object.hasOwn(event.assignments, this.participantId);
      case 'members.changed':
        return this.identity.role !== 'guest';
      case 'private.created':
      case 'private.deleted':
        return event.from.includes(this.participantId) || event.to.includes(this.participantId);
      default:
        return true;
    }
  }

  /** Enters the room; returns the room's version. */
  join(at: number, decodes?: VideoCodec[]): Promise<number | undefined> {
    this.joinedAt = at;
    this.media.minute = newMinute(this.roomId, at);
    if (decodes?.length) this.media.decodes = decodes;
    const { participantId } = this;
    return this.writer.write(
      this.hidden
        ? { type: 'observer.joined', participantId, ...(decodes?.length && { decodes }) }
        : { type: 'participant.joined', participant: this.participant() },
    );
  }

  /** Shows the participant as connected; returns the room's version. */
  connected(): Promise<number | undefined> {
    const { participantId } = this;
    return this.writer.write({ type: 'participant.updated', participantId, connection: 'connected' });
  }

  change = async (change: RoomChange): Promise<void> => void (await this.writer.write(change));

  /**
   * The room for the client. `version`: that of the participant's own change, which the snapshot
   * contains.
   */
  async snapshot(version?: number): Promise<RoomSnapshot> {
    const snapshot = await this.room.snapshot(version);
    // A visible participant is in the room, or has left it permanently.
    if (snapshot.participants.length === 0 && !this.hidden) throw new CodedError('session.expired');
    return snapshot;
  }

  /** Raises the epoch of the participant's home here. */
  claim(): Promise<void> {
    return this.writer.claim();
  }

  /** Rejects when a hidden participant is no longer in the room. */
  async checkHome(): Promise<void> {
    if (this.hidden) await this.writer.checkObserver();
  }

  /**
   * Asserts the participant's state here, because the cluster may have lost it (R6). Rejects if
   * that is impossible now.
   */
  async assert(): Promise<void> {
    await this.lifecycle.run(async () => {
      if (!this.ended) await this.writer.assert();
    });
  }

  roomState(): RoomParticipant | Observing {
    return this.hidden ? { observes: true, decodes: this.media.decodes } : this.participant();
  }

  failed(what: string, error: unknown): void {
    if (error instanceof CodedError && (this.ended || error.code.startsWith('session.'))) return;
    this.logger.warn({ error: String(error) }, what);
  }

  /** Leaves the room. Resolves when everything is closed; a repeated call waits for the same. */
  async end(reason: LeaveReason, notified?: EndedReason): Promise<void> {
    if (!this.ended) this.context.quality.leaves(this);
    // Concurrently: a slow store must not keep the media of a removed participant alive (R8).
    await this.finish(notified, () => Promise.all([this.leaveRoom(reason), this.media.close()]));
  }

  /**
   * Removes the participant from the call and notifies it (R8), of `reason` by default. Rejects when
   * the room could not be changed.
   */
  async remove(reason: RemoveReason, notified: EndedReason = reason): Promise<void> {
    await this.end(reason, notified);
    if (!this.left) throw new CodedError('server.unavailable', 'the room could not be changed');
  }

  /**
   * Its client has joined anew, and must not be shown twice: there is no grace time, now or after
   * the loss of its socket.
   */
  async succeeded(): Promise<void> {
    this.isSucceeded = true;
    if (!this.hasSocket) await this.end('connection-lost');
  }

  /** Stops the participant's streams of a source; it may start them again. */
  async mute(source: Source): Promise<void> {
    const muted = mute(this.media, source);
    await this.lifecycle.run(muted);
  }

  /**
   * Applies another role, other grants and other metadata from now on; streams without a grant stop
   * (R7). A hidden participant stays hidden.
   */
  async update(wanted: { role?: Role; grants?: Grants; metadata?: ParticipantMetadata }): Promise<void> {
    const { hidden } = this;
    const { role = this.identity.role, grants = this.identity.grants, metadata } = wanted;
    this.identity = { ...this.identity, role, grants: effective({ ...grants, hidden }), ...(metadata && { metadata }) };
    // Without a socket the answer to `resume` carries them.
    if (this.hasSocket) this.emit('grants', this.grants);
    const revoked = revoke(this.media, this.grants);
    await this.lifecycle.run(async () => {
      await revoked();
      const { participantId } = this;
      await this.change({ type: 'participant.updated', participantId, role, ...(metadata && { metadata }) });
    });
  }

  /** The room shows this metadata from now on. */
  async writeMetadata(metadata: ParticipantMetadata): Promise<void> {
    const { participantId } = this;
    await this.lifecycle.run(async () => {
      this.identity = { ...this.identity, metadata };
      await this.change({ type: 'participant.updated', participantId, metadata });
    });
  }

  /** Reverts a join that failed. The caller keeps the socket. */
  async cancel(): Promise<void> {
    this.feed.release();
    await this.end('left');
  }

  /** Continues a participant of another home, with the events since its release there. */
  adopt({ media, missed, joinedAt, marks, pinned }: SessionHandover, later: readonly KeptEvent[]): void {
    this.media.adopt(media);
    this.joinedAt = joinedAt;
    this.marks.adopt(marks);
    this.pinnedId = pinned;
    this.feed.adopt(missed, later);
  }

  /**
   * Transfers the participant to the Server WS node `to`, which continues with its media. Until
   * participant and media belong to that node, this one has not released them and does not end: the
   * end of its lease removes all participants still at home here (R4).
   */
  async release(to: string): Promise<SessionHandover> {
    const { directory, cluster } = this.context;
    let media: MediaHandover = { transports: [], producers: [], consumers: [] };
    let home: Home | undefined;
    if (this.ended) throw new CodedError('session.expired');
    await this.finish('replaced', async () => {
      media = await this.media.release();
      const failed = (error: unknown) => this.failed('not handed over', error);
      const claimed = this.writer.claimFor(to);
      await Promise.all([
        adoptTransports(media.transports, to, { directory, cluster }).catch(failed),
        claimed.then((given) => {
          home = given;
        }, failed),
      ]);
    });
    const { identity, joinedAt, marks, pinnedId: pinned, feed } = this;
    return {
      ...{ identity, media, missed: feed.takePending(), joinedAt, marks: marks.set },
      ...(pinned !== undefined && { pinned }),
      ...(home && { home }),
    };
  }

  /**
   * The participant no longer belongs to this node: closes its media here. A participant that is no
   * longer in the room keeps no home there.
   */
  abandon(notified: EndedReason): void {
    void this.finish(notified, async () => {
      await Promise.all([notified === 'expired' && this.leaveRoom('node-lost'), this.media.close()]);
    });
  }

  stateUncertain(): void {
    this.peers.reassertion.begin(this);
  }

  private showReconnecting(): void {
    const { participantId } = this;
    const reconnecting = async () => {
      if (this.hasSocket || this.ended) return;
      await this.change({ type: 'participant.updated', participantId, connection: 'reconnecting' });
    };
    this.lifecycle.run(reconnecting).catch((error) => this.failed('reconnecting not shown', error));
  }

  private async leaveRoom(reason: LeaveReason): Promise<void> {
    const { roomId, hidden } = this;
    try {
      await this.peers.departures.leave({ roomId, home: this.writer.home, reason, hidden }, this.room);
      this.left = true;
    } catch (error) {
      this.failed('leaving not written yet', error);
    }
  }

  /** The participant in its home's view. */
  private participant(): RoomParticipant {
    return roomParticipant(this.identity, this.joinedAt, this.hasSocket, this.media, this.marks);
  }

  private finish(notified: EndedReason | undefined, last: () => Promise<unknown>): Promise<void> {
    if (this.ended) return this.lifecycle.run(async () => {});
    this.ended = true;
    this.stopGrace();
    this.feed.end(notified);
    return this.lifecycle.run(async () => {
      await last();
      this.stopListening();
      this.peers.registry.remove(this);
      this.context.rooms.exit(this.room);
    });
  }
}

function isRemoval(reason: LeaveReason): reason is RemoveReason {
  return reason === 'kicked' || reason === 'waiting-room' || reason === 'room-closed' || reason === 'replaced';
}

/** Milliseconds: a client that only lost its socket is back sooner. */
const RECONNECTING_AFTER = 1_000;
