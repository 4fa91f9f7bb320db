import { CodedError } from '@waterbus/protocol';
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { ownerOfUser } from '../access/principal.js';
import { publishWaiting } from '../admission/waiting.js';
import { type Actor, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import {
  admissions,
  apiKeys,
  auditEvents,
  files,
  guestInvitations,
  type MeetingRow,
  mails,
  members,
  messages,
  participants,
  polls,
  pollVotes,
  type UserRow,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';
import { enforceRights, expelAll } from '../live/rights.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { type InheritedMeetings, leaveMeetings, lockMeetingsOf } from './leave-meetings.js';

type AdmissionRow = Pick<typeof admissions.$inferSelect, 'id' | 'meetingId' | 'state' | 'tokenExpiresAt'>;

interface Left extends InheritedMeetings {
  /** Of all memberships, including invitations. */
  meetingIds: string[];
  /** Places in calls, and waiting requests to join. */
  admissions: AdmissionRow[];
  avatarId: string | null;
}

/** The actor of a deletion, and checks that cancel it. */
interface Deletion {
  /** For the audit log. */
  by: Actor;
  /** Called before the transaction locks anything; cancels the deletion by rejecting. */
  first?(transaction: Queries): Promise<void>;
  /** Called with the user's row locked; false cancels the deletion. */
  wanted?(transaction: Queries): Promise<boolean>;
}

/**
 * Deletes an account in one transaction: its meetings are handed over, its messages stay without
 * its name, everything else is deleted. Its calls are notified afterwards (R5); a failed
 * notification is logged. Rejects with `account.wrong_password` when a user's own password is no
 * longer that of `user`.
 */
export async function deleteAccount(
  parts: ApiParts,
  user: UserRow,
  avatars: ObjectStorage,
  { by, first, wanted }: Deletion,
): Promise<void> {
  const left = await parts.queries.transaction(async (transaction) => {
    await first?.(transaction);
    await lockMeetingsOf(transaction, user.id);
    return (await (wanted?.(transaction) ?? true)) ? removeRows(parts, transaction, user, by) : undefined;
  });
  if (!left) return;
  const consequences = [
    removePicture(avatars, left.avatarId),
    ...left.admissions.map((admission) => removeFromCall(parts, admission)),
    ...left.inherited.map(({ meeting, hostId }) => notifyHeirs(parts, meeting, hostId)),
    ...left.deleted.map((meetingId) => expelAll(parts, meetingId)),
    ...left.meetingIds.map((id) => parts.live.publish(id, { type: 'members.changed' })),
    parts.live.notifyUser(user.id, { type: 'session.ended' }),
  ];
  for (const result of await Promise.allSettled(consequences)) {
    if (result.status === 'rejected')
      parts.log.warn({ err: result.reason }, 'a consequence of the deletion of an account failed');
  }
}

async function removeRows(parts: ApiParts, transaction: Queries, user: UserRow, by: Actor): Promise<Left> {
  const { id } = user;
  const at = new Date(parts.clock.date());
  const inherited = await leaveMeetings(transaction, parts.live, id, at);
  const [now] = await transaction.select().from(users).where(eq(users.id, id));
  if (!now) throw new CodedError(by.kind === 'administrator' ? 'user.not_found' : 'account.wrong_password');
  if (by.kind === 'user' && now.passwordHash !== user.passwordHash) throw new CodedError('account.wrong_password');

  const memberships = await transaction
    .select({ meetingId: members.meetingId })
    .from(members)
    .where(eq(members.userId, id));
  const rows = await transaction
    .update(admissions)
    .set({ name: NAME_AFTERWARDS })
    .where(eq(admissions.userId, id))
    .returning();
  await transaction.update(admissions).set({ state: 'removed' }).where(eq(admissions.userId, id));
  await transaction.update(participants).set({ name: NAME_AFTERWARDS }).where(eq(participants.userId, id));
  // Neither the name nor the id stays: the user's messages are linked to nothing, not even to each
  // other.
  const nobody = { authorName: NAME_AFTERWARDS, sender: sql`${messages.id}::text` };
  await transaction.update(messages).set(nobody).where(eq(messages.userId, id));
  // So are the user's votes, which still count.
  await transaction.update(polls).set({ authorName: NAME_AFTERWARDS }).where(eq(polls.userId, id));
  const anybody = { name: NAME_AFTERWARDS, participantId: null, voter: sql`${pollVotes.id}::text`, voterKey: null };
  await transaction.update(pollVotes).set(anybody).where(eq(pollVotes.userId, id));
  await transaction
    .update(files)
    .set({ sender: sql`${files.id}::text` })
    .where(eq(files.userId, id));
  await forgetActor(transaction, id);
  await transaction.delete(webhooks).where(eq(webhooks.owner, ownerOfUser(id)));
  await transaction.delete(webhookEvents).where(eq(webhookEvents.owner, ownerOfUser(id)));
  await transaction.delete(mails).where(eq(mails.recipient, now.email));
  await transaction.delete(guestInvitations).where(eq(guestInvitations.email, now.email));
  await transaction.delete(users).where(eq(users.id, id));
  // The log records that an account was deleted, but not whose.
  await audit(transaction, by, at, { action: 'account.deleted', userId: null });
  return {
    ...inherited,
    meetingIds: memberships.map(({ meetingId }) => meetingId),
    admissions: rows.filter(({ state }) => state === 'admitted' || state === 'waiting'),
    avatarId: now.avatarId,
  };
}

/**
 * Actions of the user, or of their keys, on meetings stay in the meetings' logs without the name.
 * The account's own log is deleted with it.
 */
async function forgetActor(transaction: Queries, userId: string): Promise<void> {
  const keys = transaction.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.userId, userId));
  await transaction
    .update(auditEvents)
    .set({ actorId: null, actorName: NAME_AFTERWARDS, network: null })
    .where(
      or(
        and(inArray(auditEvents.actorKind, ['user', 'administrator']), eq(auditEvents.actorId, userId)),
        and(eq(auditEvents.actorKind, 'api-key'), inArray(auditEvents.actorId, keys)),
      ),
    );
}

async function removeFromCall(parts: ApiParts, admission: AdmissionRow): Promise<void> {
  const { id: participantId, meetingId, state } = admission;
  if (state === 'waiting') return publishWaiting(parts, meetingId);
  await parts.live.revokeAndCommand(meetingId, { type: 'remove', participantId, reason: 'kicked' });
}

async function notifyHeirs(parts: ApiParts, meeting: MeetingRow, hostId: string): Promise<void> {
  try {
    await enforceRights(parts, meeting.id);
  } finally {
    await parts.live.publish(meeting.id, { type: 'meeting.updated', meeting: shownMeeting(meeting) });
    await parts.live.notifyUser(hostId, { type: 'meetings.changed' });
  }
}

async function removePicture(avatars: ObjectStorage, avatarId: string | null): Promise<void> {
  if (avatarId !== null) await avatars.delete(avatarId);
}

const NAME_AFTERWARDS = 'Deleted account';
