import type { Home } from '@waterbus/cluster';
import type { ClientSocket } from './client-socket.js';
import type { ParticipantsContext } from './context.js';
import type { Registry } from './registry.js';
import { Session, type SessionPeers } from './session.js';
import type { Identity } from './tokens.js';

/** How a session begins here. */
export interface Beginning<T> {
  identity: Identity;
  socket: ClientSocket;
  /** The home, if it is claimed already. */
  home?: Home | undefined;
  /** Fills the session before it can be found. */
  prepare?: (session: Session) => void;
  /** The first step of the session's life: moderators' commands come after it. */
  begin: (session: Session) => Promise<T>;
}

/** Opens sessions: each can be found as soon as it belongs to this node. */
export class Opening {
  constructor(
    private readonly context: ParticipantsContext,
    private readonly registry: Registry,
    private readonly peers: SessionPeers,
  ) {}

  /** `begun` settles as the first step does. */
  async open<T>({ identity, socket, home, prepare, begin }: Beginning<T>): Promise<{
    session: Session;
    begun: Promise<T>;
  }> {
    const { rooms, cluster, nodeId } = this.context;
    const room = await rooms.enter(identity.roomId);
    try {
      const claimed = home ?? (await cluster.rooms.claimHome(identity.roomId, identity.sub, nodeId));
      const session = new Session(identity, claimed, room, this.context, this.peers);
      session.attach(socket);
      prepare?.(session);
      const begun = session.lifecycle.run(() => begin(session));
      this.registry.add(session);
      return { session, begun };
    } catch (error) {
      rooms.exit(room);
      throw error;
    }
  }
}
