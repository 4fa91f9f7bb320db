import {
  type Assignments,
  type BreakoutPeople,
  breakoutPeopleSchema,
  breakoutsResponseSchema,
  type Breakouts as OpenBreakouts,
  type OpenBreakoutsRequest,
  type UpdateBreakoutsRequest,
} from '@waterbus/protocol';
import { type Connection, pathOf } from './connection.js';

/** The breakout rooms of a meeting's running call. */
export class Breakouts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The rooms with their people; `breakouts` is null when none are open. */
  get(code: string): Promise<BreakoutPeople> {
    return this.#connection.ask('GET', pathOf`meetings/${code}/breakouts`, breakoutPeopleSchema);
  }

  /** Rejects with `breakout.open` while the meeting has breakout rooms. */
  async open(code: string, request: OpenBreakoutsRequest): Promise<OpenBreakouts> {
    const path = pathOf`meetings/${code}/breakouts`;
    return (await this.#connection.ask('POST', path, breakoutsResponseSchema, request)).breakouts;
  }

  /** `endsIn`: seconds until all return to the main room; null: no end. */
  async update(code: string, change: UpdateBreakoutsRequest): Promise<OpenBreakouts> {
    const path = pathOf`meetings/${code}/breakouts`;
    return (await this.#connection.ask('PATCH', path, breakoutsResponseSchema, change)).breakouts;
  }

  /** All return to the main room. */
  close(code: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/breakouts`);
  }

  /** Breakout rooms by participants' ids, at most 100; null: the main room. */
  assign(code: string, assignments: Assignments): Promise<void> {
    return this.#connection.send('PUT', pathOf`meetings/${code}/breakouts/assignments`, { assignments });
  }

  /** Shows a text to everybody in all rooms. */
  message(code: string, text: string): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/breakouts/messages`, { text });
  }
}
