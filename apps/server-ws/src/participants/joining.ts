import {
  CodedError,
  type clientRequests,
  decodedVideoCodecs,
  type JoinTokenClaims,
  type RtpCapabilities,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { Admission, checkProtocol, joinedResponse } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import type { ParticipantsContext } from './context.js';
import type { Moves } from './moves.js';
import type { Opening } from './opening.js';
import { effective } from './permissions.js';
import type { Replacement } from './replacement.js';
import type { Session } from './session.js';
import type { Succession } from './succession.js';
import { type Identity, takenUntil } from './tokens.js';

type JoinRequest = z.output<(typeof clientRequests)['join']['request']>;

/** Participants that enter a room with a join token (R8). */
export class Joining {
  constructor(
    private readonly context: ParticipantsContext,
    private readonly opening: Opening,
    private readonly succession: Succession,
    private readonly moves: Moves,
    private readonly replacement: Replacement,
  ) {}

  join(request: JoinRequest, socket: ClientSocket): Promise<Admission> {
    return this.context.arrivals.measure('join', () => this.admit(request, socket));
  }

  private async admit(request: JoinRequest, socket: ClientSocket): Promise<Admission> {
    checkProtocol(request.protocolVersion);
    const claims = await this.context.tokens.readJoinToken(request.token);
    const { roomId, sub, traceparent: parent } = claims;
    const attributes = { 'waterbus.meeting.id': roomId, 'waterbus.participant.id': sub };
    return this.context.tracer.run({ name: 'ws join', kind: 'server', root: true, parent, attributes }, () =>
      this.admitAs(claims, request, socket),
    );
  }

  private async admitAs(
    claims: JoinTokenClaims,
    { media, formerly }: JoinRequest,
    socket: ClientSocket,
  ): Promise<Admission> {
    await this.useToken(claims);
    if (formerly !== undefined) await this.succession.endFormer(formerly, claims);
    const { session, begun } = await this.opening.open({
      identity: identityOf(claims),
      socket,
      begin: async (session) => {
        if (claims.replaces) await this.replacement.take(session, claims.replaces);
        const version = await this.enterRoom(session, media?.receive);
        return joinedResponse(session, version, this.context, media);
      },
    });
    try {
      const admission = new Admission(session, socket, await begun);
      if (claims.replaces) void this.replacement.removeFormer(session, claims.replaces);
      return admission;
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }

  private async useToken(claims: JoinTokenClaims): Promise<void> {
    const { cluster } = this.context;
    if (this.moves.draining) throw new CodedError('server.draining');
    if (!(await cluster.tokens.use(claims.jti, takenUntil(claims)))) throw new CodedError('token.used');
    if (await cluster.rooms.home(claims.roomId, claims.sub)) throw new CodedError('token.used', 'already in the room');
  }

  /** `receive`: the client's capabilities in its join. Returns the room's version. */
  private async enterRoom(session: Session, receive: RtpCapabilities | undefined): Promise<number | undefined> {
    const { clock, records, nodeId } = this.context;
    const { hidden } = session;
    const { sub: id, name, role, roomId } = session.identity;
    const at = clock.date();
    const version = await session.join(at, receive && decodedVideoCodecs(receive));
    records.add({ type: 'participant.joined', roomId, participantId: id, name, role, hidden, nodeId, at });
    return version;
  }
}

function identityOf(claims: JoinTokenClaims): Identity {
  const { sub, roomId, meetingCode, name, role, avatarId, owner, loudest, videoCodec, grants, metadata } = claims;
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
    ...(metadata && { metadata }),
  };
}
