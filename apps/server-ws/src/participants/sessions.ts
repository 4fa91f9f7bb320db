import type { Home } from '@waterbus/cluster';
import type { RtpCapabilities } from '@waterbus/media-host';
import {
  CodedError,
  type clientRequests,
  decodedVideoCodecs,
  type JoinedResponse,
  type JoinRequestMedia,
  type JoinTokenClaims,
  type MeetingEvent,
  PROTOCOL_VERSION,
  type ResumeTokenClaims,
  type RoomCommand,
  type RoomSnapshot,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { ask } from '../bus/ask.js';
import type { BusBody } from '../bus/contract.js';
import { openFirstMedia } from '../media/participant/first-media.js';
import { paced } from '../moving/pacing.js';
import { Turns } from '../moving/turns.js';
import type { LiveRooms } from '../rooms/live-rooms.js';
import type { RoomRecords } from '../rooms/room-records.js';
import { retryUntil } from '../time/retry-until.js';
import { withDeadline } from '../time/with-deadline.js';
import { Arrivals } from './arrivals.js';
import { Departures } from './departures.js';
import type { Outlet } from './outlet.js';
import { checkPublishAny, checkSubscribe, effective } from './permissions.js';
import { type RemoveReason, Session, type SessionHandover, type SessionSurroundings } from './session.js';
import { type Identity, type Tokens, takenUntil } from './tokens.js';

type ParsedJoin = z.output<(typeof clientRequests)['join']['request']>;

export interface SessionsSurroundings
  extends Omit<SessionSurroundings, 'over' | 'draining' | 'waitsToMove' | 'departures' | 'unsure'> {
  nodeId: string;
  records: RoomRecords;
  /** Uniform in [0, 1). */
  random: () => number;
  tokens: Tokens;
  rooms: LiveRooms;
  rtpCapabilities(): Promise<RtpCapabilities>;
  /** Whether a Server WS is silent, long before its lease runs out. */
  isSilent(nodeId: string, looks?: number): Promise<boolean>;
  /** Handles transports that were closed during their transfer from one home to another. */
  transportsClosed(transports: { mediaNodeId: string; transportId: string }[]): void;
}

/**
 * The participants at home on this node, and their entry: by joining, or by resuming from here or
 * elsewhere.
 */
export class Sessions {
  draining = false;
  private readonly sessions = new Map<string, Session>();
  /**
   * Participants removed here that may not have received the event: they are notified when they
   * resume.
   */
  private readonly removed = new Map<string, RemoveReason>();

  private readonly departures: Departures;
  private readonly arrivals: Arrivals;
  /** Sessions to assert in their rooms again. */
  private readonly unsure = new Set<Session>();
  /** Ends the notifications, one after the other, to move elsewhere. */
  private stopSending = () => {};
  /** By draining media node. */
  private readonly turns = new Map<string, Turns<Session>>();

  constructor(private readonly surroundings: SessionsSurroundings) {
    const isHere = (participantId: string) => this.sessions.get(participantId)?.ended === false;
    this.departures = new Departures({ ...surroundings, isHere });
    const session = (participantId: string) => this.sessions.get(participantId);
    const draining = () => this.draining;
    this.arrivals = new Arrivals({ ...surroundings, departures: this.departures, draining, session });
  }

  all(): Session[] {
    return [...this.sessions.values()];
  }

  /**
   * A participant enters the room with a join token (R8). Call `goLive` once the answer is on its
   * way.
   */
  async join(
    { token, protocolVersion, formerly, media }: ParsedJoin,
    outlet: Outlet,
  ): Promise<{ session: Session; response: JoinedResponse }> {
    const { tokens, cluster } = this.surroundings;
    checkProtocol(protocolVersion);
    const claims = await tokens.readJoinToken(token);
    if (this.draining) throw new CodedError('server.draining');
    if (!(await cluster.tokens.use(claims.jti, takenUntil(claims)))) throw new CodedError('token.used');
    if (await cluster.rooms.home(claims.roomId, claims.sub)) throw new CodedError('token.used', 'already in the room');
    if (formerly !== undefined) await this.letGo(formerly, claims);
    const { session, begun } = await this.open(identityOf(claims), outlet, async (session) => {
      await this.enterRoom(session, media?.receive);
      return this.joined(session, media);
    });
    try {
      return { session, response: await begun };
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }

  /**
   * A participant continues from a new socket, with its transports and producers. Call `goLive`
   * once the answer is on its way.
   */
  async resume(
    token: string,
    protocolVersion: number,
    outlet: Outlet,
  ): Promise<{ session: Session; response: JoinedResponse }> {
    checkProtocol(protocolVersion);
    const claims = await this.surroundings.tokens.readResumeToken(token);
    const reason = this.removed.get(claims.sub);
    if (reason) outlet.tell('ended', { reason });
    await this.arrivals.settled(claims.sub);
    const session = this.present(claims.roomId, claims.sub);
    if (!session) return this.takeOver(claims, outlet);
    // A client that is being moved has returned here. A client that lost its socket is better off
    // here than out of the call.
    if (this.draining && session.hasSocket) throw new CodedError('server.draining');
    const response = session.lifecycle.run(async () => {
      if (session.ended) throw new CodedError('session.expired');
      await this.checkHome(session);
      session.attach(outlet);
      session.home = await this.claim(session.identity);
      return this.connected(session);
    });
    return { session, response: await orWithout(outlet, session, response) };
  }

  /**
   * Answers `ROOM_COMMAND`. A participant that is not at home here has left or moved: the requester
   * queries its home again.
   */
  async command(command: RoomCommand): Promise<void> {
    const session = this.present(command.roomId, command.participantId);
    if (!session) throw new CodedError('participant.not_found');
    try {
      switch (command.type) {
        case 'remove':
          this.remember(command);
          return await session.remove(command.reason);
        case 'mute':
          return await session.mute(command.source);
        case 'update':
          return await session.update(command.role, command.grants);
      }
    } catch (error) {
      const moved = error instanceof CodedError && error.code.startsWith('session.');
      throw moved ? new CodedError('participant.not_found') : error;
    }
  }

  /** Answers `session.release`. */
  async release({ roomId, participantId, to }: BusBody<'session.release'>): Promise<SessionHandover> {
    await this.arrivals.settled(participantId);
    const session = this.present(roomId, participantId);
    if (session) return session.release(to);
    await this.arrivals.leaveIfForgotten(roomId, participantId);
    throw new CodedError('session.expired');
  }

  /** Answers `session.succeeded`. */
  async succeeded({ roomId, participantId }: BusBody<'session.succeeded'>): Promise<void> {
    await this.arrivals.settled(participantId);
    const session = this.present(roomId, participantId);
    if (session) return session.succeeded();
    await this.arrivals.leaveIfForgotten(roomId, participantId);
  }

  /** All participants here are asked to resume elsewhere (R10), or to stay after all. */
  drain(draining: boolean): void {
    const { clock, random } = this.surroundings;
    this.draining = draining;
    this.stopSending();
    if (draining) {
      const tell = (session: Session) => session.tellNow('moving', { reason: 'server-draining' });
      this.stopSending = paced(this.all(), clock, random, tell);
    } else for (const session of this.all()) session.tellNow('staying', {});
  }

  /**
   * A media node, here or elsewhere, starts or stops draining (R10). Unless it is urgent, its
   * senders move one after the other.
   */
  mediaNodeDrains(mediaNodeId: string, draining: boolean, urgent: boolean): void {
    // The turns of nodes that are lost meanwhile end too.
    const others = this.surroundings.directory.drainingNodes().filter((id) => id !== mediaNodeId);
    for (const [id, turns] of this.turns) {
      if (others.includes(id)) continue;
      turns.stop();
      this.turns.delete(id);
    }
    const inTurn = draining && !urgent;
    const movers = new Set(this.all().filter(({ media }) => inTurn && media.sendsThrough(mediaNodeId)));
    for (const session of this.all()) session.mediaNodeDrains(mediaNodeId, draining, movers.has(session));
    if (!inTurn) return;
    const turns = new Turns<Session>(mediaNodeId, this.surroundings.clock, (session) =>
      session.mediaNodeDrains(mediaNodeId, true),
    );
    this.turns.set(mediaNodeId, turns);
    turns.begin([...movers]);
  }

  /** All participants here leave: the process ends. */
  async close(): Promise<void> {
    this.stopSending();
    for (const turns of this.turns.values()) turns.stop();
    await Promise.all(this.all().map((session) => session.end('node-lost')));
    this.departures.close();
    this.arrivals.close();
  }

  /**
   * The cluster may have lost earlier writes: all participants here, and recent departures, are
   * asserted in their rooms again (R6).
   */
  assertAll(): void {
    this.departures.again();
    for (const session of this.all()) this.assertSoon(session);
  }

  private assertSoon(session: Session): void {
    if (this.unsure.has(session)) return;
    this.unsure.add(session);
    const { clock } = this.surroundings;
    const over = () => session.ended;
    const failed = (error: unknown) => session.failed('not asserted yet', error);
    retryUntil(() => session.assert(), { clock, over, failed }).finally(() => this.unsure.delete(session));
  }

  private present(roomId: string, participantId: string): Session | undefined {
    const session = this.sessions.get(participantId);
    return session && session.roomId === roomId && !session.ended ? session : undefined;
  }

  /**
   * A session is found here as soon as it belongs to this node; `begin` is the first step of its
   * life, so that moderators' commands come after it.
   */
  private async open<T>(
    identity: Identity,
    outlet: Outlet,
    begin: (session: Session) => Promise<T>,
    prepare: (session: Session) => void = () => {},
    given?: Home,
  ): Promise<{ session: Session; begun: Promise<T> }> {
    const { rooms } = this.surroundings;
    const room = await rooms.enter(identity.roomId);
    try {
      const home = given ?? (await this.claim(identity));
      const session = new Session(identity, home, room, {
        ...this.surroundings,
        draining: () => this.draining,
        waitsToMove: (session, mediaNodeId) =>
          session.media.sendsThrough(mediaNodeId) && (this.turns.get(mediaNodeId)?.add(session) ?? false),
        departures: this.departures,
        unsure: (unsure) => this.assertSoon(unsure),
        over: () => {
          if (this.sessions.get(identity.sub) === session) this.sessions.delete(identity.sub);
          rooms.exit(room);
        },
      });
      session.attach(outlet);
      prepare(session);
      const begun = session.lifecycle.run(() => begin(session));
      this.sessions.set(identity.sub, session);
      return { session, begun };
    } catch (error) {
      rooms.exit(room);
      throw error;
    }
  }

  /**
   * A client joins anew because its home died: its former participant is removed from the room, so
   * that it is not shown twice until that home's lease runs out (R4). A home that listens, or
   * listens again, decides itself: it ends a participant without a socket.
   */
  private async letGo(formerly: string, now: JoinTokenClaims): Promise<void> {
    const { tokens, cluster, nodeId, clock, logger, isSilent } = this.surroundings;
    const former = await tokens.readResumeToken(formerly).catch(() => undefined);
    if (!former || former.roomId !== now.roomId || former.sub === now.sub) return;
    const { roomId, sub: participantId, grants } = former;
    const home = await cluster.rooms.home(roomId, participantId);
    if (!home) return;
    if (home.nodeId === nodeId) return this.succeeded({ roomId, participantId });
    // Another Server WS has checked it for longer before it sent the client here.
    if (!(await isSilent(home.nodeId, 1))) {
      // Without it the grace time has the same effect, later.
      const failed = (error: unknown) => logger.warn({ roomId, participantId, error: String(error) }, 'not succeeded');
      const asked = ask(cluster.bus, home.nodeId, 'session.succeeded', { roomId, participantId }).catch(failed);
      await withDeadline(clock, LONGEST_SUCCESSION, asked);
      return;
    }
    const claimed = await cluster.rooms.claimHome(roomId, participantId, nodeId);
    await this.departures.leave({ roomId, home: claimed, reason: 'node-lost', hidden: grants.hidden });
  }

  /** `receive`: the client's capabilities in its join. */
  private async enterRoom(session: Session, receive: RtpCapabilities | undefined): Promise<void> {
    const { clock, records, nodeId } = this.surroundings;
    const { hidden } = session;
    const { sub: id, name, role, roomId } = session.identity;
    const at = clock.date();
    await session.join(at, receive && decodedVideoCodecs(receive));
    records.add({ type: 'participant.joined', roomId, participantId: id, name, role, hidden, nodeId, at });
  }

  private async takeOver(
    claims: ResumeTokenClaims,
    outlet: Outlet,
  ): Promise<{ session: Session; response: JoinedResponse }> {
    const { session, begun } = await this.arrivals.take(claims.roomId, claims.sub, (handover, told) =>
      this.goOn(handover, outlet, told),
    );
    return { session, response: await orWithout(outlet, session, begun) };
  }

  /** The participant's current state takes precedence over its token (R7). */
  private goOn(
    handover: SessionHandover,
    outlet: Outlet,
    told: MeetingEvent[],
  ): Promise<{ session: Session; begun: Promise<JoinedResponse> }> {
    const { media } = handover;
    return this.open(
      handover.identity,
      outlet,
      async (session) => {
        // The former home has done it too, before it released them; between the two it may have
        // died, or some of them closed.
        const missing = await this.surroundings.adoptTransports(media, this.surroundings.nodeId);
        this.surroundings.transportsClosed(missing);
        return this.connected(session);
      },
      (session) => {
        session.media.adopt(media);
        session.catchUp(handover, told);
      },
      handover.home,
    );
  }

  /**
   * The room's participants do not include a hidden one: its home shows whether it is still in the
   * room.
   */
  private async checkHome(session: Session): Promise<void> {
    if (!session.hidden) return;
    const home = await this.surroundings.cluster.rooms.home(session.roomId, session.participantId);
    if (home?.epoch === session.home.epoch) return;
    if (!home && this.surroundings.cluster.recovering) throw new CodedError('server.unavailable');
    void session.abandon('expired');
    throw new CodedError('session.expired');
  }

  private async connected(session: Session): Promise<JoinedResponse> {
    const { participantId } = session;
    await session.change({ type: 'participant.updated', participantId, connection: 'connected' });
    return this.joined(session);
  }

  private remember({ participantId, reason }: { participantId: string; reason: RemoveReason }): void {
    this.removed.set(participantId, reason);
    this.surroundings.clock.after(REMEMBERED, () => this.removed.delete(participantId));
  }

  private claim(identity: Identity): Promise<Home> {
    return this.surroundings.cluster.rooms.claimHome(identity.roomId, identity.sub, this.surroundings.nodeId);
  }

  private async joined(session: Session, wanted?: JoinRequestMedia): Promise<JoinedResponse> {
    const { tokens, graceTime, rtpCapabilities, clock } = this.surroundings;
    const media =
      wanted &&
      (await openFirstMedia(session.media, session.room, wanted, {
        clock,
        rtpCapabilities,
        maySend: () => checkPublishAny(session.grants),
        mayReceive: () => checkSubscribe(session.grants),
      }));
    return {
      ...(media && { media }),
      participantId: session.participantId,
      resumeToken: await tokens.writeResumeToken(session.identity),
      graceTime,
      grants: session.grants,
      rtpCapabilities: await rtpCapabilities(),
      iceServers: [],
      videoCodec: session.videoCodec,
      room: await this.snapshot(session),
    };
  }

  async snapshot(session: Session): Promise<RoomSnapshot> {
    const snapshot = await session.room.snapshot();
    // A visible participant is in the room, or has left it permanently.
    if (snapshot.participants.length === 0 && !session.hidden) throw new CodedError('session.expired');
    return snapshot;
  }
}

/** A client that was not readmitted has no session: its grace time runs. */
async function orWithout<T>(outlet: Outlet, session: Session, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    session.detach(outlet);
    throw error;
  }
}

function checkProtocol(version: number): void {
  if (version !== PROTOCOL_VERSION) {
    throw new CodedError('request.invalid', `this server speaks protocol version ${PROTOCOL_VERSION}; reload the page`);
  }
}

function identityOf(claims: JoinTokenClaims): Identity {
  const { sub, roomId, meetingCode, name, role, avatarId, owner, loudest, videoCodec, grants } = claims;
  return {
    sub,
    roomId,
    meetingCode,
    name,
    role,
    ...(avatarId !== undefined && { avatarId }),
    ...(owner !== undefined && { owner }),
    ...(loudest !== undefined && { loudest }),
    ...(videoCodec !== undefined && { videoCodec }),
    grants: effective(grants),
  };
}

/**
 * Milliseconds that a newcomer waits for its former home, which has to do a few writes: a slow one
 * must not delay the join.
 */
const LONGEST_SUCCESSION = 300;

/** Milliseconds: the time for which a client that lost its connection retries. */
const REMEMBERED = 300_000;
