import type { Session } from './session.js';

/**
 * The participants at home on this node, by room and id: a participant that goes from one room of its
 * meeting to another is in both for a moment.
 */
export class Registry {
  private readonly sessions = new Map<string, Session>();

  all(): Session[] {
    return [...this.sessions.values()];
  }

  /** Includes a session that is about to end. */
  get(roomId: string, participantId: string): Session | undefined {
    return this.sessions.get(placeOf(roomId, participantId));
  }

  /** Without sessions that are about to end. */
  present(roomId: string, participantId: string): Session | undefined {
    const session = this.get(roomId, participantId);
    return session && !session.ended ? session : undefined;
  }

  isHere(roomId: string, participantId: string): boolean {
    return this.get(roomId, participantId)?.ended === false;
  }

  add(session: Session): void {
    this.sessions.set(placeOf(session.roomId, session.participantId), session);
  }

  /** Leaves a newer session of the same participant in place. */
  remove(session: Session): void {
    const place = placeOf(session.roomId, session.participantId);
    if (this.sessions.get(place) === session) this.sessions.delete(place);
  }

  /** Media nodes on which the participants have transports. */
  mediaNodesInUse(): Set<string> {
    const inUse = new Set<string>();
    for (const { media } of this.sessions.values())
      for (const { mediaNodeId } of media.transports.values()) inUse.add(mediaNodeId);
    return inUse;
  }
}

/** A key for what a node holds about a participant in a room. Ids have no spaces. */
export function placeOf(roomId: string, participantId: string): string {
  return `${roomId} ${participantId}`;
}
