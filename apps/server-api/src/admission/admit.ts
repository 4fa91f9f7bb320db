import { randomUUID } from 'node:crypto';
import { ROOM_CAPACITY } from '@waterbus/cluster';
import {
  breakoutRoomId,
  CodedError,
  type Grants,
  JOIN_TOKEN_AUDIENCE,
  JOIN_TOKEN_LIFETIME,
  type JoinMeetingResponse,
  type JoinTokenClaims,
  type ParticipantMetadata,
  type Role,
} from '@waterbus/protocol';
import { inArray, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type MeetingRow, users } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { grantsOf } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { newReturnToken } from './former-presence.js';

export interface Joiner {
  /** Of a waiting person; omitted: a new one. */
  participantId?: string;
  name: string;
  role: Role;
  userId?: string | null;
  /** Grants of this participant alone; the rest is by role and the meeting's settings. */
  ownGrants?: Partial<Grants> | null;
  /** With which the participant enters the room. */
  metadata?: ParticipantMetadata;
  /** Of the asking address, see `admissions.network`. */
  network: string;
  /** The breakout room to which it is assigned. */
  breakoutId?: string | null;
  /** Seconds in which the token must be used. Default: `JOIN_TOKEN_LIFETIME`. */
  lifetime?: number;
  /** Participants of the same user, which the new one replaces once it is in the room. */
  replaces?: string[];
  /** The answer has a return token if they are a guest. */
  mayReturn?: boolean;
}

/**
 * Admits a person and signs their join token (R8). `transaction` is the one of the decision, with
 * the meeting locked. Rejects with `participant.not_found` when the waiting person was denied or
 * removed in the meantime.
 */
export async function admit(
  parts: Pick<ApiParts, 'clock' | 'tokens' | 'tracer' | 'signallingOrigins'>,
  transaction: Pick<Queries, '_'>,
  meeting: MeetingRow,
  joiner: Joiner,
  /** The breakout room that the token is for; undefined: the main room. */
  breakoutId?: string,
): Promise<JoinMeetingResponse> {
  const { name, role, participantId = randomUUID(), lifetime = JOIN_TOKEN_LIFETIME } = joiner;
  const now = parts.clock.date();
  const tokenId = randomUUID();
  const [row] = await storeAdmitted(transaction, {
    id: participantId,
    meetingId: meeting.id,
    network: joiner.network,
    createdAt: new Date(now),
    name,
    role,
    userId: joiner.userId ?? null,
    ownGrants: joiner.ownGrants ?? null,
    breakoutId: joiner.breakoutId ?? null,
    tokenId,
    tokenExpiresAt: new Date((Math.floor(now / 1000) + lifetime) * 1000),
  });
  if (!row) throw new CodedError('participant.not_found');
  const settings = settingsOf(meeting);
  const traceparent = parts.tracer.current();
  const claims: Omit<JoinTokenClaims, 'aud' | 'iat' | 'exp'> = {
    jti: tokenId,
    sub: participantId,
    roomId: breakoutId === undefined ? meeting.id : breakoutRoomId(meeting.id, breakoutId),
    meetingCode: meeting.code,
    name,
    role,
    ...(meeting.owner ? { owner: meeting.owner } : {}),
    loudest: settings.loudest,
    videoCodec: settings.videoCodec,
    ...(row.avatarId ? { avatarId: row.avatarId } : {}),
    grants: grantsOf(role, settings, joiner.ownGrants),
    ...(joiner.metadata && { metadata: joiner.metadata }),
    ...(joiner.replaces?.length && { replaces: joiner.replaces }),
    ...(traceparent && { traceparent }),
  };
  return {
    status: 'admitted',
    token: parts.tokens.sign(JOIN_TOKEN_AUDIENCE, claims, lifetime),
    expiresIn: lifetime,
    participantId,
    meeting: shownMeeting(meeting),
    signalling: parts.signallingOrigins,
    ...(joiner.mayReturn && role === 'guest' && { returnToken: newReturnToken(parts, meeting, participantId) }),
  };
}

/** Rejects with `meeting.full`. In all rooms of the meeting together. */
export async function checkCapacity(parts: Pick<ApiParts, 'live'>, meetingId: string): Promise<void> {
  if ((await parts.live.participantIds(meetingId)).length >= ROOM_CAPACITY) throw new CodedError('meeting.full');
}

type Admitted = Omit<AdmissionRow, 'state' | 'seenAt'>;

/** Returns no row when the decision about the person has changed. */
const storeAdmitted = statement<Admitted, { avatarId: string | null }[]>((queries, value) => {
  const admitted = {
    name: value('name'),
    role: value('role'),
    userId: value('userId', admissions.userId),
    ownGrants: value('ownGrants', admissions.ownGrants),
    breakoutId: value('breakoutId'),
    state: sql`'admitted'`,
    tokenId: value('tokenId'),
    tokenExpiresAt: value('tokenExpiresAt', admissions.tokenExpiresAt),
  };
  return queries
    .insert(admissions)
    .values({
      id: value('id'),
      meetingId: value('meetingId'),
      network: value('network'),
      createdAt: value('createdAt', admissions.createdAt),
      ...admitted,
    })
    .onConflictDoUpdate({
      target: admissions.id,
      set: admitted,
      setWhere: inArray(admissions.state, ['waiting', 'admitted']),
    })
    .returning({ avatarId: avatarOfUser() });
});

/** Nested, since Drizzle omits the tables of columns that a "returning" names directly. */
function avatarOfUser(): SQL<string | null> {
  return sql`${sql`(select ${users.avatarId} from ${users} where ${users.id} = ${admissions.userId})`}`;
}
