import { BusError, type Cluster, type Home } from '@waterbus/cluster';
import type { RtpCapabilities } from '@waterbus/media-host';
import {
  CodedError,
  type JoinedResponse,
  type JoinTokenClaims,
  PROTOCOL_VERSION,
  type ResumeTokenClaims,
  type RoomSnapshot,
} from '@waterbus/protocol';
import type { MediaHandover } from '../media/participant-media.js';
import type { LiveRooms } from '../room/live-rooms.js';
import type { Outlet } from './outlet.js';
import { Session, type SessionSurroundings } from './session.js';
import type { Identity, Tokens } from './tokens.js';

export interface SessionsSurroundings extends Omit<SessionSurroundings, 'over'> {
  nodeId: string;
  tokens: Tokens;
  rooms: LiveRooms;
  rtpCapabilities(): Promise<RtpCapabilities>;
  /** Passes a participant's transports on another process's media nodes over to this node. */
  adoptTransports(handover: MediaHandover): Promise<void>;
}

/** Bus request to a participant's home: give it away. The answer is what it has open. */
export const SESSION_RELEASE = 'session.release';
export interface SessionRelease {
  roomId: string;
  participantId: string;
}

/** The participants at home on this node, and how they come to be: by joining, or by resuming from here or elsewhere. */
export class Sessions {
  draining = false;
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly surroundings: SessionsSurroundings) {}

  all(): Session[] {
    return [...this.sessions.values()];
  }

  /** A participant enters the room with a join token (R8). After the answer is on its way, call `goLive`. */
  async join(
    token: string,
    protocolVersion: number,
    outlet: Outlet,
  ): Promise<{ session: Session; response: JoinedResponse }> {
    const { tokens, cluster } = this.surroundings;
    checkProtocol(protocolVersion);
    const claims = await tokens.readJoinToken(token);
    if (this.draining) throw new CodedError('server.draining');
    if (!(await cluster.tokens.use(claims.jti, claims.exp * 1000))) throw new CodedError('token.used');
    if (await cluster.rooms.home(claims.roomId, claims.sub)) throw new CodedError('token.used', 'already in the room');
    const session = await this.open(identityOf(claims), outlet);
    try {
      await this.enterRoom(session);
      return { session, response: await this.joined(session) };
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }

  /** A participant goes on from a new socket, with its transports and producers. After the answer is on its way, call `goLive`. */
  async resume(
    token: string,
    protocolVersion: number,
    outlet: Outlet,
  ): Promise<{ session: Session; response: JoinedResponse }> {
    checkProtocol(protocolVersion);
    const claims = await this.surroundings.tokens.readResumeToken(token);
    const session = this.present(claims.roomId, claims.sub) ?? (await this.takeOver(claims, outlet));
    return session.lifecycle.run(async () => {
      if (session.ended) throw new CodedError('session.expired');
      session.attach(outlet);
      session.home = await this.claim(session.identity);
      await session.change({
        type: 'participant.updated',
        participantId: session.participantId,
        connection: 'connected',
      });
      return { session, response: await this.joined(session) };
    });
  }

  /** Answers `SESSION_RELEASE`. */
  async release({ roomId, participantId }: SessionRelease): Promise<MediaHandover> {
    const session = this.present(roomId, participantId);
    if (!session) throw new CodedError('session.expired');
    return session.release();
  }

  /** Everybody here leaves: the process ends. */
  async close(): Promise<void> {
    await Promise.all(this.all().map((session) => session.end('node-lost')));
  }

  private present(roomId: string, participantId: string): Session | undefined {
    const session = this.sessions.get(participantId);
    return session && session.roomId === roomId && !session.ended ? session : undefined;
  }

  private async open(identity: Identity, outlet: Outlet): Promise<Session> {
    const { rooms } = this.surroundings;
    const room = await rooms.enter(identity.roomId);
    try {
      const home = await this.claim(identity);
      const session = new Session(identity, home, room, {
        ...this.surroundings,
        over: () => {
          if (this.sessions.get(identity.sub) === session) this.sessions.delete(identity.sub);
          rooms.exit(room);
        },
      });
      session.attach(outlet);
      this.sessions.set(identity.sub, session);
      return session;
    } catch (error) {
      rooms.exit(room);
      throw error;
    }
  }

  private async enterRoom(session: Session): Promise<void> {
    const { clock, records, nodeId } = this.surroundings;
    const { sub: id, name, role, roomId } = session.identity;
    const at = clock.date();
    await session.change({
      type: 'participant.joined',
      participant: { id, name, role, joinedAt: at, connection: 'connected', producers: [] },
    });
    records.add({ type: 'participant.joined', roomId, participantId: id, name, role, hidden: false, nodeId, at });
  }

  private async takeOver(claims: ResumeTokenClaims, outlet: Outlet): Promise<Session> {
    const { cluster, nodeId, adoptTransports } = this.surroundings;
    const home = await cluster.rooms.home(claims.roomId, claims.sub);
    if (!home || home.nodeId === nodeId) throw new CodedError('session.expired');
    if (this.draining) throw new CodedError('server.draining');
    const handover = await handedOver(cluster, home, { roomId: claims.roomId, participantId: claims.sub });
    const session = await this.open(identityOf(claims), outlet);
    session.media.adopt(handover);
    await adoptTransports(handover);
    return session;
  }

  private claim(identity: Identity): Promise<Home> {
    return this.surroundings.cluster.rooms.claimHome(identity.roomId, identity.sub, this.surroundings.nodeId);
  }

  private async joined(session: Session): Promise<JoinedResponse> {
    const { tokens, graceTime, rtpCapabilities } = this.surroundings;
    return {
      participantId: session.participantId,
      resumeToken: await tokens.writeResumeToken(session.identity),
      graceTime,
      grants: session.grants,
      rtpCapabilities: await rtpCapabilities(),
      iceServers: [],
      room: await this.snapshot(session.roomId),
    };
  }

  async snapshot(roomId: string): Promise<RoomSnapshot> {
    const snapshot = await this.surroundings.cluster.rooms.snapshot(roomId);
    if (!snapshot) throw new CodedError('session.expired');
    return snapshot;
  }
}

function checkProtocol(version: number): void {
  if (version !== PROTOCOL_VERSION) {
    throw new CodedError('request.invalid', `this server speaks protocol version ${PROTOCOL_VERSION}; reload the page`);
  }
}

function identityOf(claims: JoinTokenClaims | ResumeTokenClaims): Identity {
  const { sub, roomId, meetingCode, name, role, grants } = claims;
  return { sub, roomId, meetingCode, name, role, grants };
}

/** A home that does not answer is dead or dying: its participants leave (R4) and come in anew. */
async function handedOver(cluster: Cluster, home: Home, release: SessionRelease): Promise<MediaHandover> {
  try {
    return (await cluster.bus.request(home.nodeId, SESSION_RELEASE, release)) as MediaHandover;
  } catch (error) {
    if (error instanceof BusError) throw new CodedError('session.expired');
    throw error;
  }
}
