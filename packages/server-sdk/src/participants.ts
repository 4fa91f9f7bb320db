import {
  type Ban,
  banResponseSchema,
  bansPageSchema,
  type LiveParticipant,
  liveParticipantsPageSchema,
  type muteRequestSchema,
  type Presence,
  presencesPageSchema,
  type stopVideoRequestSchema,
  type updateParticipantRequestSchema,
  type WaitingParticipant,
  waitingPageSchema,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf } from './list.js';

/** Who is in a meeting's call, and what can be done about it. It is done when the promise resolves. */
export class Participants {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Now; hidden ones are not among them. */
  list(code: string, options?: ListOptions): List<LiveParticipant> {
    return listOf(this.#connection, pathOf`meetings/${code}/participants`, liveParticipantsPageSchema, options);
  }

  /** Every presence, going on or past. */
  history(code: string, options?: ListOptions): List<Presence> {
    const path = pathOf`meetings/${code}/participants/history`;
    return listOf(this.#connection, path, presencesPageSchema, options);
  }

  /** The participant may unmute. */
  mute(code: string, participantId: string, what: z.input<typeof muteRequestSchema> = {}): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/participants/${participantId}/mute`, what);
  }

  /** The participant may start it again. */
  stopVideo(code: string, participantId: string, what: z.input<typeof stopVideoRequestSchema> = {}): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/participants/${participantId}/stop-video`, what);
  }

  /** What this participant may publish and see from now on, whatever the settings of the meeting say. */
  update(code: string, participantId: string, grants: z.input<typeof updateParticipantRequestSchema>): Promise<void> {
    return this.#connection.tell('PATCH', pathOf`meetings/${code}/participants/${participantId}`, grants);
  }

  /** Out of the call, with the way back open. */
  kick(code: string, participantId: string): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/participants/${participantId}/kick`);
  }

  /** Out of the call and not in again: a user by account, a guest by network address. */
  async ban(code: string, participantId: string, reason?: string): Promise<Ban> {
    const path = pathOf`meetings/${code}/participants/${participantId}/ban`;
    return (await this.#connection.ask('POST', path, banResponseSchema, { reason })).ban;
  }

  moveToWaitingRoom(code: string, participantId: string): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/participants/${participantId}/waiting-room`);
  }
}

/** Who waits to be let in. */
export class Waiting {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<WaitingParticipant> {
    return listOf(this.#connection, pathOf`meetings/${code}/waiting`, waitingPageSchema, options);
  }

  admit(code: string, participantId: string): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/waiting/${participantId}/admit`);
  }

  deny(code: string, participantId: string): Promise<void> {
    return this.#connection.tell('POST', pathOf`meetings/${code}/waiting/${participantId}/deny`);
  }
}

export class Bans {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<Ban> {
    return listOf(this.#connection, pathOf`meetings/${code}/bans`, bansPageSchema, options);
  }

  lift(code: string, banId: string): Promise<void> {
    return this.#connection.tell('DELETE', pathOf`meetings/${code}/bans/${banId}`);
  }
}
