import { CodedError, type MeetingSettings, type PrivateReceiver, type Role } from '@waterbus/protocol';
import { and, desc, eq, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, members, users } from '../database/schema.js';
import { includes } from '../meeting/grants.js';
import type { ApiParts } from '../parts.js';

/** A person to whom a private message can be sent. */
export interface Receiver {
  /** As the sender of messages: a user's id, or a guest's participant id. */
  id: string;
  userId: string | null;
  name: string;
  role: Role;
}

/**
 * The named person: a participant or a user who is in the call now, or a member. Rejects with
 * `participant.not_found` for everybody else, and for participants whom the room does not show.
 */
export async function receiverOf(
  parts: Pick<ApiParts, 'queries' | 'live'>,
  meetingId: string,
  to: PrivateReceiver,
): Promise<Receiver> {
  const found =
    'userId' in to
      ? ((await memberOf(parts.queries, meetingId, to.userId)) ??
        (await participantOf(parts, meetingId, eq(admissions.userId, to.userId))))
      : await participantOf(parts, meetingId, eq(admissions.id, to.participantId));
  if (!found) throw new CodedError('participant.not_found');
  return found;
}

/** Rejects with `permission.denied` unless the setting of the meeting permits this pair. */
export function checkMayWritePrivately(
  { privateMessages: permitted = 'nobody' }: MeetingSettings,
  one: Role,
  other: Role,
): void {
  const roles = [one, other];
  const may =
    permitted === 'everyone' ||
    (permitted === 'members' && roles.every((role) => includes('members', role))) ||
    (permitted === 'moderators' && roles.some((role) => includes('moderators', role)));
  if (!may) throw new CodedError('permission.denied', 'The meeting does not permit this private message');
}

async function memberOf(queries: Queries, meetingId: string, userId: string): Promise<Receiver | undefined> {
  const [found] = await queries
    .select({ name: users.name, role: members.role })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.meetingId, meetingId), eq(members.userId, userId), eq(members.state, 'joined')));
  return found && { id: userId, userId, ...found };
}

async function participantOf(
  { queries, live }: Pick<ApiParts, 'queries' | 'live'>,
  meetingId: string,
  who: SQL,
): Promise<Receiver | undefined> {
  const places = await queries
    .select({ admission: admissions, memberRole: members.role, userName: users.name })
    .from(admissions)
    .leftJoin(users, eq(users.id, admissions.userId))
    .leftJoin(
      members,
      and(eq(members.meetingId, meetingId), eq(members.userId, admissions.userId), eq(members.state, 'joined')),
    )
    .where(and(who, eq(admissions.meetingId, meetingId), eq(admissions.state, 'admitted')))
    // Of a user: those of a week.
    .orderBy(desc(admissions.createdAt))
    .limit(MOST_PLACES);
  if (places.length === 0) return undefined;
  const present = new Set(await live.participantIds(meetingId));
  // A guest who has left would never read it.
  const found = places.find(({ admission }) => !admission.ownGrants?.hidden && present.has(admission.id));
  if (!found) return undefined;
  const { userId, name, role } = found.admission;
  return { id: userId ?? found.admission.id, userId, name: found.userName ?? name, role: found.memberRole ?? role };
}

/** Of a user, the newest: earlier ones have ended long ago. */
const MOST_PLACES = 50;
