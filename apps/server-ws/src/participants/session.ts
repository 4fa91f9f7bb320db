// Beyond 400 lines because all writes of one participant pass one queue, in one order.
import type { ApplyResult, AssertResult, Clock, Cluster, Home } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import {
  CodedError,
  type Grants,
  type LeaveReason,
  type MeetingEvent,
  type ParticipantQuality,
  type Role,
  type RoomChange,
  type RoomCommand,
  type RoomEvent,
  type RoomParticipant,
  type ServerEvent,
  type ServerEventName,
  type Source,
  type VideoCodec,
  type VideoCodecSetting,
} from '@waterbus/protocol';
import type { Limits } from '../limits.js';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { MediaOwners } from '../media/nodes/media-owners.js';
import { type MediaHandover, type MediaOwner, ParticipantMedia } from '../media/participant/participant-media.js';
import { mute, revoke } from '../media/participant/revoking.js';
import type { LiveRoom } from '../rooms/live-room.js';
import { Serial } from '../time/serial.js';
import type { Departures } from './departures.js';
import type { Outlet } from './outlet.js';
import { effective } from './permissions.js';
import type { Identity } from './tokens.js';

export type EndedReason = ServerEvent<'ended'>['reason'];
export type RemoveReason = Extract<RoomCommand, { type: 'remove' }>['reason'];

export interface SessionSurroundings {
  cluster: Cluster;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  graceTime: number;
  directory: MediaDirectory;
  owners: MediaOwners;
  departures: Departures;
  /** The room's state may be wrong: assert the session again. */
  unsure(session: Session): void;
  /** Whether this process drains (R10). */
  draining(): boolean;
  /** Whether it must stay on the draining media node until its turn, of which it is notified. */
  waitsToMove(session: Session, mediaNodeId: string): boolean;
  /**
   * Makes a participant's transports belong to the Server WS node `nodeId`; returns the missing
   * ones.
   */
  adoptTransports(handover: MediaHandover, nodeId: string): Promise<{ mediaNodeId: string; transportId: string }[]>;
  /** Called once, when the session is over on this node. */
  over(session: Session): void;
}

/**
 * The data with which another node continues a participant: its current state, which may differ
 * from its token, and its media.
 */
export interface SessionHandover {
  identity: Identity;
  media: MediaHandover;
  /** Events that its client has not received yet. */
  missed: [ServerEventName, unknown][];
  joinedAt: number;
  /**
   * The asking node's home, claimed for it before this one released the participant. Missing if
   * Redis was away: the asker claims it itself.
   */
  home?: Home;
}

/**
 * A participant at home on this node: with a socket, or without one for the grace time. It ends by
 * leaving the room, or by a take-over of another node (R3). Of a hidden one the room receives only
 * that the call is observed; its home is kept like any other.
 */
export class Session implements MediaOwner {
  readonly participantId: string;
  readonly roomId: string;
  readonly media: ParticipantMedia;
  ended = false;
  /** Joining, reconnecting, moderators' commands and ending run one after the other. */
  readonly lifecycle = new Serial();
  private readonly saying = new Serial();
  private outlet: Outlet | undefined;
  /** Of the latest socket. */
  private caller: string | undefined;
  /** Highest version sent to the client; undefined until its snapshot is on the way. */
  private toldVersion: number | undefined;
  /** Room events before the snapshot is on the way. */
  private early: RoomEvent[] = [];
  /** Events of the meeting before the snapshot is on the way. */
  private earlyTold: MeetingEvent[] = [];
  /** Events for this client alone while it had no socket. Bounded by its open objects. */
  private missed: [ServerEventName, unknown][] = [];
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
    /** Renewed by every take-over. */
    public home: Home,
    readonly room: LiveRoom,
    private readonly surroundings: SessionSurroundings,
  ) {
    this.participantId = identity.sub;
    this.roomId = identity.roomId;
    const { directory, limits, owners } = surroundings;
    this.media = new ParticipantMedia(this, directory, limits, owners);
    this.stopListening = room.listen({
      changed: (event) => this.pass(event),
      told: (event) => this.passOn(event),
      quality: (participants) => this.passQualities(participants),
      talking: (speakers) => this.tellNow('activeSpeakers', { speakers }),
    });
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

  /** Takes a socket; an earlier one is detached. */
  attach(outlet: Outlet): void {
    const before = this.outlet;
    this.stopGrace();
    this.isSucceeded = false;
    this.outlet = outlet;
    this.caller = outlet.caller;
    this.toldVersion = undefined;
    this.early = [];
    this.earlyTold = [];
    if (!before || before === outlet) return;
    before.tell('ended', { reason: 'replaced' });
    before.end();
  }

  /** The client's snapshot has been sent on `outlet`: events follow. */
  goLive(outlet: Outlet, snapshotVersion: number): void {
    if (this.outlet !== outlet) return;
    this.toldVersion = snapshotVersion;
    for (const event of this.early.splice(0)) this.pass(event);
    for (const [name, event] of this.missed.splice(0)) outlet.tell(name, event as never);
    for (const event of this.earlyTold.splice(0)) this.passOn(event);
    this.media.present();
    this.passQualities(this.room.qualities);
    if (this.room.speakers.length > 0) outlet.tell('activeSpeakers', { speakers: this.room.speakers });
    const { directory, draining, waitsToMove } = this.surroundings;
    for (const mediaNodeId of directory.drainingNodes())
      this.mediaNodeDrains(mediaNodeId, true, waitsToMove(this, mediaNodeId));
    if (draining()) this.tellNow('moving', { reason: 'server-draining' });
  }

  get hasSocket(): boolean {
    return this.outlet !== undefined;
  }

  /** Sends the events from before the take-over of this node, so that none is missed on the way. */
  catchUp({ missed, joinedAt }: SessionHandover, told: MeetingEvent[]): void {
    this.joinedAt = joinedAt;
    this.missed.push(...missed);
    for (const event of told) if (this.concerns(event)) this.earlyTold.push(event);
  }

  /** `later`: its streams through it continue until this event is repeated without `later`. */
  mediaNodeDrains(mediaNodeId: string, draining: boolean, later = false): void {
    this.tellNow('mediaNode.draining', { mediaNodeId, draining, ...(later && { later }) });
  }

  /** Sends to a connected client only; a client that resumes is notified of the current state. */
  tellNow<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    if (this.toldVersion !== undefined) this.outlet?.tell(name, event);
  }

  /**
   * The socket is lost: the grace time runs. The room is notified unless the client is back at
   * once, as when a load balancer restarts and cuts all sockets.
   */
  detach(outlet: Outlet): void {
    if (this.outlet !== outlet || this.ended) return;
    this.outlet = undefined;
    this.toldVersion = undefined;
    this.early = [];
    if (this.isSucceeded) {
      void this.end('connection-lost');
      return;
    }
    const { clock, graceTime } = this.surroundings;
    const stopGrace = clock.after(graceTime, () => void this.end('connection-lost'));
    const stopTelling = clock.after(MISSED_AFTER, () => this.tellMissed());
    this.stopGrace = () => {
      stopGrace();
      stopTelling();
    };
  }

  private tellMissed(): void {
    const { participantId } = this;
    const reconnecting = async () => {
      if (this.outlet || this.ended) return;
      await this.change({ type: 'participant.updated', participantId, connection: 'reconnecting' });
    };
    this.lifecycle.run(reconnecting).catch((error) => this.failed('reconnecting not told', error));
  }

  tell<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    if (this.outlet && this.toldVersion !== undefined) this.outlet.tell(name, event);
    else this.missed.push([name, event]);
  }

  async change(wanted: RoomChange): Promise<void> {
    const change = this.hidden ? asObserver(wanted) : wanted;
    if (!change) return;
    const result = await this.told(change).catch((error) => {
      // It is unknown whether it was carried out.
      this.surroundings.unsure(this);
      throw error;
    });
    if (result.type !== 'refused') return;
    if (result.reason === 'full') throw new CodedError('meeting.full');
    // Another home has taken the participant over, or it was removed: nothing here belongs to this
    // node any more.
    const replaced = result.reason === 'stale-epoch';
    void this.abandon(replaced ? 'replaced' : 'expired');
    throw new CodedError(replaced ? 'session.replaced' : 'session.expired');
  }

  private async told(change: RoomChange): Promise<ApplyResult | AssertResult> {
    const { cluster } = this.surroundings;
    const apply = () => cluster.rooms.apply(this.roomId, change, this.home);
    const result = await apply();
    if (result.type !== 'refused' || !cluster.recovering || this.ended) return result;
    // The room was lost and has not been asserted again yet (R6).
    const said = await this.say();
    return said.type === 'refused' ? said : apply();
  }

  /** Enters the room. */
  join(at: number, decodes?: VideoCodec[]): Promise<void> {
    this.joinedAt = at;
    if (decodes?.length) this.media.decodes = decodes;
    const { participantId } = this;
    return this.change(
      this.hidden
        ? { type: 'observer.joined', participantId, ...(decodes?.length && { decodes }) }
        : { type: 'participant.joined', participant: this.shown() },
    );
  }

  /**
   * Asserts the participant's state here, because the cluster may have lost it (R6). Rejects if
   * that is impossible now.
   */
  async assert(): Promise<void> {
    await this.lifecycle.run(async () => {
      if (this.ended) return;
      const result = await this.say();
      if (result.type === 'refused') void this.abandon(result.reason === 'stale-epoch' ? 'replaced' : 'expired');
    });
  }

  /** One after the other, because each may raise the epoch. */
  private say(): Promise<AssertResult> {
    return this.saying.run(() => this.sayNow());
  }

  private async sayNow(): Promise<AssertResult> {
    const { rooms } = this.surroundings.cluster;
    const say = () =>
      rooms.assert(
        this.roomId,
        this.home,
        this.hidden ? { observes: true, decodes: this.media.decodes } : this.shown(),
      );
    let result = await say();
    if (result.type === 'refused' && result.reason === 'stale-epoch') {
      const inForce = await rooms.home(this.roomId, this.participantId);
      // Our own take-over was among the lost writes: no other home has taken over since.
      if (inForce && inForce.epoch < this.home.epoch) {
        this.home = await rooms.claimHome(this.roomId, this.participantId, this.home.nodeId);
        result = await say();
      }
    }
    if (result.type === 'asserted') this.home = result.home;
    return result;
  }

  failed(what: string, error: unknown): void {
    if (error instanceof CodedError && (this.ended || error.code.startsWith('session.'))) return;
    const { roomId, participantId } = this;
    this.surroundings.logger.warn({ roomId, participantId, error: String(error) }, what);
  }

  /** Leaves the room. Resolves when everything is closed; a repeated call waits for the same. */
  async end(reason: LeaveReason, told?: EndedReason): Promise<void> {
    // Concurrently: a slow store must not keep the media of a removed participant alive (R8).
    await this.finish(told, () => Promise.all([this.leaveRoom(reason), this.media.close()]));
  }

  /**
   * Removes the participant from the call and notifies it (R8). Rejects when the room could not be
   * changed.
   */
  async remove(reason: RemoveReason): Promise<void> {
    await this.end(reason, reason);
    if (!this.left) throw new CodedError('server.unavailable', 'the room could not be told');
  }

  /**
   * Its client has joined anew, and must not be shown twice: there is no grace time, now or after
   * the loss of its socket.
   */
  async succeeded(): Promise<void> {
    this.isSucceeded = true;
    if (!this.outlet) await this.end('connection-lost');
  }

  /** Stops the participant's streams of a source; it may start them again. */
  async mute(source: Source): Promise<void> {
    const muted = mute(this.media, source);
    await this.lifecycle.run(muted);
  }

  /**
   * Applies another role and other grants from now on; streams without a grant stop (R7). A hidden
   * participant stays hidden.
   */
  async update(role: Role = this.identity.role, grants: Grants = this.identity.grants): Promise<void> {
    const { hidden } = this;
    this.identity = { ...this.identity, role, grants: effective({ ...grants, hidden }) };
    // Without a socket the answer to `resume` carries them.
    if (this.outlet) this.tell('grants', this.grants);
    const revoked = revoke(this.media, this.grants);
    await this.lifecycle.run(async () => {
      await revoked();
      await this.change({ type: 'participant.updated', participantId: this.participantId, role });
    });
  }

  /** Reverts a join that failed. The caller keeps the socket. */
  async cancel(): Promise<void> {
    this.outlet = undefined;
    await this.end('left');
  }

  /**
   * Transfers the participant to the Server WS node `to`, which continues with its media. Until
   * participant and media belong to that node, this one has not released them and does not end: the
   * end of its lease removes all participants still at home here (R4).
   */
  async release(to: string): Promise<SessionHandover> {
    const { roomId, participantId } = this;
    const { cluster, adoptTransports } = this.surroundings;
    let media: MediaHandover = { transports: [], producers: [], consumers: [] };
    let home: Home | undefined;
    if (this.ended) throw new CodedError('session.expired');
    await this.finish('replaced', async () => {
      media = await this.media.release();
      const failed = (error: unknown) => this.failed('not handed over', error);
      const claimed = cluster.rooms.claimHome(roomId, participantId, to);
      await Promise.all([
        adoptTransports(media, to).catch(failed),
        claimed.then((given) => {
          home = given;
        }, failed),
      ]);
    });
    const { identity, joinedAt } = this;
    return { identity, media, missed: this.missed.splice(0), joinedAt, ...(home && { home }) };
  }

  /**
   * The participant no longer belongs to this node: closes its media here. A participant that is no
   * longer in the room keeps no home there.
   */
  abandon(told: EndedReason): Promise<void> {
    return this.finish(told, async () => {
      await Promise.all([told === 'expired' && this.leaveRoom('node-lost'), this.media.close()]);
    });
  }

  private async leaveRoom(reason: LeaveReason): Promise<void> {
    const { roomId, home, hidden } = this;
    try {
      await this.surroundings.departures.leave({ roomId, home, reason, hidden });
      this.left = true;
    } catch (error) {
      this.failed('leaving not told', error);
    }
  }

  /** The participant in its home's view. */
  private shown(): RoomParticipant {
    const { sub: id, name, role, avatarId } = this.identity;
    return {
      id,
      name,
      role,
      ...(avatarId !== undefined && { avatarId }),
      joinedAt: this.joinedAt,
      connection: this.outlet ? 'connected' : 'reconnecting',
      ...(this.media.decodes && { decodes: this.media.decodes }),
      producers: [...this.media.producers.values()].map(({ producer }) => producer),
    };
  }

  private finish(told: EndedReason | undefined, last: () => Promise<unknown>): Promise<void> {
    if (this.ended) return this.lifecycle.run(async () => {});
    this.ended = true;
    this.stopGrace();
    if (told) this.outlet?.tell('ended', { reason: told });
    this.outlet?.end();
    this.outlet = undefined;
    return this.lifecycle.run(async () => {
      await last();
      this.stopListening();
      this.surroundings.over(this);
    });
  }

  private pass(event: RoomEvent): void {
    const { change } = event;
    if (change.type === 'participant.left' && change.participantId === this.participantId && !this.ended) {
      void this.abandon(isRemoval(change.reason) ? change.reason : 'expired');
    }
    if (!this.outlet) return;
    if (this.toldVersion === undefined) {
      this.early.push(event);
      this.boundEarly();
    } else if (event.version > this.toldVersion) {
      this.toldVersion = event.version;
      this.outlet.tell('room', event);
    }
  }

  /** Live only: a client without a socket reads the lists afterwards. */
  private passOn(event: MeetingEvent): void {
    if (!this.outlet || !this.concerns(event)) return;
    if (this.toldVersion === undefined) {
      this.earlyTold.push(event);
      this.boundEarly();
    } else this.outlet.tell('meeting', event);
  }

  private passQualities(participants: ParticipantQuality[]): void {
    if (participants.length > 0) this.tellNow('quality', { participants });
  }

  /** A client that waits too long for its snapshot reconnects and reads a newer one. */
  private boundEarly(): void {
    if (this.early.length + this.earlyTold.length <= MOST_EARLY) return;
    const { outlet } = this;
    if (!outlet) return;
    this.detach(outlet);
    this.earlyTold = [];
    outlet.end();
  }

  private concerns({ type }: MeetingEvent): boolean {
    if (type === 'waiting.changed') return this.grants.moderate;
    return type !== 'members.changed' || this.identity.role !== 'guest';
  }
}

function isRemoval(reason: LeaveReason): reason is RemoveReason {
  return reason === 'kicked' || reason === 'waiting-room' || reason === 'room-closed';
}

/**
 * Events: those of a room of 1,000 in which all reconnect at once, in the seconds that a snapshot
 * may take.
 */
const MOST_EARLY = 10_000;

/** Milliseconds: a client that only lost its socket is back sooner. */
const MISSED_AFTER = 1_000;

/**
 * The room's changes for a hidden participant: that the call is observed, and the codecs by which
 * publishers choose theirs.
 */
function asObserver(change: RoomChange): RoomChange | undefined {
  if (change.type === 'observer.joined') return change;
  if (change.type !== 'participant.updated' || !change.decodes) return undefined;
  return { type: 'observer.joined', participantId: change.participantId, decodes: change.decodes };
}
