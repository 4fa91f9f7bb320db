/** What a participant shows in the room besides its media, as its home keeps it. */
export class ParticipantMarks {
  /** Milliseconds since 1970; 0: the hand is down. */
  handRaisedAt = 0;

  /** As the participant's former home had them; one of an earlier version reports none. */
  adopt({ handRaisedAt = 0 }: HandedMarks = {}): void {
    this.handRaisedAt = handRaisedAt;
  }

  /** For the room and for another home; marks that are not set are left out. */
  get set(): HandedMarks {
    return { ...(this.handRaisedAt > 0 && { handRaisedAt: this.handRaisedAt }) };
  }
}

export interface HandedMarks {
  handRaisedAt?: number | undefined;
}
