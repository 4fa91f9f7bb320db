// More than 400 lines because all tables refer to each other, and migrations are generated from one
// file.
import type {
  AccountAuditAction,
  AuditActorKind,
  AuditDetails,
  Breakouts,
  Grants,
  MeetingAuditAction,
  MeetingSettings,
  Schedule,
  ServerAuditAction,
  WebhookEventType,
  WebhookFailure,
} from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/*
 * All tables are in one file, longer than others: drizzle-kit reads one file, and the references
 * are visible together. Every list of the API has an index in its order. Secrets are stored as
 * hashes only. An `owner` is `user:<id>` or `key:<id>`; its webhooks get the events.
 */

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
const memberRoles = ['host', 'moderator', 'member'] as const;
const roles = [...memberRoles, 'guest'] as const;

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** In lower case. */
    email: text('email').notNull().unique(),
    emailVerifiedAt: moment('email_verified_at'),
    name: text('name').notNull(),
    /** argon2id in PHC string format; null: signs in through an identity provider only. */
    passwordHash: text('password_hash'),
    /** Key of the picture in the avatar storage, unguessable. */
    avatarId: text('avatar_id'),
    /** Of the pages that the user has read last (BCP 47), for mails; null: not known. */
    language: text('language'),
    /** Since then an administrator keeps the user out; null: the account counts. */
    disabledAt: moment('disabled_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('users_created_at_id').on(table.createdAt, table.id),
    index('users_unverified').on(table.createdAt).where(sql`email_verified_at is null`),
  ],
);

/** Accounts at OpenID Connect providers that sign a user in. */
export const identities = pgTable(
  'identities',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    userId: userReference('cascade').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] }), index('identities_user_id').on(table.userId)],
);

/** One row for each sign-in. Without it neither its access tokens nor its refresh token count. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: userReference('cascade').notNull(),
    /** The number of rotations of the refresh token; only the last token counts. */
    generation: integer('generation').notNull().default(0),
    rotatedAt: moment('rotated_at').notNull(),
    userAgent: text('user_agent'),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    /** The last time the user confirmed the session with a factor; null: not since signing in. */
    confirmedAt: moment('confirmed_at'),
  },
  (table) => [
    index('sessions_user_id_created_at_id').on(table.userId, table.createdAt, table.id),
    index('sessions_expires_at').on(table.expiresAt),
  ],
);

/** Authenticator apps (RFC 6238), one of a user. */
export const totps = pgTable('totps', {
  userId: userReference('cascade').primaryKey(),
  /** Encrypted, since the server computes codes from it. */
  secret: text('secret').notNull(),
  /** Null: no code of it was shown yet, and it does not count. */
  confirmedAt: moment('confirmed_at'),
  /** Time step of the last code used: no code counts twice. */
  lastStep: integer('last_step').notNull().default(0),
  createdAt: moment('created_at').notNull(),
});

/** Unused codes. Each replaces a second factor once. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: userReference('cascade').notNull(),
    /** SHA-256, base64url. */
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hash] })],
);

/** Credentials of Web Authentication that sign a user in. */
export const passkeys = pgTable(
  'passkeys',
  {
    /** The credential's id, base64url. */
    id: text('id').primaryKey(),
    userId: userReference('cascade').notNull(),
    name: text('name').notNull(),
    /** COSE, base64url. */
    publicKey: text('public_key').notNull(),
    /** Signature counter of the authenticator; some never count. */
    counter: bigint('counter', { mode: 'number' }).notNull(),
    transports: text('transports').array().notNull(),
    backedUp: boolean('backed_up').notNull(),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [index('passkeys_user_id_created_at_id').on(table.userId, table.createdAt, table.id)],
);

/**
 * Sign-ins that wait for a second factor, and challenges for authenticators. Valid once, for
 * minutes.
 */
export const challenges = pgTable(
  'challenges',
  {
    /** SHA-256 of the token, base64url. */
    hash: text('hash').primaryKey(),
    purpose: text('purpose', { enum: ['second-factor', 'passkey-registration', 'passkey-sign-in'] }).notNull(),
    /** Null: the passkey identifies the user. */
    userId: userReference('cascade'),
    /** The challenge that an authenticator signs, base64url. */
    value: text('value'),
    attempts: integer('attempts').notNull().default(0),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('challenges_user_id').on(table.userId), index('challenges_expires_at').on(table.expiresAt)],
);

/** Secrets sent by mail, valid once. */
export const mailedTokens = pgTable(
  'mailed_tokens',
  {
    /** SHA-256, base64url. */
    hash: text('hash').primaryKey(),
    purpose: text('purpose', { enum: ['verify-email', 'reset-password'] }).notNull(),
    userId: userReference('cascade').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('mailed_tokens_user_id').on(table.userId), index('mailed_tokens_expires_at').on(table.expiresAt)],
);

/** Mail to be sent. The row is deleted once the mail server accepts it: it may contain a secret. */
export const mails = pgTable(
  'mails',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    recipient: text('recipient').notNull(),
    subject: text('subject').notNull(),
    text: text('text').notNull(),
    /** An attached calendar file (RFC 5545); null: none. */
    calendar: text('calendar'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('mails_next_attempt_at').on(table.nextAttemptAt)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    /** Public part of the secret. */
    id: text('id').primaryKey(),
    /** Null: a key from the server's settings. */
    userId: userReference('cascade'),
    name: text('name').notNull(),
    /** SHA-256, base64url. */
    secretHash: text('secret_hash').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at'),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [index('api_keys_user_id_created_at_id').on(table.userId, table.createdAt, table.id)],
);

export const meetings = pgTable(
  'meetings',
  {
    /** Also the id of the meeting's room. */
    id: uuid('id').primaryKey().defaultRandom(),
    code: text('code').notNull().unique(),
    title: text('title').notNull(),
    /** argon2id in PHC string format; null: no password. */
    passwordHash: text('password_hash'),
    /** SHA-256 of the host token, base64url; null: a user is the host. */
    hostTokenHash: text('host_token_hash'),
    /** Null: created without an account. */
    owner: text('owner'),
    locked: boolean('locked').notNull().default(false),
    waitingRoom: boolean('waiting_room').notNull().default(false),
    /** Missing settings are as in `defaultMeetingSettings`. */
    settings: jsonb('settings').$type<Partial<MeetingSettings>>().notNull().default({}),
    scheduledStart: moment('scheduled_start'),
    /** Null: none, or a start without an end. Never without a start. */
    schedule: jsonb('schedule').$type<Schedule>(),
    /** `seq` of the last message. */
    lastSeq: integer('last_seq').notNull().default(0),
    /** When its members' `active_at` was raised last; null: never. */
    activeAt: moment('active_at'),
    createdAt: moment('created_at').notNull(),
    /** Set: the meeting accepts no more calls and messages (M4). */
    archivedAt: moment('archived_at'),
  },
  (table) => [
    index('meetings_owner_created_at_id').on(table.owner, table.createdAt, table.id),
    uniqueIndex('meetings_host_token_hash').on(table.hostTokenHash),
    index('meetings_ownerless').on(table.createdAt).where(sql`owner is null`),
  ],
);

export const members = pgTable(
  'members',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    /** Null: invited by address, and not yet accepted. */
    userId: userReference('cascade'),
    /** The invited address. */
    email: text('email'),
    role: text('role', { enum: memberRoles }).notNull(),
    state: text('state', { enum: ['invited', 'joined'] }).notNull(),
    /** SHA-256 of the invitation token, base64url; null: used or none. */
    tokenHash: text('token_hash').unique(),
    lastReadSeq: integer('last_read_seq').notNull().default(0),
    /**
     * The last activity of the meeting that this member can see, to the minute; null: none since
     * `created_at`. A copy for each member, because a user's list is read in its order.
     */
    activeAt: moment('active_at'),
    /**
     * `seq` of unread messages that name the member, the last ones first; null: none. Those up to
     * `last_read_seq` are read by now.
     */
    mentioned: integer('mentioned').array(),
    /**
     * Copy of the meeting's `archived_at`: the list of a user's meetings shows one kind or the
     * other.
     */
    archived: boolean('archived').notNull().default(false),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('members_meeting_id_user_id').on(table.meetingId, table.userId),
    uniqueIndex('members_meeting_id_email').on(table.meetingId, table.email).where(sql`state = 'invited'`),
    /** M3: one host. */
    uniqueIndex('members_one_host').on(table.meetingId).where(sql`role = 'host'`),
    index('members_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id),
    index('members_user_id_archived_created_at_id').on(table.userId, table.archived, table.createdAt, table.id),
    index('members_user_id_archived_active_at_id').on(
      table.userId,
      table.archived,
      sql`coalesce(active_at, created_at)`,
      table.id,
    ),
    index('members_email_created_at_id').on(table.email, table.createdAt, table.id).where(sql`state = 'invited'`),
  ],
);

/** Links that make their acceptor a member. */
export const inviteLinks = pgTable(
  'invite_links',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    /** SHA-256, base64url. */
    tokenHash: text('token_hash').notNull().unique(),
    role: text('role', { enum: ['moderator', 'member'] }).notNull(),
    uses: integer('uses').notNull().default(0),
    maxUses: integer('max_uses'),
    expiresAt: moment('expires_at').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('invite_links_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id)],
);

/** Invitations by which people without an account enter as guests. */
export const guestInvitations = pgTable(
  'guest_invitations',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    /** In lower case. */
    email: text('email').notNull(),
    /** SHA-256, base64url. */
    tokenHash: text('token_hash').notNull().unique(),
    /** False: its holder enters without the waiting room. */
    waits: boolean('waits').notNull(),
    expiresAt: moment('expires_at').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('guest_invitations_meeting_id_email').on(table.meetingId, table.email),
    index('guest_invitations_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id),
    index('guest_invitations_expires_at').on(table.expiresAt),
    index('guest_invitations_email').on(table.email),
  ],
);

/** Long-lived secrets with which encoders publish into a meeting over HTTP. */
export const streamKeys = pgTable(
  'stream_keys',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    /** Of its participant in the call. */
    name: text('name').notNull(),
    /** `none`: the key is for watching. */
    source: text('source', { enum: ['camera', 'screen', 'none'] }).notNull(),
    /** SHA-256, base64url. */
    secretHash: text('secret_hash').notNull().unique(),
    /** Of its last session, which may have ended. */
    participantId: text('participant_id'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [index('stream_keys_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id)],
);

/**
 * Requests to join: each has a join token or awaits a moderator's decision. Its id is the
 * participant's.
 */
export const admissions = pgTable(
  'admissions',
  {
    id: text('id').primaryKey(),
    meetingId: meetingReference().notNull(),
    userId: userReference('set null'),
    name: text('name').notNull(),
    role: text('role', { enum: roles }).notNull(),
    /** Grants of this participant alone; null: by role and settings. */
    ownGrants: jsonb('own_grants').$type<Partial<Grants>>(),
    /** Of the asking address: the only property by which a guest can be banned. */
    network: text('network').notNull(),
    /**
     * `removed`: kicked or banned; its join token and its place in the call no longer count.
     * `sent-back`: the same, and the next attempt waits until a moderator admits it.
     */
    state: text('state', { enum: ['waiting', 'admitted', 'denied', 'removed', 'sent-back'] }).notNull(),
    /** `jti` of the last join token, and its expiry. */
    tokenId: text('token_id'),
    tokenExpiresAt: moment('token_expires_at'),
    /**
     * The last poll of a waiting participant; null: never polled. Without polls the participant has
     * left.
     */
    seenAt: moment('seen_at'),
    /** The breakout room to which it is assigned, perhaps of rooms that are closed; null: none. */
    breakoutId: text('breakout_id'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('admissions_waiting').on(table.meetingId, table.createdAt, table.id).where(sql`state = 'waiting'`),
    index('admissions_sent_back').on(table.meetingId).where(sql`state = 'sent-back'`),
    index('admissions_meeting_id_token_expires_at').on(table.meetingId, table.tokenExpiresAt),
    index('admissions_meeting_id_user_id').on(table.meetingId, table.userId),
    index('admissions_user_id_id').on(table.userId, table.id),
    index('admissions_created_at').on(table.createdAt),
  ],
);

export const bans = pgTable(
  'bans',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    userId: userReference('cascade'),
    /** The network of the banned participant. Null: a user banned before networks were stored. */
    network: text('network'),
    name: text('name').notNull(),
    reason: text('reason'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('bans_meeting_id_user_id').on(table.meetingId, table.userId),
    index('bans_meeting_id_network').on(table.meetingId, table.network),
    index('bans_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id),
    index('bans_user_id').on(table.userId),
  ],
);

/** The breakout rooms of a meeting, until nobody can be in them any more. */
export const breakouts = pgTable(
  'breakouts',
  {
    meetingId: meetingReference().primaryKey(),
    rooms: jsonb('rooms').$type<Breakouts['rooms']>().notNull(),
    /** Participants choose their rooms. */
    choice: boolean('choice').notNull(),
    openedAt: moment('opened_at').notNull(),
    /** Null: no end. */
    endsAt: moment('ends_at'),
    /** Nobody enters any more. The row remains until the clients have had time to leave. */
    closedAt: moment('closed_at'),
  },
  (table) => [
    index('breakouts_ends_at').on(table.endsAt),
    index('breakouts_closed_at').on(table.closedAt).where(sql`closed_at is not null`),
  ],
);

/** One row for each presence in a call. */
export const participants = pgTable(
  'participants',
  {
    /** The id from the join token (R8). */
    id: text('id').primaryKey(),
    meetingId: meetingReference().notNull(),
    userId: userReference('set null'),
    name: text('name').notNull(),
    role: text('role', { enum: roles }).notNull(),
    /** In the call, but invisible to its participants. */
    hidden: boolean('hidden').notNull().default(false),
    /** The home node when the participant joined. */
    nodeId: text('node_id').notNull(),
    joinedAt: moment('joined_at').notNull(),
    /** The breakout room in which it is, or was last; null: the main room. */
    breakoutId: text('breakout_id'),
    /** When it came into that room from another one; null: it has always been there. */
    movedAt: moment('moved_at'),
    leftAt: moment('left_at'),
    leaveReason: text('leave_reason'),
  },
  (table) => [
    index('participants_meeting_id_joined_at_id').on(table.meetingId, table.joinedAt, table.id),
    index('participants_left_at').on(table.leftAt).where(sql`left_at is not null`),
    index('participants_present').on(table.meetingId).where(sql`left_at is null`),
    index('participants_user_id_id').on(table.userId, table.id),
  ],
);

export const messages = pgTable(
  'messages',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    seq: integer('seq').notNull(),
    /** The sender, for `client_id`: a user's id, or a guest's participant id. */
    sender: text('sender').notNull(),
    clientId: text('client_id').notNull(),
    /** Null: a guest, or a deleted account. */
    userId: userReference('set null'),
    participantId: text('participant_id'),
    /** At the time of sending. */
    authorName: text('author_name').notNull(),
    text: text('text').notNull(),
    /** `seq` of the answered message, in the same meeting. */
    replyTo: integer('reply_to'),
    /** Counts the changes of its reactions. */
    reactionsVersion: integer('reactions_version').notNull().default(0),
    createdAt: moment('created_at').notNull(),
    editedAt: moment('edited_at'),
    deletedAt: moment('deleted_at'),
  },
  (table) => [
    unique('messages_meeting_id_seq').on(table.meetingId, table.seq),
    unique('messages_meeting_id_sender_client_id').on(table.meetingId, table.sender, table.clientId),
    index('messages_user_id_id').on(table.userId, table.id),
  ],
);

/** The people whom a message names. A deleted account is named no more. */
export const messageMentions = pgTable(
  'message_mentions',
  {
    messageId: messageReference().notNull(),
    /** In the message, from 0. */
    position: smallint('position').notNull(),
    userId: userReference('cascade'),
    participantId: text('participant_id'),
    name: text('name').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.position] }),
    index('message_mentions_user_id_message_id').on(table.userId, table.messageId),
  ],
);

export const messageReactions = pgTable(
  'message_reactions',
  {
    messageId: messageReference().notNull(),
    emoji: text('emoji').notNull(),
    /** As in `messages`. */
    sender: text('sender').notNull(),
    userId: userReference('cascade'),
    participantId: text('participant_id'),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.emoji, table.sender] }),
    index('message_reactions_user_id_message_id').on(table.userId, table.messageId),
  ],
);

/**
 * Messages from one person to another: in a table of their own, so that no statement that lists
 * `messages` reads them, in whichever version of the server. A row ends with the account of a side.
 */
export const privateMessages = pgTable(
  'private_messages',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    /** Both sides as in `messages`: a user's id, or a guest's participant id. */
    sender: text('sender').notNull(),
    receiver: text('receiver').notNull(),
    clientId: text('client_id').notNull(),
    /** Null: a guest. */
    userId: userReference('cascade'),
    authorName: text('author_name').notNull(),
    /** Null: a guest. */
    receiverUserId: uuid('receiver_user_id').references(() => users.id, { onDelete: 'cascade' }),
    receiverName: text('receiver_name').notNull(),
    text: text('text').notNull(),
    /** By the receiver; null: not yet. */
    readAt: moment('read_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    unique('private_messages_meeting_id_sender_client_id').on(table.meetingId, table.sender, table.clientId),
    index('private_messages_sender').on(table.meetingId, table.sender, table.createdAt, table.id),
    index('private_messages_receiver').on(table.meetingId, table.receiver, table.createdAt, table.id),
    index('private_messages_unread').on(table.meetingId, table.receiver).where(sql`read_at is null`),
    index('private_messages_user_id_id').on(table.userId, table.id),
    index('private_messages_receiver_user_id').on(table.receiverUserId),
    index('private_messages_guests').on(table.createdAt).where(sql`user_id is null and receiver_user_id is null`),
  ],
);

export const polls = pgTable(
  'polls',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: meetingReference().notNull(),
    question: text('question').notNull(),
    choices: text('choices').array().notNull(),
    multiple: boolean('multiple').notNull(),
    anonymous: boolean('anonymous').notNull(),
    resultsFrom: text('results_from', { enum: ['start', 'end'] }).notNull(),
    /** Null: a guest, a deleted account, or no person. */
    userId: userReference('set null'),
    participantId: text('participant_id'),
    /** Null: no person. */
    authorName: text('author_name'),
    /** Counts the changes, votes included. */
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull(),
    closedAt: moment('closed_at'),
  },
  (table) => [
    index('polls_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id),
    index('polls_user_id_id').on(table.userId, table.id),
  ],
);

/** One row for each voter. In an anonymous poll it has neither person nor time. */
export const pollVotes = pgTable(
  'poll_votes',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    pollId: uuid('poll_id')
      .notNull()
      .references(() => polls.id, { onDelete: 'cascade' }),
    /** Keyed hash of poll and voter; the row's id when the voter is forgotten. */
    voter: text('voter').notNull(),
    /** The same of the guest's own key; null: none. */
    voterKey: text('voter_key'),
    choices: smallint('choices').array().notNull(),
    userId: userReference('set null'),
    participantId: text('participant_id'),
    name: text('name'),
    createdAt: moment('created_at'),
  },
  (table) => [
    unique('poll_votes_poll_id_voter').on(table.pollId, table.voter),
    unique('poll_votes_poll_id_voter_key').on(table.pollId, table.voterKey),
    index('poll_votes_user_id_id').on(table.userId, table.id),
  ],
);

/**
 * Files in the chat; their bytes are in the storage, under the same id. One without a message
 * belongs to its sender, who has not sent it yet. The bytes of one without a meeting, whose message
 * or meeting was deleted, are deleted soon, and then its row.
 */
export const files = pgTable(
  'files',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: uuid('meeting_id').references(() => meetings.id, { onDelete: 'set null' }),
    messageId: uuid('message_id').references(() => messages.id, { onDelete: 'set null' }),
    /** In the message, from 0. */
    position: smallint('position').notNull().default(0),
    /** As in `messages`. */
    sender: text('sender').notNull(),
    userId: userReference('set null'),
    name: text('name').notNull(),
    /** Bytes: as announced, and then as stored. */
    size: bigint('size', { mode: 'number' }).notNull(),
    /** All bytes have arrived. */
    stored: boolean('stored').notNull().default(false),
    /** Of a picture that browsers draw, otherwise null. */
    pictureType: text('picture_type').$type<'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'>(),
    width: integer('width'),
    height: integer('height'),
    preview: boolean('preview').notNull().default(false),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('files_message_id_position').on(table.messageId, table.position),
    index('files_meeting_id_created_at_id')
      .on(table.meetingId, table.createdAt, table.id)
      .where(sql`message_id is not null`),
    index('files_meeting_id_size').on(table.meetingId, table.size),
    index('files_unsent').on(table.createdAt).where(sql`message_id is null`),
    index('files_sender_unsent').on(table.sender).where(sql`message_id is null`),
    index('files_user_id_id').on(table.userId, table.id),
  ],
);

export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    owner: text('owner').notNull(),
    url: text('url').notNull(),
    /** It signs, so it is stored in clear. */
    secret: text('secret').notNull(),
    /** Empty: all. */
    events: text('events').array().$type<WebhookEventType[]>().notNull(),
    enabled: boolean('enabled').notNull().default(true),
    /**
     * Failed attempts since the last success, and the time until which delivery is suspended
     * because of them.
     */
    failures: integer('failures').notNull().default(0),
    suspendedUntil: moment('suspended_until'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('webhooks_owner_created_at_id').on(table.owner, table.createdAt, table.id)],
);

/** Written in the transaction of the change (an outbox): either both exist or neither. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    owner: text('owner').notNull(),
    type: text('type').$type<WebhookEventType>().notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('webhook_events_owner_created_at_id').on(table.owner, table.createdAt, table.id),
    index('webhook_events_created_at').on(table.createdAt),
  ],
);

export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    eventId: uuid('event_id')
      .notNull()
      .references(() => webhookEvents.id, { onDelete: 'cascade' }),
    state: text('state', { enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    lastStatus: integer('last_status'),
    lastError: text('last_error').$type<WebhookFailure>(),
    nextAttemptAt: moment('next_attempt_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.webhookId, table.eventId] }),
    index('webhook_deliveries_due').on(table.nextAttemptAt).where(sql`state = 'pending'`),
    index('webhook_deliveries_webhook_id_created_at_event_id').on(table.webhookId, table.createdAt, table.eventId),
    index('webhook_deliveries_event_id').on(table.eventId),
    index('webhook_deliveries_undelivered')
      .on(table.webhookId, table.state, table.createdAt, table.eventId)
      .where(sql`state <> 'delivered'`),
  ],
);

/**
 * The audit log of accounts and meetings. Written in the transaction of the change, and never
 * modified except to erase a person.
 */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    meetingId: uuid('meeting_id').references(() => meetings.id, { onDelete: 'cascade' }),
    /**
     * The account concerned. Null: a meeting, or something that belongs to a key of the settings.
     */
    userId: userReference('cascade'),
    actorKind: text('actor_kind').$type<AuditActorKind>().notNull(),
    actorId: text('actor_id'),
    actorName: text('actor_name'),
    action: text('action').$type<AccountAuditAction | MeetingAuditAction | ServerAuditAction>().notNull(),
    target: text('target'),
    /** The network of the actor's request. */
    network: text('network'),
    details: jsonb('details').$type<AuditDetails>().notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('audit_events_meeting_id_created_at_id').on(table.meetingId, table.createdAt, table.id),
    index('audit_events_user_id_created_at_id').on(table.userId, table.createdAt, table.id),
    index('audit_events_actor_id_id').on(table.actorId, table.id),
    index('audit_events_created_at').on(table.createdAt),
    index('audit_events_administrators').on(table.createdAt, table.id).where(sql`actor_kind = 'administrator'`),
  ],
);

/**
 * The quality of a participant's connection in one minute. Many rows: columns of fixed width stand
 * by their alignment, and codes are those of `quality/stored-row.ts`. No reference to the presence,
 * which another stream writes, maybe later.
 */
export const qualityMinutes = pgTable(
  'quality_minutes',
  {
    meetingId: meetingReference().notNull(),
    /** Since 1970. */
    minute: integer('minute').notNull(),
    /** Kilobits per second; null as in `qualityMinuteSchema`. */
    uploadBitrate: integer('upload_bitrate').notNull(),
    downloadBitrate: integer('download_bitrate').notNull(),
    availableBitrate: integer('available_bitrate'),
    seconds: smallint('seconds').notNull(),
    impairedSeconds: smallint('impaired_seconds').notNull(),
    quality: smallint('quality').notNull(),
    limitation: smallint('limitation').notNull(),
    way: smallint('way'),
    /** Milliseconds. */
    roundTripTime: smallint('round_trip_time'),
    /** Hundredths of a percent. */
    uploadLoss: smallint('upload_loss'),
    downloadLoss: smallint('download_loss'),
    serverLoss: smallint('server_loss').notNull(),
    /** Milliseconds. */
    serverDelay: smallint('server_delay').notNull(),
    missingPictures: smallint('missing_pictures').notNull(),
    missingSeconds: smallint('missing_seconds'),
    serverSeconds: smallint('server_seconds'),
    frameHeight: smallint('frame_height'),
    freezes: smallint('freezes'),
    /** Hundredths of a second. */
    freezeTime: smallint('freeze_time'),
    participantId: text('participant_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.meetingId, table.minute, table.participantId] }),
    // Rows are written in the order of time, so this index is a few pages long.
    index('quality_minutes_minute').using('brin', table.minute),
  ],
);

export type UserRow = typeof users.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type PasskeyRow = typeof passkeys.$inferSelect;
export type ChallengeRow = typeof challenges.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type MeetingRow = typeof meetings.$inferSelect;
export type MemberRow = typeof members.$inferSelect;
export type StreamKeyRow = typeof streamKeys.$inferSelect;
export type InviteLinkRow = typeof inviteLinks.$inferSelect;
export type GuestInvitationRow = typeof guestInvitations.$inferSelect;
export type AdmissionRow = typeof admissions.$inferSelect;
export type BanRow = typeof bans.$inferSelect;
export type BreakoutsRow = typeof breakouts.$inferSelect;
export type ParticipantRow = typeof participants.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;
export type PrivateMessageRow = typeof privateMessages.$inferSelect;
export type PollRow = typeof polls.$inferSelect;
export type FileRow = typeof files.$inferSelect;
export type WebhookRow = typeof webhooks.$inferSelect;
export type WebhookEventRow = typeof webhookEvents.$inferSelect;
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect;
export type AuditEventRow = typeof auditEvents.$inferSelect;
export type QualityMinuteRow = typeof qualityMinutes.$inferSelect;

function userReference(onDelete: 'cascade' | 'set null') {
  return uuid('user_id').references(() => users.id, { onDelete });
}

function messageReference() {
  return uuid('message_id').references(() => messages.id, { onDelete: 'cascade' });
}

function meetingReference() {
  return uuid('meeting_id').references(() => meetings.id, { onDelete: 'cascade' });
}
