import { CodedError, type ResumeTokenClaims } from '@waterbus/protocol';
import { adoptTransports } from '../media/nodes/adoption.js';
import { Admission, type AdmittedResponse, checkProtocol, joinedResponse } from './admission.js';
import type { KeptEvent } from './client-feed.js';
import type { ClientSocket } from './client-socket.js';
import type { ParticipantsContext } from './context.js';
import type { Handovers } from './handover.js';
import type { Moves } from './moves.js';
import type { Opening } from './opening.js';
import type { Registry } from './registry.js';
import type { RoomCommands } from './room-commands.js';
import type { Session } from './session.js';
import type { SessionHandover } from './session-handover.js';

/** Participants that continue from a new socket, here or from another home (R3). */
export class Resuming {
  constructor(
    private readonly context: ParticipantsContext,
    private readonly registry: Registry,
    private readonly opening: Opening,
    private readonly handovers: Handovers,
    private readonly commands: RoomCommands,
    private readonly moves: Moves,
  ) {}

  /** The participant continues with its transports and producers. */
  resume(token: string, protocolVersion: number, socket: ClientSocket): Promise<Admission> {
    return this.context.arrivals.measure('resume', () => this.readmit(token, protocolVersion, socket));
  }

  private async readmit(token: string, protocolVersion: number, socket: ClientSocket): Promise<Admission> {
    checkProtocol(protocolVersion);
    const claims = await this.context.tokens.readResumeToken(token);
    const reason = this.commands.reasonOfRemoval(claims.roomId, claims.sub);
    if (reason) socket.emit('ended', { reason });
    // After any other reason the client may join anew.
    if (reason === 'replaced') throw new CodedError('session.replaced');
    await this.handovers.settled(claims.roomId, claims.sub);
    const session = this.registry.present(claims.roomId, claims.sub);
    if (!session) return this.takeOver(claims, socket);
    // A client that is being moved has returned here. A client that lost its socket is better off
    // here than out of the call.
    if (this.moves.draining && session.hasSocket) throw new CodedError('server.draining');
    const response = session.lifecycle.run(async () => {
      if (session.ended) throw new CodedError('session.expired');
      await session.checkHome();
      session.attach(socket);
      await session.claim();
      return this.connected(session);
    });
    return new Admission(session, socket, await orDetach(socket, session, response));
  }

  private async takeOver({ roomId, sub }: ResumeTokenClaims, socket: ClientSocket): Promise<Admission> {
    const { session, begun } = await this.handovers.take(roomId, sub, (handover, later) =>
      this.continueHere(handover, socket, later),
    );
    return new Admission(session, socket, await orDetach(socket, session, begun));
  }

  /** The participant's current state takes precedence over its token (R7). */
  private continueHere(
    handover: SessionHandover,
    socket: ClientSocket,
    later: KeptEvent[],
  ): Promise<{ session: Session; begun: Promise<AdmittedResponse> }> {
    const { identity, home } = handover;
    return this.opening.open({
      identity,
      socket,
      home,
      prepare: (session) => session.adopt(handover, later),
      begin: async (session) => {
        await this.adoptTransports(handover);
        return this.connected(session);
      },
    });
  }

  /**
   * The former home has adopted them for this node, before it released them; between the two it may
   * have died, or some of them closed.
   */
  private async adoptTransports({ media }: SessionHandover): Promise<void> {
    const { directory, cluster, nodeId, owners } = this.context;
    const missing = await adoptTransports(media.transports, nodeId, { directory, cluster });
    for (const { mediaNodeId, transportId } of missing)
      owners.handle(mediaNodeId, { type: 'transport.closed', transportId, reason: 'router-closed' });
  }

  private async connected(session: Session): Promise<AdmittedResponse> {
    const version = await session.connected();
    return joinedResponse(session, version, this.context);
  }
}

/** A client that was not readmitted has no socket here: its grace time runs. */
async function orDetach<T>(socket: ClientSocket, session: Session, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    session.detach(socket);
    throw error;
  }
}
