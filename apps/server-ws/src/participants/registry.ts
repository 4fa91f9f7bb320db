import type { Session } from './session.js';

/** The participants at home on this node, by id. */
export class Registry {
  private readonly sessions = new Map<string, Session>();

  all(): Session[] {
    return [...this.sessions.values()];
  }

  /** Includes a session that is about to end. */
  get(participantId: string): Session | undefined {
    return this.sessions.get(participantId);
  }

  /** Without sessions that are about to end. */
  present(roomId: string, participantId: string): Session | undefined {
    const session = this.sessions.get(participantId);
    return session && session.roomId === roomId && !session.ended ? session : undefined;
  }

  isHere(participantId: string): boolean {
    return this.sessions.get(participantId)?.ended === false;
  }

  add(session: Session): void {
    this.sessions.set(session.participantId, session);
  }

  /** Leaves a newer session of the same participant in place. */
  remove(session: Session): void {
    if (this.sessions.get(session.participantId) === session) this.sessions.delete(session.participantId);
  }

  /** Media nodes on which the participants have transports. */
  mediaNodesInUse(): Set<string> {
    const inUse = new Set<string>();
    for (const { media } of this.sessions.values())
      for (const { mediaNodeId } of media.transports.values()) inUse.add(mediaNodeId);
    return inUse;
  }
}
