import { CodedError, type MeetingSettings, type PrivateReceiver, type Role } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
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
 * The named person: a participant who is in the call now, or a member. Rejects with
 * `participant.not_found` for everybody else, and for participants whom the room does not show.
 */
export async function receiverOf(
  parts: Pick<ApiParts, 'queries' | 'live'>,
  meetingId: string,
  to: PrivateReceiver,
): Promise<Receiver> {
  const found =
    'userId' in to
      ? await memberOf(parts.queries, meetingId, to.userId)
      : await participantOf(parts, meetingId, to.participantId);
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
  participantId: string,
): Promise<Receiver | undefined> {
  const [found] = await queries
    .select({ admission: admissions, memberRole: members.role, userName: users.name })
    .from(admissions)
    .leftJoin(users, eq(users.id, admissions.userId))
    .leftJoin(
      members,
      and(eq(members.meetingId, meetingId), eq(members.userId, admissions.userId), eq(members.state, 'joined')),
    )
    .where(
      and(eq(admissions.id, participantId), eq(admissions.meetingId, meetingId), eq(admissions.state, 'admitted')),
    );
  if (!found || found.admission.ownGrants?.hidden) return undefined;
  // A guest who has left would never read it.
  if (!(await live.participantIds(meetingId)).includes(participantId)) return undefined;
  const { userId, name, role } = found.admission;
  return { id: userId ?? participantId, userId, name: found.userName ?? name, role: found.memberRole ?? role };
}
