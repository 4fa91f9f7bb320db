import {
  type CreateMeetingResponse,
  type createJoinTokenRequestSchema,
  type createMeetingRequestSchema,
  createMeetingResponseSchema,
  getMeetingResponseSchema,
  type JoinMeetingResponse,
  joinMeetingResponseSchema,
  type Meeting,
  type MeetingAuditEvent,
  type MeetingCall,
  type MemberMeeting,
  meetingAuditEventsSchema,
  meetingCallsSchema,
  meetingsPageSchema,
  type QualityMinute,
  qualityMinutesPageSchema,
  type UpdateMeetingRequest,
  updatedMeetingSchema,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf, type QualityFilter } from './list.js';

/** The title, settings and dates of a meeting to create. */
export type NewMeeting = z.input<typeof createMeetingRequestSchema>;
/** For whom a join token is, and with which grants. */
export type NewJoinToken = z.input<typeof createJoinTokenRequestSchema>;

/** Meetings that belong to the key: those created with it, and those of its user. */
export class Meetings {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The holder of `hostToken` acts as host; it is not shown again. Join tokens need none. */
  create(meeting: NewMeeting): Promise<CreateMeetingResponse> {
    return this.#connection.ask('POST', pathOf`meetings`, createMeetingResponseSchema, meeting);
  }

  async get(code: string): Promise<Meeting> {
    return (await this.#connection.ask('GET', pathOf`meetings/${code}`, getMeetingResponseSchema)).meeting;
  }

  list(options: ListOptions & { archived?: boolean } = {}): List<MemberMeeting> {
    return listOf(this.#connection, pathOf`meetings`, meetingsPageSchema, options);
  }

  /** Omitted properties stay unchanged, also within `settings`. A running call follows. */
  async update(code: string, change: UpdateMeetingRequest): Promise<Meeting> {
    return (await this.#connection.ask('PATCH', pathOf`meetings/${code}`, updatedMeetingSchema, change)).meeting;
  }

  /** Users that are not members need it to join; holders of join tokens do not. */
  async setPassword(code: string, password: string): Promise<Meeting> {
    const path = pathOf`meetings/${code}/password`;
    return (await this.#connection.ask('PUT', path, updatedMeetingSchema, { password })).meeting;
  }

  async removePassword(code: string): Promise<Meeting> {
    return (await this.#connection.ask('DELETE', pathOf`meetings/${code}/password`, updatedMeetingSchema)).meeting;
  }

  /** Makes a member the host; the former host becomes a moderator. */
  async handOver(code: string, userId: string): Promise<Meeting> {
    return (await this.#connection.ask('POST', pathOf`meetings/${code}/host`, updatedMeetingSchema, { userId }))
      .meeting;
  }

  /** The actions on the meeting, its members and its call, with their actors, the newest first. */
  auditEvents(code: string, options?: ListOptions): List<MeetingAuditEvent> {
    return listOf(this.#connection, pathOf`meetings/${code}/audit-events`, meetingAuditEventsSchema, options);
  }

  /** The calls in which somebody joined in this time, the newest first; by default in the last 30 days. */
  calls(code: string, options?: ListOptions & Omit<QualityFilter, 'participantId'>): List<MeetingCall> {
    return listOf(this.#connection, pathOf`meetings/${code}/calls`, meetingCallsSchema, options);
  }

  /**
   * The connection quality of each participant in each minute, the oldest first; by default of the
   * last 24 hours. A page has at most 1000 rows (default 200).
   */
  quality(code: string, options?: ListOptions & QualityFilter): List<QualityMinute> {
    return listOf(this.#connection, pathOf`meetings/${code}/quality`, qualityMinutesPageSchema, options);
  }

  /** Ends the call permanently. */
  async archive(code: string): Promise<Meeting> {
    return (await this.#connection.ask('POST', pathOf`meetings/${code}/archive`, updatedMeetingSchema)).meeting;
  }
}

export class JoinTokens {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Admits one person, once, within `expiresIn` seconds (default 120, at most 3600): send `token`
   * and `signalling` to the person's browser. It needs no password and does not wait.
   * `participantId` identifies the person in the call.
   */
  create(code: string, joining: NewJoinToken): Promise<JoinMeetingResponse> {
    return this.#connection.ask('POST', pathOf`meetings/${code}/join-tokens`, joinMeetingResponseSchema, joining);
  }
}
