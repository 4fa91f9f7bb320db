import { paced } from '../moving/pacing.js';
import { Turns } from '../moving/turns.js';
import type { ParticipantsContext } from './context.js';
import type { Registry } from './registry.js';
import type { Session } from './session.js';

/** Moves the participants here when this node, or a media node in use, drains (R10). */
export class Moves {
  /** Whether this node drains: it accepts no newcomers. */
  draining = false;
  /** Ends the notifications, one after the other, to move elsewhere. */
  private stopNotifying = () => {};
  /** By draining media node. */
  private readonly turns = new Map<string, Turns<Session>>();

  constructor(
    private readonly context: ParticipantsContext,
    private readonly registry: Registry,
  ) {}

  /** All participants here are asked to resume elsewhere, or to stay after all. */
  drain(draining: boolean): void {
    const { clock, random } = this.context;
    this.draining = draining;
    this.stopNotifying();
    if (draining) {
      const move = (session: Session) => session.emitLive('moving', { reason: 'server-draining' });
      this.stopNotifying = paced(this.registry.all(), clock, random, move);
    } else for (const session of this.registry.all()) session.emitLive('staying', {});
  }

  /**
   * A media node, here or elsewhere, starts or stops draining. Unless it is urgent, its senders
   * move one after the other.
   */
  mediaNodeDrains(mediaNodeId: string, draining: boolean, urgent: boolean): void {
    // The turns of nodes that are lost meanwhile end too.
    const others = this.context.directory.drainingNodes().filter((id) => id !== mediaNodeId);
    for (const [id, turns] of this.turns) {
      if (others.includes(id)) continue;
      turns.stop();
      this.turns.delete(id);
    }
    const sessions = this.registry.all();
    const inTurn = draining && !urgent;
    const movers = new Set(sessions.filter(({ media }) => inTurn && media.sendsThrough(mediaNodeId)));
    for (const session of sessions) notify(session, mediaNodeId, draining, movers.has(session));
    if (!inTurn) return;
    const turns = new Turns<Session>(mediaNodeId, this.context.clock, (session) => notify(session, mediaNodeId, true));
    this.turns.set(mediaNodeId, turns);
    turns.begin([...movers]);
  }

  /** Sends the moves under way to a client that has become live. */
  present(session: Session): void {
    for (const mediaNodeId of this.context.directory.drainingNodes())
      notify(session, mediaNodeId, true, this.waitsForTurn(session, mediaNodeId));
    if (this.draining) session.emitLive('moving', { reason: 'server-draining' });
  }

  close(): void {
    this.stopNotifying();
    for (const turns of this.turns.values()) turns.stop();
  }

  /** Whether the participant stays on the draining media node until its turn. */
  private waitsForTurn(session: Session, mediaNodeId: string): boolean {
    return session.media.sendsThrough(mediaNodeId) && (this.turns.get(mediaNodeId)?.add(session) ?? false);
  }
}

/** `later`: its streams through it continue until this event is repeated without `later`. */
function notify(session: Session, mediaNodeId: string, draining: boolean, later = false): void {
  session.emitLive('mediaNode.draining', { mediaNodeId, draining, ...(later && { later }) });
}
