import { and, asc, count, eq, gt, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/** `aud` of the token with which a waiting person asks, for a day. */
export const ADMISSION_AUDIENCE = 'waterbus:admission';

/** Seconds: a meeting that admits nobody for a whole day is over. */
const ADMISSION_LIFETIME = 86_400;

/** The token for `GET /v1/admissions/current`; `participantId` is the admission's id. */
export function newAdmissionToken(parts: Pick<ApiParts, 'tokens'>, participantId: string, meetingId: string): string {
  return parts.tokens.sign(ADMISSION_AUDIENCE, { sub: participantId, meetingId }, ADMISSION_LIFETIME);
}

/** Bus topic of a waiting person: a decision was made. */
export function admissionTopic(participantId: string): string {
  return `admission.${participantId}`;
}

/** Wakes the polls of a waiting person. A lost message delays them by one poll at most. */
export async function wakeAdmission(parts: Pick<ApiParts, 'cluster' | 'log'>, participantId: string): Promise<void> {
  try {
    await parts.cluster.bus.publish(admissionTopic(participantId), {});
  } catch (error) {
    parts.log.warn({ participantId, err: error }, 'waking the poll of a waiting person failed');
  }
}

/** Notifies moderators of the number of waiting persons. After the commit (R5). */
export async function publishWaiting(
  parts: Pick<ApiParts, 'queries' | 'clock' | 'live'>,
  meetingId: string,
): Promise<void> {
  const waiting = await countWaiting(parts.queries, meetingId, parts.clock.date());
  await parts.live.publish(meetingId, { type: 'waiting.changed', waiting });
}

export async function countWaiting(queries: Pick<Queries, 'select'>, meetingId: string, now: number): Promise<number> {
  const [row] = await queries.select({ waiting: count() }).from(admissions).where(stillWaiting(meetingId, now));
  return row?.waiting ?? 0;
}

/** Of this meeting, with a recent request. */
export function stillWaiting(meetingId: string, now: number): SQL | undefined {
  return and(
    eq(admissions.meetingId, meetingId),
    eq(admissions.state, 'waiting'),
    gt(admissions.seenAt, new Date(now - GONE_AFTER)),
  );
}

export const waitingOrder = [asc(admissions.createdAt), asc(admissions.id)];

/** Milliseconds without a request after which a person has left: three polls. */
const GONE_AFTER = 60_000;
