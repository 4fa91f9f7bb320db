import type { Clock } from '@waterbus/cluster';
import { CodedError, type RoomCommand } from '@waterbus/protocol';
import { placeOf, type Registry } from './registry.js';
import type { RemoveReason } from './session.js';

/** Executes the commands of Server API about participants at home here. */
export class RoomCommands {
  /** Removed participants that may not have received the event: they receive it on resuming. */
  private readonly removed = new Map<string, RemoveReason>();

  constructor(
    private readonly clock: Clock,
    private readonly registry: Registry,
  ) {}

  /**
   * Answers `ROOM_COMMAND`. A participant that is not at home here has left or moved: the requester
   * queries its home again.
   */
  async execute(command: RoomCommand): Promise<void> {
    const session = this.registry.present(command.roomId, command.participantId);
    if (!session) throw new CodedError('participant.not_found');
    try {
      switch (command.type) {
        case 'remove': {
          const reason = command.replaced ? 'replaced' : command.reason;
          // Without a reason to show, the client joins anew, also when it resumes later.
          if (command.returns) return await session.remove(reason, 'expired');
          this.remember(placeOf(command.roomId, command.participantId), reason);
          return await session.remove(reason);
        }
        case 'mute':
          return await session.mute(command.source);
        case 'lower-hand':
          return await session.marks.raiseHand(false);
        case 'spotlight':
          return await session.marks.spotlight(command.spotlit);
        case 'update':
          return await session.update(command);
      }
    } catch (error) {
      const moved = error instanceof CodedError && error.code.startsWith('session.');
      throw moved ? new CodedError('participant.not_found') : error;
    }
  }

  reasonOfRemoval(roomId: string, participantId: string): RemoveReason | undefined {
    return this.removed.get(placeOf(roomId, participantId));
  }

  private remember(place: string, reason: RemoveReason): void {
    this.removed.set(place, reason);
    this.clock.after(REMEMBERED, () => this.removed.delete(place));
  }
}

/** Milliseconds: the time for which a client that lost its connection retries. */
const REMEMBERED = 300_000;
