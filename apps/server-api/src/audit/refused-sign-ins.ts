import { and, eq, gt } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Queries } from '../database/database.js';
import { auditEvents } from '../database/schema.js';
import { actorOf, audit, holdAccount } from './audit-log.js';

/**
 * A sign-in that the limits refused, once an hour for an account: strangers must not fill its log.
 */
export async function auditRefusal(
  queries: Queries,
  request: FastifyRequest,
  userId: string,
  step: 'password' | 'second-factor',
  at: Date,
): Promise<void> {
  await queries.transaction(async (transaction) => {
    if (!(await holdAccount(transaction, userId))) return;
    const [before] = await transaction
      .select({ id: auditEvents.id })
      .from(auditEvents)
      .where(
        and(
          eq(auditEvents.userId, userId),
          gt(auditEvents.createdAt, new Date(at.getTime() - QUIET)),
          eq(auditEvents.action, 'session.refused'),
        ),
      )
      .limit(1);
    if (before) return;
    await audit(transaction, actorOf(request), at, { action: 'session.refused', userId, details: { step } });
  });
}

/** Milliseconds. */
const QUIET = 3_600_000;
