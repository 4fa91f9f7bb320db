import type { JoinTokenClaims } from '@waterbus/protocol';
import { ask } from '../bus/ask.js';
import type { BusBody } from '../bus/contract.js';
import { withDeadline } from '../time/with-deadline.js';
import type { ParticipantsContext } from './context.js';
import type { Departures } from './departures.js';
import type { Handovers } from './handover.js';
import type { Registry } from './registry.js';

/**
 * A client joins anew because its home died: its former participant is removed from the room, so
 * that it is not shown twice until that home's lease runs out (R4). A home that listens, or listens
 * again, decides itself: it ends a participant without a socket.
 */
export class Succession {
  constructor(
    private readonly context: ParticipantsContext,
    private readonly registry: Registry,
    private readonly handovers: Handovers,
    private readonly departures: Departures,
  ) {}

  /** `formerly`: the resume token of the former participant. */
  async endFormer(formerly: string, now: JoinTokenClaims): Promise<void> {
    const { tokens, cluster, nodeId, silentOwners } = this.context;
    const former = await tokens.readResumeToken(formerly).catch(() => undefined);
    if (!former || former.roomId !== now.roomId || former.sub === now.sub) return;
    const { roomId, sub: participantId, grants } = former;
    const home = await cluster.rooms.home(roomId, participantId);
    if (!home) return;
    if (home.nodeId === nodeId) return this.succeeded({ roomId, participantId });
    // Another Server WS has checked it for longer before it sent the client here.
    if (!(await silentOwners.isSilent(home.nodeId, 1))) return this.notify(home.nodeId, { roomId, participantId });
    const claimed = await cluster.rooms.claimHome(roomId, participantId, nodeId);
    await this.departures.leave({ roomId, home: claimed, reason: 'node-lost', hidden: grants.hidden });
  }

  /** Answers `session.succeeded`. */
  async succeeded({ roomId, participantId }: BusBody<'session.succeeded'>): Promise<void> {
    await this.handovers.settled(roomId, participantId);
    const session = this.registry.present(roomId, participantId);
    if (session) return session.succeeded();
    await this.handovers.leaveIfForgotten(roomId, participantId);
  }

  /** When the home does not answer, the grace time has the same effect, later. */
  private async notify(homeId: string, former: BusBody<'session.succeeded'>): Promise<void> {
    const { cluster, clock, logger } = this.context;
    const ids = { meetingId: former.roomId, participantId: former.participantId };
    const failed = (error: unknown) => logger.warn({ ...ids, error: String(error) }, 'former home not notified');
    const asked = ask(cluster.bus, homeId, 'session.succeeded', former).catch(failed);
    await withDeadline(clock, LONGEST_SUCCESSION, asked);
  }
}

/**
 * Milliseconds that a newcomer waits for its former home, which has to do a few writes: a slow one
 * must not delay the join.
 */
const LONGEST_SUCCESSION = 300;
