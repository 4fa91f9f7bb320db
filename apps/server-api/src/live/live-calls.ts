import type { Clock, Cluster } from '@waterbus/cluster';
import { BusError } from '@waterbus/cluster';
import {
  CodedError,
  type MeetingEvent,
  meetingTopic,
  ROOM_COMMAND,
  type RoomCommand,
  type RoomSnapshot,
  type UserTopicEvent,
  userTopic,
} from '@waterbus/protocol';
import { and, eq, gt } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import type { Queries } from '../database/database.js';
import { admissions } from '../database/schema.js';
import { roomIdsOf } from './open-breakouts.js';

type ParticipantCommand = RoomCommand extends infer C ? (C extends RoomCommand ? Omit<C, 'roomId'> : never) : never;

/**
 * Server API's access to running calls: over the cluster's bus, and only after the commit of the
 * change (R5, R12).
 */
export class LiveCalls {
  readonly #queries: Queries;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;

  constructor(parts: { queries: Queries; cluster: Cluster; clock: Clock; log: FastifyBaseLogger }) {
    this.#queries = parts.queries;
    this.#cluster = parts.cluster;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** The rooms of the call in which somebody is: the main room, and its breakout rooms. */
  async rooms(meetingId: string, queries: Pick<Queries, '_'> = this.#queries): Promise<RoomSnapshot[]> {
    const ids = await roomIdsOf(queries, meetingId);
    const rooms = await Promise.all(ids.map((id) => this.#cluster.rooms.snapshot(id)));
    return rooms.filter((room) => room !== undefined);
  }

  /** One of them; undefined: nobody is there. */
  async room(roomId: string): Promise<RoomSnapshot | undefined> {
    return this.#cluster.rooms.snapshot(roomId);
  }

  /**
   * Ids of all who have a place in the call, including hidden ones, in whichever of its rooms.
   * `queries`: the transaction of the caller, which must not wait for another connection.
   */
  async participantIds(meetingId: string, queries: Pick<Queries, '_'> = this.#queries): Promise<string[]> {
    const ids = await roomIdsOf(queries, meetingId);
    const homes = await Promise.all(ids.map((id) => this.#cluster.rooms.homes(id)));
    return [...new Set(homes.flat().map((home) => home.participantId))];
  }

  /**
   * Sends a command to a participant's home, and resolves when it is done. False when the
   * participant is not in the call. Follows a home that moves in the meantime. A participant on its
   * way from one room of the call to another is in both.
   */
  async command(meetingId: string, command: ParticipantCommand): Promise<boolean> {
    const ids = await roomIdsOf(this.#queries, meetingId);
    const reached = await Promise.all(ids.map((roomId) => this.commandIn(roomId, command)));
    return reached.includes(true);
  }

  /** The same in one room. */
  async commandIn(roomId: string, command: ParticipantCommand): Promise<boolean> {
    const { participantId } = command;
    for (let attempt = 0; attempt < HOMES_FOLLOWED; attempt += 1) {
      const home = await this.#cluster.rooms.home(roomId, participantId);
      if (!home && this.#cluster.recovering) throw new CodedError('server.unavailable');
      if (!home) return false;
      try {
        await this.#cluster.bus.request(home.nodeId, ROOM_COMMAND, { ...command, roomId });
        return true;
      } catch (error) {
        // The home is gone: its lease ends and the participant leaves (R4), or it has moved by now.
        const moved = error instanceof CodedError && error.code === 'participant.not_found';
        if (!moved && !(error instanceof BusError)) throw error;
      }
      await this.#pause(MOVING_TIME);
    }
    this.#log.warn(
      { meetingId: roomId, participantId, command: command.type },
      'the home of a participant is unreachable',
    );
    throw new CodedError('server.unavailable');
  }

  /**
   * The same, once the participant's join token is revoked (R8). A participant that used it a
   * moment ago has no home yet: the call waits for it, a second at most.
   */
  async revokeAndCommand(meetingId: string, command: ParticipantCommand): Promise<boolean> {
    const coming = (await this.revokeTokens(meetingId, command.participantId)).length > 0;
    const deadline = this.#clock.now() + COMING_TIME;
    for (;;) {
      if (await this.command(meetingId, command)) return true;
      if (!coming || this.#clock.now() >= deadline) return false;
      await this.#pause(COMING_STEP);
    }
  }

  /**
   * Revokes unused join tokens (R8), so that nobody joins with earlier rights. `participantId`:
   * only this one's. Returns the ids of participants that had used theirs already: they are, or
   * will be within a moment, in the call. `queries`: the transaction whose end deletes their rows.
   */
  async revokeTokens(
    meetingId: string,
    participantId?: string,
    queries: Pick<Queries, 'select'> = this.#queries,
  ): Promise<string[]> {
    const outstanding = await queries
      .select({ id: admissions.id, tokenId: admissions.tokenId, expiresAt: admissions.tokenExpiresAt })
      .from(admissions)
      .where(
        and(
          eq(admissions.meetingId, meetingId),
          gt(admissions.tokenExpiresAt, new Date(this.#clock.date() - TOKEN_TOLERANCE)),
          participantId === undefined ? undefined : eq(admissions.id, participantId),
        ),
      );
    const used = await Promise.all(
      outstanding.map(async ({ id, tokenId, expiresAt }) => {
        if (!tokenId || !expiresAt) return undefined;
        const mine = await this.#cluster.tokens.use(tokenId, expiresAt.getTime() + TOKEN_TOLERANCE);
        return mine ? undefined : id;
      }),
    );
    return used.filter((id) => id !== undefined);
  }

  /**
   * Publishes a committed event to the members and to the participants in the call. A client can
   * recover a lost one from the lists.
   */
  async publish(meetingId: string, meetingEvent: MeetingEvent): Promise<void> {
    try {
      await this.#cluster.bus.publish(meetingTopic(meetingId), meetingEvent);
    } catch (error) {
      this.#log.warn({ meetingId, event: meetingEvent.type, err: error }, 'publishing a meeting event failed');
    }
  }

  /**
   * Notifies the open connections of a user: `session.ended` ends them, `meetings.changed` makes
   * them read the list of meetings again.
   */
  async notifyUser(userId: string, event: UserTopicEvent): Promise<void> {
    try {
      await this.#cluster.bus.publish(userTopic(userId), event);
    } catch (error) {
      this.#log.warn({ userId, event: event.type, err: error }, 'notifying a user failed');
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(milliseconds, resolve));
  }
}

/** A participant moves with every new socket, which takes far longer than one attempt. */
const HOMES_FOLLOWED = 5;

/**
 * Milliseconds that a home gets to take over: all attempts together stay below the second of R8.
 */
const MOVING_TIME = 150;

/**
 * Maximum milliseconds from the use of a join token until its participant has a home; R8 grants no
 * more.
 */
const COMING_TIME = 1000;
const COMING_STEP = 50;

/** Milliseconds by which a token may outlive its expiry on a Server WS whose clock is behind. */
export const TOKEN_TOLERANCE = 10_000;
