import { and, asc, count, eq, gt, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/** `aud` of what somebody who waits asks with, for a day. */
export const ADMISSION_AUDIENCE = 'waterbus:admission';

/** Seconds: a meeting that lets nobody in for a whole day has forgotten them. */
const ADMISSION_LIFETIME = 86_400;

/** What `GET /v1/admissions/current` takes; `participantId` is the admission's id. */
export function newAdmissionToken(parts: Pick<ApiParts, 'tokens'>, participantId: string, meetingId: string): string {
  return parts.tokens.sign(ADMISSION_AUDIENCE, { sub: participantId, meetingId }, ADMISSION_LIFETIME);
}

/** Bus topic of somebody who waits: something was decided. */
export function admissionTopic(participantId: string): string {
  return `admission.${participantId}`;
}

/** Has whoever waits look at once. What is lost on the way they see within a poll's length. */
export async function wakeAdmission(parts: Pick<ApiParts, 'cluster' | 'log'>, participantId: string): Promise<void> {
  try {
    await parts.cluster.bus.publish(admissionTopic(participantId), {});
  } catch (error) {
    parts.log.warn({ participantId, err: error }, 'somebody who waits could not be told');
  }
}

/** Tells moderators how many wait. After the commit (R5). */
export async function announceWaiting(
  parts: Pick<ApiParts, 'queries' | 'clock' | 'live'>,
  meetingId: string,
): Promise<void> {
  const waiting = await countWaiting(parts.queries, meetingId, parts.clock.date());
  await parts.live.announce(meetingId, { type: 'waiting.changed', waiting });
}

export async function countWaiting(queries: Pick<Queries, 'select'>, meetingId: string, now: number): Promise<number> {
  const [row] = await queries.select({ waiting: count() }).from(admissions).where(stillWaiting(meetingId, now));
  return row?.waiting ?? 0;
}

/** Of this meeting, and asked not long ago. */
export function stillWaiting(meetingId: string, now: number): SQL | undefined {
  return and(
    eq(admissions.meetingId, meetingId),
    eq(admissions.state, 'waiting'),
    gt(admissions.seenAt, new Date(now - GONE_AFTER)),
  );
}

export const waitingOrder = [asc(admissions.createdAt), asc(admissions.id)];

/** Milliseconds without a question after which somebody has gone: three polls. */
const GONE_AFTER = 60_000;
