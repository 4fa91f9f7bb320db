import type { CreateMeetingRequest, CreateMeetingResponse } from '@waterbus/protocol';
import { hashPassword } from '../access/password.js';
import { ownerOf, type Principal } from '../access/principal.js';
import { newSecret } from '../access/secrets.js';
import { stillCounts } from '../access/still-counts.js';
import { checkMeetingPassword } from '../access/weak-passwords.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, meetings, members } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import { record } from '../webhooks/outbox.js';
import { newMeetingCode } from './meeting-code.js';
import { shownMeeting } from './shown-meeting.js';

/** A user becomes the host; everybody else gets a host token. */
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
    await stillCounts(transaction, principal);
    const row = await insert(transaction, meeting, newCode);
    if (principal.type === 'user') {
      const { userId } = principal;
      await transaction.insert(members).values({ meetingId: row.id, userId, role: 'host', state: 'joined', createdAt });
    }
    const shown = shownMeeting(row);
    await record(transaction, row.owner, 'meeting.created', { meeting: shown }, createdAt);
    const event = { action: 'meeting.created', meetingId: row.id } as const;
    await audit(transaction, actorOf({ principal, ip: asker }), createdAt, event);
    return { meeting: shown, hostToken: hostToken?.secret ?? null };
  });
}

async function insert(
  transaction: Queries,
  meeting: Omit<typeof meetings.$inferInsert, 'code'>,
  newCode: () => string,
): Promise<MeetingRow> {
  for (let attempt = 0; attempt < CODE_ATTEMPTS; attempt += 1) {
    const [row] = await transaction
      .insert(meetings)
      .values({ ...meeting, code: newCode() })
      .onConflictDoNothing({ target: meetings.code })
      .returning();
    if (row) return row;
  }
  throw new Error(`${CODE_ATTEMPTS} new meeting codes in a row were taken`);
}

/** With a billion meetings one code in 3,600 is taken: six in a row never are unless randomness is broken. */
const CODE_ATTEMPTS = 6;
