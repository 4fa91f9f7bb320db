import { type Breakouts, breakoutOfRoom, enteredBreakoutSchema, type MeetingEvent } from '@waterbus/protocol';
import { understood } from '../rest/rest-request.js';
import type { RestOfCall } from './rest-of-call.js';

/** The breakout rooms of a call, and in which of them this participant is. */
export class CallBreakouts {
  open: Breakouts | undefined;
  /** Undefined: the main room. */
  here: string | undefined;
  token: string | undefined;

  constructor(token: string | undefined) {
    this.token = token;
  }

  /** Requests a join token for another room. */
  async enter({ ask }: RestOfCall, breakoutId: string | null) {
    const body = { breakoutId, ...(this.token && { breakoutToken: this.token }) };
    const entered = understood(enteredBreakoutSchema, await ask('/breakouts/enter', { body }));
    this.token = entered.breakoutToken ?? undefined;
    return entered;
  }

  event(event: MeetingEvent): void {
    if (event.type === 'breakouts.changed') this.open = event.breakouts ?? undefined;
  }

  /** False: this participant was in that room before. */
  entered(roomId: string): boolean {
    const before = this.here;
    this.here = breakoutOfRoom(roomId);
    return this.here !== before;
  }
}
