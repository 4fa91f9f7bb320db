import { and, eq, exists, or, type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, QueryBuilder } from 'drizzle-orm/pg-core';
import { admissions, bans, meetings } from '../database/schema.js';

/*
 * Conditions of a ban, for a statement that reads `meetings`. A ban holds the network of the banned
 * participant, and a user's id. The network applies to everybody without a better proof than one
 * that anybody can get: signing out, or another account, does not evade it. People who share it (an
 * office behind NAT) are kept out with the banned one until they are members, or the ban is lifted.
 */

/** A ban of this user. */
export function bannedUser(userId: string | SQL): SQL {
  return banWith(eq(bans.userId, userId));
}

/** A ban of any participant from this network. */
export function bannedNetwork(network: string | SQL): SQL {
  return banWith(eq(bans.network, network));
}

/** A ban of the person of this admission. Only their own ban keeps members out. */
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
