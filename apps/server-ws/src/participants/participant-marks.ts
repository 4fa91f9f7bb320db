import type { Clock } from '@waterbus/cluster';
import { CodedError, type ParticipantMarks as Marks, type Reaction, type RoomChange } from '@waterbus/protocol';
import type { LiveRoom } from '../rooms/live-room.js';
import type { Serial } from '../time/serial.js';
import { TokenBucket } from '../time/token-bucket.js';

/** The participant that shows the marks. */
export interface MarkedParticipant {
  readonly participantId: string;
  readonly hidden: boolean;
  readonly ended: boolean;
  readonly lifecycle: Serial;
  readonly room: Pick<LiveRoom, 'react'>;
  change(change: RoomChange): Promise<void>;
}

/** What a participant shows in the room besides its media, as its home keeps it. */
export class ParticipantMarks {
  /** Milliseconds since 1970; 0: the hand is down. */
  private handRaisedAt = 0;
  /** Milliseconds since 1970; 0: not in the spotlight. */
  private spotlitAt = 0;
  private readonly reactions: TokenBucket;

  constructor(
    private readonly participant: MarkedParticipant,
    private readonly clock: Clock,
  ) {
    this.reactions = new TokenBucket(REACTIONS_PER_SECOND, REACTION_BURST, clock.now());
  }

  /** Raises or lowers the hand. A hand that is up keeps its time and with it its place. */
  async raiseHand(raised: boolean): Promise<void> {
    this.checkVisible();
    await this.participant.lifecycle.run(async () => {
      const { participant, clock } = this;
      if (participant.ended) throw new CodedError('session.expired');
      if (raised === this.handRaisedAt > 0) return;
      this.handRaisedAt = raised ? clock.date() : 0;
      const { participantId } = participant;
      await participant.change({ type: 'participant.updated', participantId, handRaisedAt: this.handRaisedAt });
    });
  }

  async spotlight(spotlit: boolean): Promise<void> {
    this.checkVisible();
    await this.participant.lifecycle.run(async () => {
      const { participant, clock } = this;
      if (participant.ended) throw new CodedError('session.expired');
      if (!spotlit && this.spotlitAt === 0) return;
      // Anew for one that is spotlit already: another one may have been put there since.
      this.spotlitAt = spotlit ? clock.date() : 0;
      const { participantId } = participant;
      await participant.change({ type: 'participant.updated', participantId, spotlitAt: this.spotlitAt });
    });
  }

  /** Shows a reaction to all. Throws `limit.reached` when there were too many. */
  react(emoji: Reaction): void {
    this.checkVisible();
    if (!this.reactions.take(this.clock.now())) throw new CodedError('limit.reached', 'too many reactions');
    const { room, participantId } = this.participant;
    room.react({ participantId, emoji });
  }

  /** As the participant's former home had them; one of an earlier version reports none. */
  adopt({ handRaisedAt = 0, spotlitAt = 0 }: Marks = {}): void {
    this.handRaisedAt = handRaisedAt;
    this.spotlitAt = spotlitAt;
  }

  /** For the room and for another home; marks that are not set are left out. */
  get set(): Marks {
    const { handRaisedAt, spotlitAt } = this;
    return { ...(handRaisedAt > 0 && { handRaisedAt }), ...(spotlitAt > 0 && { spotlitAt }) };
  }

  private checkVisible(): void {
    if (this.participant.hidden) throw new CodedError('permission.denied', 'hidden participants show nothing');
  }
}

/** Applause is several reactions at once; a person who keeps clicking must not cover the call. */
const REACTIONS_PER_SECOND = 1;
const REACTION_BURST = 6;
