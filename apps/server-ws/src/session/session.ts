import type { Clock, Cluster, Home } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import {
  CodedError,
  type Grants,
  type LeaveReason,
  type RoomChange,
  type RoomEvent,
  type ServerEvent,
  type ServerEventName,
} from '@waterbus/protocol';
import type { Limits } from '../limits.js';
import type { MediaDirectory } from '../media/media-directory.js';
import type { MediaOwners } from '../media/media-owners.js';
import { type MediaHandover, type MediaOwner, ParticipantMedia } from '../media/participant-media.js';
import type { LiveRoom } from '../room/live-room.js';
import type { RoomRecords } from '../room/room-records.js';
import { Serial } from '../serial.js';
import type { Outlet } from './outlet.js';
import type { Identity } from './tokens.js';

export type EndedReason = ServerEvent<'ended'>['reason'];

export interface SessionSurroundings {
  cluster: Cluster;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  graceTime: number;
  directory: MediaDirectory;
  owners: MediaOwners;
  records: RoomRecords;
  /** Called once, when the session is over on this node. */
  over(session: Session): void;
}

/**
 * A participant at home on this node: with a socket, or without one for the grace time. It ends by leaving the room, or by
 * going on elsewhere (R3).
 */
export class Session implements MediaOwner {
  readonly participantId: string;
  readonly roomId: string;
  readonly media: ParticipantMedia;
  ended = false;
  /** Joining, reconnecting and ending happen one after the other. */
  readonly lifecycle = new Serial();
  private outlet: Outlet | undefined;
  /** Highest version the client knows of; undefined until its snapshot is on the way. */
  private toldVersion: number | undefined;
  /** Room events before the snapshot is on the way. */
  private early: RoomEvent[] = [];
  /** What concerned this client alone while it had no socket. Bounded by what it can have open. */
  private missed: [ServerEventName, unknown][] = [];
  private stopGrace = () => {};
  private readonly stopListening: () => void;

  constructor(
    readonly identity: Identity,
    /** Renewed by every takeover. */
    public home: Home,
    readonly room: LiveRoom,
    private readonly surroundings: SessionSurroundings,
  ) {
    this.participantId = identity.sub;
    this.roomId = identity.roomId;
    const { directory, limits, owners } = surroundings;
    this.media = new ParticipantMedia(this, directory, limits, owners);
    this.stopListening = room.listen((event) => this.pass(event));
  }

  get grants(): Grants {
    return this.identity.grants;
  }

  /** Takes a socket; one it had before goes on with nothing. */
  attach(outlet: Outlet): void {
    const before = this.outlet;
    this.stopGrace();
    this.outlet = outlet;
    this.toldVersion = undefined;
    this.early = [];
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
  }

  /** The socket is gone. Everybody is told, and the grace time runs. */
  detach(outlet: Outlet): void {
    if (this.outlet !== outlet || this.ended) return;
    this.outlet = undefined;
    this.toldVersion = undefined;
    this.early = [];
    const { clock, graceTime } = this.surroundings;
    this.stopGrace = clock.after(graceTime, () => void this.end('connection-lost'));
    this.lifecycle
      .run(async () => {
        if (this.outlet || this.ended) return;
        await this.change({
          type: 'participant.updated',
          participantId: this.participantId,
          connection: 'reconnecting',
        });
      })
      .catch((error) => this.failed('reconnecting not told', error));
  }

  tell<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    if (this.outlet && this.toldVersion !== undefined) this.outlet.tell(name, event);
    else this.missed.push([name, event]);
  }

  async change(change: RoomChange): Promise<void> {
    const result = await this.surroundings.cluster.rooms.apply(this.roomId, change, this.home);
    if (result.type !== 'refused') return;
    if (result.reason === 'full') throw new CodedError('meeting.full');
    // Somebody else speaks for the participant now, or it was removed: nothing here is this node's any more.
    const replaced = result.reason === 'stale-epoch';
    void this.abandon(replaced ? 'replaced' : 'expired');
    throw new CodedError(replaced ? 'session.replaced' : 'session.expired');
  }

  failed(what: string, error: unknown): void {
    if (error instanceof CodedError && (this.ended || error.code.startsWith('session.'))) return;
    const { roomId, participantId } = this;
    this.surroundings.logger.warn({ roomId, participantId, error: String(error) }, what);
  }

  /** Leaves the room. Resolves when everything is closed; asked again, waits for the same. */
  async end(reason: LeaveReason, told?: EndedReason): Promise<void> {
    const change: RoomChange = { type: 'participant.left', participantId: this.participantId, reason };
    await this.finish(told, async () => {
      const { cluster, records, clock } = this.surroundings;
      const { roomId, participantId } = this;
      try {
        const result = await cluster.rooms.apply(roomId, change, this.home);
        if (result.type === 'applied') {
          records.add({ type: 'participant.left', roomId, participantId, reason, at: clock.date() });
          if (!(await cluster.rooms.snapshot(roomId))) records.add({ type: 'room.ended', roomId, at: clock.date() });
        }
      } catch (error) {
        this.failed('leaving not told', error);
      }
      await this.media.close();
    });
  }

  /** Undoes a joining that failed. The socket is left to whoever tried. */
  async cancel(): Promise<void> {
    this.outlet = undefined;
    await this.end('left');
  }

  /** Gives the participant to another node, which goes on with its media. */
  async release(): Promise<MediaHandover> {
    let handover: MediaHandover = { transports: [], producers: [], consumers: [] };
    if (this.ended) throw new CodedError('session.expired');
    await this.finish('replaced', async () => {
      handover = await this.media.release();
    });
    return handover;
  }

  /** The participant is no longer this node's: closes what it had here, says nothing to the room. */
  private abandon(told: EndedReason): Promise<void> {
    return this.finish(told, () => this.media.close());
  }

  private finish(told: EndedReason | undefined, last: () => Promise<void>): Promise<void> {
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
      void this.abandon(change.reason === 'kicked' || change.reason === 'room-closed' ? change.reason : 'expired');
    }
    if (!this.outlet) return;
    if (this.toldVersion === undefined) {
      this.early.push(event);
    } else if (event.version > this.toldVersion) {
      this.toldVersion = event.version;
      this.outlet.tell('room', event);
    }
  }
}
