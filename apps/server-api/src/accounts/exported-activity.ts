import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import {
  admissions,
  auditEvents,
  files,
  meetings,
  members,
  messageReactions,
  messages,
  participants,
  polls,
  pollVotes,
  privateMessages,
} from '../database/schema.js';
import { exportedQuality } from './exported-quality.js';
import { type ExportedParts, PAGE, paged } from './exported-rows.js';

/** The memberships of a user, and their traces in meetings and in the audit log. */
export const activity: ExportedParts<
  | 'memberships'
  | 'messages'
  | 'privateMessages'
  | 'files'
  | 'reactions'
  | 'polls'
  | 'votes'
  | 'presences'
  | 'quality'
  | 'admissions'
  | 'auditEvents'
> = {
  memberships: (queries, userId) =>
    paged(members.id, (beyond) =>
      queries
        .select({
          id: members.id,
          meeting: { code: meetings.code, title: meetings.title },
          role: members.role,
          state: members.state,
          lastReadSeq: members.lastReadSeq,
          createdAt: members.createdAt,
        })
        .from(members)
        .innerJoin(meetings, eq(meetings.id, members.meetingId))
        .where(and(eq(members.userId, userId), beyond))
        .orderBy(asc(members.id))
        .limit(PAGE),
    ),
  messages: (queries, userId) =>
    paged(messages.id, (beyond) =>
      queries
        .select({
          id: messages.id,
          meetingId: messages.meetingId,
          seq: messages.seq,
          authorName: messages.authorName,
          text: messages.text,
          replyTo: messages.replyTo,
          createdAt: messages.createdAt,
          editedAt: messages.editedAt,
          deletedAt: messages.deletedAt,
        })
        .from(messages)
        .where(and(eq(messages.userId, userId), beyond))
        .orderBy(asc(messages.id))
        .limit(PAGE),
    ),
  privateMessages: (queries, userId) =>
    paged(privateMessages.id, (beyond) =>
      queries
        .select({
          id: privateMessages.id,
          meetingId: privateMessages.meetingId,
          authorName: privateMessages.authorName,
          receiverName: privateMessages.receiverName,
          text: privateMessages.text,
          createdAt: privateMessages.createdAt,
        })
        .from(privateMessages)
        .where(and(eq(privateMessages.userId, userId), beyond))
        .orderBy(asc(privateMessages.id))
        .limit(PAGE),
    ),
  files: (queries, userId) =>
    paged(files.id, (beyond) =>
      queries
        .select({
          id: files.id,
          meetingId: files.meetingId,
          messageId: files.messageId,
          name: files.name,
          size: files.size,
          createdAt: files.createdAt,
        })
        .from(files)
        .where(and(eq(files.userId, userId), beyond))
        .orderBy(asc(files.id))
        .limit(PAGE),
    ),
  reactions: (queries, userId) =>
    paged(reactionId, (beyond) =>
      queries
        .select({
          id: reactionId,
          messageId: messageReactions.messageId,
          emoji: messageReactions.emoji,
          name: messageReactions.name,
          createdAt: messageReactions.createdAt,
        })
        .from(messageReactions)
        .where(and(eq(messageReactions.userId, userId), beyond))
        .orderBy(asc(reactionId))
        .limit(PAGE),
    ),
  polls: (queries, userId) =>
    paged(polls.id, (beyond) =>
      queries
        .select({
          id: polls.id,
          meetingId: polls.meetingId,
          authorName: polls.authorName,
          question: polls.question,
          choices: polls.choices,
          createdAt: polls.createdAt,
          closedAt: polls.closedAt,
        })
        .from(polls)
        .where(and(eq(polls.userId, userId), beyond))
        .orderBy(asc(polls.id))
        .limit(PAGE),
    ),
  votes: (queries, userId) =>
    paged(pollVotes.id, (beyond) =>
      queries
        .select({
          id: pollVotes.id,
          pollId: pollVotes.pollId,
          name: pollVotes.name,
          choices: pollVotes.choices,
          createdAt: pollVotes.createdAt,
        })
        .from(pollVotes)
        .where(and(eq(pollVotes.userId, userId), beyond))
        .orderBy(asc(pollVotes.id))
        .limit(PAGE),
    ),
  presences: (queries, userId) =>
    paged(participants.id, (beyond) =>
      queries
        .select({
          id: participants.id,
          meetingId: participants.meetingId,
          name: participants.name,
          role: participants.role,
          hidden: participants.hidden,
          joinedAt: participants.joinedAt,
          leftAt: participants.leftAt,
          leaveReason: participants.leaveReason,
        })
        .from(participants)
        .where(and(eq(participants.userId, userId), beyond))
        .orderBy(asc(participants.id))
        .limit(PAGE),
    ),
  quality: exportedQuality,
  admissions: (queries, userId) =>
    paged(admissions.id, (beyond) =>
      queries
        .select({
          id: admissions.id,
          meetingId: admissions.meetingId,
          name: admissions.name,
          role: admissions.role,
          network: admissions.network,
          state: admissions.state,
          createdAt: admissions.createdAt,
        })
        .from(admissions)
        .where(and(eq(admissions.userId, userId), beyond))
        .orderBy(asc(admissions.id))
        .limit(PAGE),
    ),
  auditEvents: (queries, userId) =>
    paged(auditEvents.id, (beyond) =>
      queries
        .select({
          id: auditEvents.id,
          meetingId: auditEvents.meetingId,
          actorKind: auditEvents.actorKind,
          actorName: auditEvents.actorName,
          action: auditEvents.action,
          target: auditEvents.target,
          network: auditEvents.network,
          details: auditEvents.details,
          createdAt: auditEvents.createdAt,
        })
        .from(auditEvents)
        .where(
          and(
            or(
              eq(auditEvents.userId, userId),
              and(inArray(auditEvents.actorKind, ['user', 'administrator']), eq(auditEvents.actorId, userId)),
            ),
            beyond,
          ),
        )
        .orderBy(asc(auditEvents.id))
        .limit(PAGE),
    ),
};

/** A message and an emoji: of one user they are a row. */
const reactionId = sql<string>`${messageReactions.messageId} || ' ' || ${messageReactions.emoji}`;
