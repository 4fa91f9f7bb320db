import {
  type Ban,
  CodedError,
  type Grants,
  type LeaveReason,
  type Role,
  type RoomCommand,
  type Source,
} from '@waterbus/protocol';
import { and, count, eq, inArray, isNull, ne } from 'drizzle-orm';
import type { MeetingAccess } from '../access/standing.js';
import { grantsOf } from '../admission/grants.js';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type BanRow, bans, meetings, members } from '../database/schema.js';
import { settingsOf } from '../meetings/settings.js';
import type { ApiParts } from '../parts.js';
import { shownBan } from './bans.js';
import { checkMayTurnOut, roleNow } from './protection.js';

type Transaction = Pick<Queries, 'select' | 'insert' | 'update' | 'delete'>;
type RemoveReason = Extract<RoomCommand, { type: 'remove' }>['reason'] & LeaveReason;

/**
 * What host and moderators do to others in the call. First it is committed (R5), then join tokens are used up and the participant's
 * home is told (R8): once a method resolves, it is so on all nodes.
 */
export class Moderation {
  readonly #parts: Pick<ApiParts, 'queries' | 'live' | 'clock'>;

  constructor(parts: Pick<ApiParts, 'queries' | 'live' | 'clock'>) {
    this.#parts = parts;
  }

  /** Stops a source of anybody, the host included: its owner may start it again. Nothing to be stored. */
  async stop({ meeting }: MeetingAccess, participantId: string, source: Source): Promise<void> {
    if (!(await this.#parts.live.command(meeting.id, { type: 'mute', participantId, source }))) throw unknown();
  }

  /** Grants what the settings do not, or takes it away, until the participant leaves (R7). */
  async update(access: MeetingAccess, participantId: string, change: Partial<Grants>): Promise<void> {
    const { meeting } = access;
    const grants = await this.#parts.queries.transaction(async (transaction) => {
      const { admission, role } = await target(transaction, access, participantId);
      if (admission.state !== 'admitted') throw unknown();
      const ownGrants = { ...admission.ownGrants, ...change };
      await transaction.update(admissions).set({ ownGrants }).where(eq(admissions.id, participantId));
      return grantsOf(role, settingsOf(meeting), ownGrants);
    });
    const told = await this.#parts.live.revokeAndCommand(meeting.id, { type: 'update', participantId, grants });
    if (!told) throw unknown();
  }

  /** Out of the call. May join again. Again or too late it is no error. */
  async kick(access: MeetingAccess, participantId: string): Promise<void> {
    await this.#turnOut(access, participantId, 'removed', 'kicked');
  }

  /** Out of the call, and waits for a moderator when joining again, whatever the meeting's settings. */
  async sendToWaitingRoom(access: MeetingAccess, participantId: string): Promise<void> {
    await this.#turnOut(access, participantId, 'sent-back', 'waiting-room');
  }

  /**
   * Out of the call with every other presence, out of the members, and to whom the meeting does not exist any more: a user, or the
   * guests of a network. Banned already: the ban there is.
   */
  async ban(access: MeetingAccess, participantId: string, reason: string | undefined): Promise<Ban> {
    const { meeting } = access;
    const { live } = this.#parts;
    const outcome = await this.#parts.queries.transaction(async (transaction) => {
      // Two bans of one person come one after the other, and nobody is admitted in between.
      await transaction.select({ id: meetings.id }).from(meetings).where(eq(meetings.id, meeting.id)).for('update');
      const { admission } = await target(transaction, access, participantId);
      const ban = await this.#insertBan(transaction, admission, reason);
      const { present, waiting } = await shutOut(transaction, admission);
      const left = admission.userId
        ? await transaction
            .delete(members)
            .where(
              and(eq(members.meetingId, meeting.id), eq(members.userId, admission.userId), ne(members.role, 'host')),
            )
            .returning({ id: members.id })
        : [];
      return { ban, present, waiting, memberLeft: left.length > 0 };
    });
    const { ban, present, waiting, memberLeft } = outcome;
    await this.#remove(meeting.id, present, 'kicked');
    if (memberLeft) await live.announce(meeting.id, { type: 'members.changed' });
    if (memberLeft && ban.userId) await live.tellUser(ban.userId, { type: 'meetings.changed' });
    if (waiting) await this.#announceWaiting(meeting.id);
    return shownBan(ban);
  }

  async #turnOut(
    access: MeetingAccess,
    participantId: string,
    state: 'removed' | 'sent-back',
    reason: RemoveReason,
  ): Promise<void> {
    const row = await this.#parts.queries.transaction(async (transaction) => {
      const { admission } = await target(transaction, access, participantId);
      await transaction.update(admissions).set({ state }).where(eq(admissions.id, participantId));
      return admission;
    });
    await this.#remove(access.meeting.id, [row], reason);
  }

  async #remove(
    meetingId: string,
    rows: Pick<AdmissionRow, 'id' | 'tokenExpiresAt'>[],
    reason: RemoveReason,
  ): Promise<void> {
    const { live, clock } = this.#parts;
    const present = new Set(await live.participantIds(meetingId));
    const recent = clock.date() - LATE_TOKEN;
    const reachable = rows.filter(({ id, tokenExpiresAt }) => {
      return present.has(id) || (tokenExpiresAt && tokenExpiresAt.getTime() > recent);
    });
    await Promise.all(
      reachable.map(({ id }) => live.revokeAndCommand(meetingId, { type: 'remove', participantId: id, reason })),
    );
  }

  async #insertBan(transaction: Transaction, admission: AdmissionRow, reason: string | undefined): Promise<BanRow> {
    const { meetingId, userId, name } = admission;
    const network = userId === null ? admission.network : null;
    const same =
      userId === null ? and(isNull(bans.userId), eq(bans.network, admission.network)) : eq(bans.userId, userId);
    const [known] = await transaction
      .select()
      .from(bans)
      .where(and(eq(bans.meetingId, meetingId), same))
      .limit(1);
    if (known) return known;
    const createdAt = new Date(this.#parts.clock.date());
    const values = { meetingId, userId, network, name, reason: reason ?? null, createdAt };
    const [row] = await transaction.insert(bans).values(values).returning();
    if (!row) throw new Error('no row for a ban');
    return row;
  }

  async #announceWaiting(meetingId: string): Promise<void> {
    const [row] = await this.#parts.queries
      .select({ waiting: count() })
      .from(admissions)
      .where(and(eq(admissions.meetingId, meetingId), eq(admissions.state, 'waiting')));
    await this.#parts.live.announce(meetingId, { type: 'waiting.changed', waiting: row?.waiting ?? 0 });
  }
}

/** Somebody who was let in, also when gone again, whom the asker may act on. Locked until the transaction ends. */
async function target(
  transaction: Transaction,
  { meeting, standing }: MeetingAccess,
  participantId: string,
): Promise<{ admission: AdmissionRow; role: Role }> {
  const [admission] = await transaction
    .select()
    .from(admissions)
    .where(and(eq(admissions.id, participantId), eq(admissions.meetingId, meeting.id)))
    .for('update');
  if (!admission || admission.state === 'waiting' || admission.state === 'denied') throw unknown();
  const role = await roleNow(transaction, meeting, admission);
  checkMayTurnOut(standing, role);
  return { admission, role };
}

/** Ends what the banned one holds elsewhere: a user everywhere, guests where they share the network. */
async function shutOut(transaction: Transaction, { id, meetingId, userId, network }: AdmissionRow) {
  const same =
    userId === null
      ? and(eq(admissions.network, network), isNull(admissions.userId), eq(admissions.role, 'guest'))
      : eq(admissions.userId, userId);
  const ended = (from: AdmissionRow['state'][], state: 'removed' | 'denied') =>
    transaction
      .update(admissions)
      .set({ state })
      .where(and(eq(admissions.meetingId, meetingId), inArray(admissions.state, from), same))
      .returning({ id: admissions.id, tokenExpiresAt: admissions.tokenExpiresAt });
  const present = await ended(['admitted', 'sent-back'], 'removed');
  const waiting = await ended(['waiting'], 'denied');
  if (!present.some((row) => row.id === id)) {
    // Kicked already, or no guest by role.
    const [row] = await transaction
      .update(admissions)
      .set({ state: 'removed' })
      .where(eq(admissions.id, id))
      .returning({ id: admissions.id, tokenExpiresAt: admissions.tokenExpiresAt });
    if (row) present.push(row);
  }
  return { present, waiting: waiting.length > 0 };
}

function unknown(): CodedError {
  return new CodedError('participant.not_found');
}

/** Milliseconds after its expiry in which a join token may still let somebody in, on a server whose clock is behind. */
const LATE_TOKEN = 10_000;
