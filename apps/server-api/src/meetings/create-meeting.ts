import type { CreateMeetingRequest, CreateMeetingResponse } from '@waterbus/protocol';
import { hashPassword } from '../access/password.js';
import { ownerOf, type Principal } from '../access/principal.js';
import { newSecret } from '../access/secrets.js';
import { stillCounts } from '../access/still-counts.js';
import { checkMeetingPassword } from '../access/weak-passwords.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, meetings, members } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { newMeetingCode } from '../meeting/meeting-code.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { record } from '../webhooks/outbox.js';

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
  const meeting = {
    title: request.title,
    passwordHash: request.password === undefined ? null : await hashPassword(request.password, asker),
    hostTokenHash: hostToken?.hash ?? null,
    owner: ownerOf(principal) ?? null,
    locked: request.locked ?? false,
    waitingRoom: request.waitingRoom ?? false,
    settings: request.settings ?? {},
    scheduledStart: request.scheduledStart ? new Date(request.scheduledStart) : null,
    createdAt,
  };
  return parts.queries.transaction(async (transaction) => {
    const [, row] = await Promise.all([stillCounts(transaction, principal), insert(transaction, meeting, newCode)]);
    const shown = shownMeeting(row);
    const event = { action: 'meeting.created', meetingId: row.id } as const;
    await Promise.all([
      principal.type === 'user' && makeHost(transaction, { meetingId: row.id, userId: principal.userId, createdAt }),
      record(transaction, row.owner, 'meeting.created', { meeting: shown }, createdAt),
      audit(transaction, actorOf({ principal, ip: asker }), createdAt, event),
    ]);
    return { meeting: shown, hostToken: hostToken?.secret ?? null };
  });
}

async function insert(
  transaction: Queries,
  meeting: Omit<NewMeeting, 'code'>,
  newCode: () => string,
): Promise<MeetingRow> {
  for (let attempt = 0; attempt < CODE_ATTEMPTS; attempt += 1) {
    const [row] = await insertOne(transaction, { ...meeting, code: newCode() });
    if (row) return row;
  }
  throw new Error(`${CODE_ATTEMPTS} new meeting codes in a row were taken`);
}

type NewMeeting = Omit<MeetingRow, 'id' | 'lastSeq' | 'archivedAt'>;

const insertOne = statement<NewMeeting, MeetingRow[]>((queries, value) =>
  queries
    .insert(meetings)
    .values({
      code: value('code'),
      title: value('title'),
      passwordHash: value('passwordHash'),
      hostTokenHash: value('hostTokenHash'),
      owner: value('owner'),
      locked: value('locked'),
      waitingRoom: value('waitingRoom'),
      settings: value('settings', meetings.settings),
      scheduledStart: value('scheduledStart', meetings.scheduledStart),
      createdAt: value('createdAt', meetings.createdAt),
    })
    .onConflictDoNothing({ target: meetings.code })
    .returning(),
);

const makeHost = statement<{ meetingId: string; userId: string; createdAt: Date }, unknown>((queries, value) =>
  queries.insert(members).values({
    meetingId: value('meetingId'),
    userId: value('userId'),
    role: 'host',
    state: 'joined',
    createdAt: value('createdAt', members.createdAt),
  }),
);

/**
 * With a billion meetings one code in 3,600 is taken: six in a row never are unless randomness is
 * broken.
 */
const CODE_ATTEMPTS = 6;
