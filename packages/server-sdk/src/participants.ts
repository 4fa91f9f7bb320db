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

/**
 * The participants of a meeting's call, and their moderation. The call has changed when the promise
 * resolves.
 */
export class Participants {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The present participants, without hidden ones. */
  list(code: string, options?: ListOptions): List<LiveParticipant> {
    return listOf(this.#connection, pathOf`meetings/${code}/participants`, liveParticipantsPageSchema, options);
  }

  /** Every presence, current or past. */
  history(code: string, options?: ListOptions): List<Presence> {
    const path = pathOf`meetings/${code}/participants/history`;
    return listOf(this.#connection, path, presencesPageSchema, options);
  }

  /** The participant may unmute. */
  mute(code: string, participantId: string, what: z.input<typeof muteRequestSchema> = {}): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/participants/${participantId}/mute`, what);
  }

  /** The participant may start it again. */
  stopVideo(code: string, participantId: string, what: z.input<typeof stopVideoRequestSchema> = {}): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/participants/${participantId}/stop-video`, what);
  }

  /**
   * Sets what this participant may publish and receive from now on, whatever the meeting's
   * settings.
   */
  update(code: string, participantId: string, grants: z.input<typeof updateParticipantRequestSchema>): Promise<void> {
    return this.#connection.send('PATCH', pathOf`meetings/${code}/participants/${participantId}`, grants);
  }

  /** Removes a participant from the call; joining again is possible. */
  kick(code: string, participantId: string): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/participants/${participantId}/kick`);
  }

  /** Removes a participant and prevents a return: a user by account, a guest by network address. */
  async ban(code: string, participantId: string, reason?: string): Promise<Ban> {
    const path = pathOf`meetings/${code}/participants/${participantId}/ban`;
    return (await this.#connection.ask('POST', path, banResponseSchema, { reason })).ban;
  }

  moveToWaitingRoom(code: string, participantId: string): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/participants/${participantId}/waiting-room`);
  }
}

/** The participants in the waiting room. */
export class Waiting {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<WaitingParticipant> {
    return listOf(this.#connection, pathOf`meetings/${code}/waiting`, waitingPageSchema, options);
  }

  admit(code: string, participantId: string): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/waiting/${participantId}/admit`);
  }

  deny(code: string, participantId: string): Promise<void> {
    return this.#connection.send('POST', pathOf`meetings/${code}/waiting/${participantId}/deny`);
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
    return this.#connection.send('DELETE', pathOf`meetings/${code}/bans/${banId}`);
  }
}
