import { ask } from '../bus/ask.js';
import { withDeadline } from '../time/with-deadline.js';
import { commandOther } from './commands-to-others.js';
import type { ParticipantsContext } from './context.js';
import type { Session } from './session.js';

/**
 * A person moves the call to another device, make-before-break: the new participant enters the room
 * with the marks of the former ones, and these are removed afterwards, on whatever node their homes
 * are. Server API has checked that all of them belong to one account.
 */
export class Replacement {
  constructor(private readonly context: Pick<ParticipantsContext, 'cluster' | 'clock'>) {}

  /** Before the participant enters. */
  async take(session: Session, former: readonly string[]): Promise<void> {
    await Promise.all([this.takeMarks(session, former), this.takePin(session, former)]);
  }

  /**
   * The pinned participant, which only the homes of the former devices know. A home of an earlier
   * version refuses the question, and a slow one does not delay the join.
   */
  private async takePin(session: Session, former: readonly string[]): Promise<void> {
    let pinned: string | undefined;
    const asked = former.map(async (id) => {
      pinned ??= (await this.pinOf(session.roomId, id).catch(() => null)) ?? undefined;
    });
    await withDeadline(this.context.clock, LONGEST_QUESTION, Promise.all(asked));
    session.pin(pinned);
  }

  /** A hand that is up keeps its place in the queue. */
  private async takeMarks(session: Session, former: readonly string[]): Promise<void> {
    if (session.hidden) return;
    const room = await this.context.cluster.rooms.snapshot(session.roomId);
    const shown = room?.participants.filter(({ id }) => former.includes(id)) ?? [];
    const handRaisedAt = shown.find((participant) => participant.handRaisedAt)?.handRaisedAt;
    const spotlitAt = shown.find((participant) => participant.spotlitAt)?.spotlitAt;
    session.marks.adopt({ ...(handRaisedAt && { handRaisedAt }), ...(spotlitAt && { spotlitAt }) });
  }

  /** After the participant has entered. A home that does not answer keeps its participant. */
  async removeFormer(session: Session, former: readonly string[]): Promise<void> {
    const { roomId, participantId } = session;
    await Promise.all(
      former
        .filter((id) => id !== participantId)
        .map((id) =>
          commandOther(this.context.cluster, {
            type: 'remove',
            roomId,
            participantId: id,
            reason: 'kicked',
            replaced: true,
          }).catch((error) => session.failed('the former device is not removed', error)),
        ),
    );
  }

  private async pinOf(roomId: string, participantId: string): Promise<string | null> {
    const { cluster } = this.context;
    const home = await cluster.rooms.home(roomId, participantId);
    if (!home) return null;
    return (await ask(cluster.bus, home.nodeId, 'session.pinned', { roomId, participantId })).pinned;
  }
}

/** Milliseconds that a join waits for the homes of former devices. */
const LONGEST_QUESTION = 300;
