import {
  type Assignments,
  type BreakoutPeople,
  type Breakouts,
  breakoutPeopleSchema,
  breakoutsResponseSchema,
  type OpenBreakoutsRequest,
  type UpdateBreakoutsRequest,
} from '@waterbus/protocol';
import type { Call } from '../api/call.js';
import type { LiveCall } from '../call/live-call.js';
import { understood } from '../rest/rest-request.js';

/**
 * The breakout rooms of a call. Changes are for participants with the grant `moderate`; others get
 * `permission.denied`. Events of the call (`meeting`) report them: `breakouts.changed`,
 * `breakouts.assigned`, `breakouts.message`, `breakouts.help` and `breakouts.moved`.
 */
export interface BreakoutRooms {
  /** All people by room, and this participant's assignment. Moderators see those of others. */
  people(): Promise<BreakoutPeople>;
  /** Rejects with `breakout.open` while rooms are open. */
  open(request: OpenBreakoutsRequest): Promise<Breakouts>;
  /** `endsIn` in seconds; null: no end. */
  update(change: UpdateBreakoutsRequest): Promise<Breakouts>;
  /** All return to the main room. */
  close(): Promise<void>;
  /** Breakout rooms by participants' ids; null: the main room. At most 100. */
  assign(assignments: Assignments): Promise<void>;
  /** Shows a text (at most 500 characters) to everybody in all rooms. */
  message(text: string): Promise<void>;
  /** Asks the moderators to come into this participant's breakout room. */
  askForHelp(): Promise<void>;
}

/**
 * The breakout rooms of a call.
 *
 * @param call - Of `join`.
 */
export function breakoutsOf(call: Call): BreakoutRooms {
  const live = call as LiveCall;
  const { ask } = live.asParticipant;
  const path = '/breakouts';
  const changed = async (method: 'POST' | 'PATCH', body: object) =>
    understood(breakoutsResponseSchema, await ask(path, { method, body })).breakouts;
  return {
    people: async () => {
      const people = understood(breakoutPeopleSchema, await ask(path));
      live.foundBreakouts(people.breakouts);
      return people;
    },
    open: (request) => changed('POST', request),
    update: (change) => changed('PATCH', change),
    close: async () => void (await ask(path, { method: 'DELETE' })),
    assign: async (assignments) => void (await ask(`${path}/assignments`, { method: 'PUT', body: { assignments } })),
    message: async (text) => void (await ask(`${path}/messages`, { body: { text } })),
    askForHelp: async () => void (await ask(`${path}/help`, { method: 'POST' })),
  };
}
