import { randomUUID } from 'node:crypto';
import {
  type AuditActorKind,
  CodedError,
  type CreateMeetingRequest,
  type CreateMeetingResponse,
} from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import { hashPassword } from '../access/password.js';
import { ownerOf, type Principal, userIdOf } from '../access/principal.js';
import { newSecret } from '../access/secrets.js';
import { credentialId, heldCredential } from '../access/still-counts.js';
import { checkMeetingPassword } from '../access/weak-passwords.js';
import { actorOf, auditing, type NewRow, newRow } from '../audit/audit-log.js';
import { type MeetingRow, meetings, members } from '../database/schema.js';
import { type Statement, statement } from '../database/statement.js';
import { insertFrom, part } from '../database/statement-part.js';
import { newMeetingCode } from '../meeting/meeting-code.js';
import { scheduleOf } from '../meeting/schedule.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { newEvent, type RecordedEvent, recording } from '../webhooks/outbox.js';

/** A user becomes the host; all other creators get a host token. */
export async function createMeeting(
  parts: Pick<ApiParts, 'queries' | 'clock'>,
  principal: Principal,
  request: CreateMeetingRequest,
  newCode = newMeetingCode,
  asker?: string,
): Promise<CreateMeetingResponse> {
  if (request.password !== undefined) checkMeetingPassword(request.password);
  const createdAt = new Date(parts.clock.date());
  const hostToken = principal.type === 'user' ? undefined : newSecret();
  const actor = actorOf({ principal, ip: asker });
  const owner = ownerOf(principal) ?? null;
  const values = {
    title: request.title,
    passwordHash: request.password === undefined ? null : await hashPassword(request.password, asker),
    hostTokenHash: hostToken?.hash ?? null,
    owner,
    locked: request.locked ?? false,
    waitingRoom: request.waitingRoom ?? false,
    settings: request.settings ?? {},
    ...scheduleOf(request, { scheduledStart: null, schedule: null }),
    createdAt,
  };
  const create = creationBy(principal.type, actor.kind);
  for (let attempt = 0; attempt < CODE_ATTEMPTS; attempt += 1) {
    const meeting = { ...values, code: newCode(), archivedAt: null };
    const shown = shownMeeting(meeting);
    const meetingId = randomUUID();
    const [row] = await create(parts.queries, {
      ...newRow(actor, createdAt, { action: 'meeting.created', meetingId }),
      ...newEvent('meeting.created', { meeting: shown }, createdAt),
      ...meeting,
      meetingId,
      credentialId: credentialId(principal),
      hostId: userIdOf(principal) ?? null,
    });
    if (!row) throw new CodedError('token.invalid');
    if (row.id !== null) return { meeting: shown, hostToken: hostToken?.secret ?? null };
  }
  throw new Error(`${CODE_ATTEMPTS} new meeting codes in a row were taken`);
}

type Creation = Omit<MeetingRow, 'id' | 'lastSeq' | 'activeAt' | 'archivedAt'> &
  Omit<NewRow, 'meetingId'> &
  Omit<RecordedEvent, 'owner'> & { meetingId: string; credentialId: string | null; hostId: string | null };

/**
 * No row: the principal's credential has ended; a row without an id: the code is taken. One
 * statement, and so one transaction: the meeting, its host, its event and its audit record exist
 * together or not at all, and the lock of the credential lasts until the commit.
 */
type Create = Statement<Creation, { id: string | null }[]>;

const creations = new Map<string, Create>();

function creationBy(principal: Principal['type'], actor: AuditActorKind): Create {
  const key = `${principal} ${actor}`;
  const known = creations.get(key) ?? creation(principal, actor);
  creations.set(key, known);
  return known;
}

function creation(principal: Principal['type'], actor: AuditActorKind): Create {
  return statement((queries, value) => {
    const created = sql`created`;
    const meeting = insertFrom(
      meetings,
      {
        id: value('meetingId'),
        code: value('code'),
        title: value('title'),
        passwordHash: value('passwordHash'),
        hostTokenHash: value('hostTokenHash'),
        owner: value('owner'),
        locked: value('locked'),
        waitingRoom: value('waitingRoom'),
        settings: value('settings', meetings.settings),
        scheduledStart: value('scheduledStart', meetings.scheduledStart),
        schedule: value('schedule', meetings.schedule),
        createdAt: value('createdAt', meetings.createdAt),
      },
      sql`held`,
    );
    const host = insertFrom(
      members,
      {
        meetingId: value('meetingId'),
        userId: value('hostId'),
        role: sql`'host'`,
        state: sql`'joined'`,
        createdAt: value('createdAt', members.createdAt),
      },
      created,
    );
    const owned = principal === 'user' || principal === 'api-key';
    return queries
      .with(
        part('held', heldCredential(queries, principal, value('credentialId'))),
        part('created', sql`${meeting} on conflict (code) do nothing returning id as created_id`),
        ...(principal === 'user' ? [part('host', host)] : []),
        ...(owned ? recording(value, created) : []),
        auditing(actor, value, created),
      )
      .select({ id: sql<string | null>`created_id` })
      .from(sql`held left join created on true`);
  });
}

/**
 * With a billion meetings one code in 3,600 is taken: six in a row never are unless randomness is
 * broken.
 */
const CODE_ATTEMPTS = 6;
