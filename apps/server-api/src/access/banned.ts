import { and, eq, exists, or, type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, QueryBuilder } from 'drizzle-orm/pg-core';
import { admissions, bans, meetings } from '../database/schema.js';

/*
 * Whom a ban keeps out. Each is a condition for a statement that reads `meetings`. A ban holds the network from which the banned one
 * came, and a user's id. The network counts against everybody who has no better proof than one that anybody can get: signing out,
 * or another account, is no way back. People who share it (an office behind NAT) are kept out with the banned one until they are
 * members, or the ban is lifted.
 */

/** A ban of this user. */
export function bannedUser(userId: string | SQL): SQL {
  return banWith(eq(bans.userId, userId));
}

/** A ban of anybody who came from this network. */
export function bannedNetwork(network: string | SQL): SQL {
  return banWith(eq(bans.network, network));
}

/** A ban of whoever this admission is for. Members are kept out by their own ban only. */
export function bannedAdmission(): SQL {
  const guest = and(eq(admissions.role, 'guest'), equal(bans.network, admissions.network));
  return banWith(or(equal(bans.userId, admissions.userId), guest));
}

function banWith(condition: SQL | undefined): SQL {
  const ban = new QueryBuilder()
    .select({ one: sql`1` })
    .from(bans)
    .where(and(equal(bans.meetingId, meetings.id), condition));
  return exists(ban);
}

function equal(left: AnyPgColumn, right: AnyPgColumn): SQL {
  return sql`${left} = ${right}`;
}
