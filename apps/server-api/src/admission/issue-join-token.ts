import { randomUUID } from 'node:crypto';
import {
  CodedError,
  type Grants,
  JOIN_TOKEN_AUDIENCE,
  JOIN_TOKEN_LIFETIME,
  type JoinTokenClaims,
  type Role,
} from '@waterbus/protocol';
import { inArray, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type MeetingRow } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { grantsOf } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';
import type { ApiParts } from '../parts.js';

export interface Joining {
  meeting: MeetingRow;
  /** Of a waiting person; omitted: a new one. */
  participantId?: string;
  name: string;
  role: Role;
  userId?: string | null;
  avatarId?: string | null;
  /** Grants of this participant alone; the rest is by role and the meeting's settings. */
  ownGrants?: Partial<Grants> | null;
  /** Of the asking address, see `admissions.network`. */
  network: string;
  /** Seconds in which the token must be used. Default: `JOIN_TOKEN_LIFETIME`. */
  lifetime?: number;
}

/**
 * Admits a person and signs their join token (R8). `queries` is the transaction of the decision.
 * Rejects with `participant.not_found` when the waiting person was denied or removed in the
 * meantime.
 */
export async function issueJoinToken(
  parts: Pick<ApiParts, 'clock' | 'tokens'>,
  queries: Queries,
  joining: Joining,
): Promise<{ token: string; expiresIn: number; participantId: string }> {
  const { meeting, name, role, participantId = randomUUID(), lifetime = JOIN_TOKEN_LIFETIME } = joining;
  const now = parts.clock.date();
  const tokenId = randomUUID();
  const admitted = {
    name,
    role,
    userId: joining.userId ?? null,
    ownGrants: joining.ownGrants ?? null,
    tokenId,
    tokenExpiresAt: new Date((Math.floor(now / 1000) + lifetime) * 1000),
  };
  const [row] = await admit(queries, {
    id: participantId,
    meetingId: meeting.id,
    network: joining.network,
    createdAt: new Date(now),
    ...admitted,
  });
  if (!row) throw new CodedError('participant.not_found');
  const claims: Omit<JoinTokenClaims, 'aud' | 'iat' | 'exp'> = {
    jti: tokenId,
    sub: participantId,
    roomId: meeting.id,
    meetingCode: meeting.code,
    name,
    role,
    ...(meeting.owner ? { owner: meeting.owner } : {}),
    loudest: settingsOf(meeting).loudest,
    videoCodec: settingsOf(meeting).videoCodec,
    ...(joining.avatarId ? { avatarId: joining.avatarId } : {}),
    grants: grantsOf(role, settingsOf(meeting), joining.ownGrants),
  };
  return {
    token: parts.tokens.sign(JOIN_TOKEN_AUDIENCE, claims, lifetime),
    expiresIn: lifetime,
    participantId,
  };
}

type Admitted = Omit<AdmissionRow, 'state' | 'seenAt'>;

const admit = statement<Admitted, { id: string }[]>((queries, value) => {
  const admitted = {
    name: value('name'),
    role: value('role'),
    userId: value('userId', admissions.userId),
    ownGrants: value('ownGrants', admissions.ownGrants),
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
    .returning({ id: admissions.id });
});
