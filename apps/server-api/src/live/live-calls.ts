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

type ParticipantCommand = RoomCommand extends infer C ? (C extends RoomCommand ? Omit<C, 'roomId'> : never) : never;

/** Server API's arm into running calls: over the cluster's bus, and only after the commit of what it is about (R5, R12). */
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

  /** Who is in the call; undefined: nobody. */
  async room(meetingId: string): Promise<RoomSnapshot | undefined> {
    return this.#cluster.rooms.snapshot(meetingId);
  }

  /** Ids of all who have a place in the call, the hidden ones too. */
  async participantIds(meetingId: string): Promise<string[]> {
    return (await this.#cluster.rooms.homes(meetingId)).map((home) => home.participantId);
  }

  /**
   * Has a participant's home do something, and resolves when it is done. False when the participant is not in the call. A home
   * that moves in the meantime is followed.
   */
  async command(meetingId: string, command: ParticipantCommand): Promise<boolean> {
    const { participantId } = command;
    for (let attempt = 0; attempt < HOMES_FOLLOWED; attempt += 1) {
      const home = await this.#cluster.rooms.home(meetingId, participantId);
      if (!home && this.#cluster.recovering) throw new CodedError('server.unavailable');
      if (!home) return false;
      try {
        await this.#cluster.bus.request(home.nodeId, ROOM_COMMAND, { ...command, roomId: meetingId });
        return true;
      } catch (error) {
        // Nobody there any more: its lease ends and the participant leaves (R4), or it is at home elsewhere by now.
        const moved = error instanceof CodedError && error.code === 'participant.not_found';
        if (!moved && !(error instanceof BusError)) throw error;
      }
      await this.#pause(MOVING_TIME);
    }
    this.#log.warn({ roomId: meetingId, participantId, command: command.type }, 'a home could not be reached');
    throw new CodedError('server.unavailable');
  }

  /**
   * The same, once the participant's join token is used up (R8). Who used it a moment ago has no home yet: they are waited for, a
   * second at most.
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
   * Uses up join tokens that are on their way (R8), so that nobody comes in with rights from before. `participantId`: only this
   * one's. Answers the ids of those who had used theirs already: they are, or will be within a moment, in the call. `queries`: the
   * transaction whose end takes their rows away.
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

  /** Tells members and those in the call at once. What is lost on the way can be read from the lists. */
  async announce(meetingId: string, event: MeetingEvent): Promise<void> {
    try {
      await this.#cluster.bus.publish(meetingTopic(meetingId), event);
    } catch (error) {
      this.#log.warn({ meetingId, event: event.type, err: error }, 'an event could not be announced');
    }
  }

  /** Tells whatever a user has open: `session.ended` ends it, `meetings.changed` has the list of meetings read again. */
  async tellUser(userId: string, event: UserTopicEvent): Promise<void> {
    try {
      await this.#cluster.bus.publish(userTopic(userId), event);
    } catch (error) {
      this.#log.warn({ userId, event: event.type, err: error }, 'a user could not be told');
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(milliseconds, resolve));
  }
}

/** A participant moves with every new socket, which takes far longer than one attempt. */
const HOMES_FOLLOWED = 5;

/** Milliseconds that a home gets to take over: all attempts together stay below the second of R8. */
const MOVING_TIME = 150;

/** Milliseconds from the use of a join token until its participant has a home, at most; R8 grants no more. */
const COMING_TIME = 1000;
const COMING_STEP = 50;

/** Milliseconds by which a token may outlive its expiry on a Server WS whose clock is behind. */
export const TOKEN_TOLERANCE = 10_000;
