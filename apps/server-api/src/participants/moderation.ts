import {
  type Ban,
  CodedError,
  type Grants,
  type LeaveReason,
  type ParticipantMetadata,
  type Role,
  type RoomCommand,
  type Source,
} from '@waterbus/protocol';
import { and, eq, inArray, isNull, ne, or, type SQL } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import type { MeetingAccess } from '../access/standing.js';
import { publishWaiting, wakeAdmission } from '../admission/waiting.js';
import { type AuditEvent, actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type BanRow, bans, members } from '../database/schema.js';
import { TOKEN_TOLERANCE } from '../live/live-calls.js';
import { grantsOf } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';
import type { ApiParts } from '../parts.js';
import { shownBan } from './bans.js';
import { checkMayTurnOut, roleNow } from './protection.js';

type Transaction = Pick<Queries, '_' | 'select' | 'insert' | 'update' | 'delete'>;
type RemoveReason = Extract<RoomCommand, { type: 'remove' }>['reason'] & LeaveReason;

/**
 * Actions of host and moderators on others in the call. A method first commits (R5), then revokes
 * join tokens and commands the participant's home (R8): once it resolves, the change holds on all
 * nodes.
 */
export class Moderation {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /**
   * Stops a source of any participant, including the host: its owner may start it again. Nothing is
   * stored.
   */
  async stop(request: FastifyRequest, participantId: string, source: Source): Promise<void> {
    const meetingId = request.access.meeting.id;
    if (!(await this.#parts.live.command(meetingId, { type: 'mute', participantId, source }))) throw unknown();
    const event = { action: 'participant.muted', meetingId, target: participantId, details: { source } } as const;
    await this.#note(this.#parts.queries, request, event);
  }

  /**
   * Grants or withdraws rights independently of the settings, until the participant leaves (R7).
   * Metadata, which applications trust, come from their back ends only.
   */
  async update(
    request: FastifyRequest,
    participantId: string,
    { metadata, ...change }: Partial<Grants> & { metadata?: ParticipantMetadata },
  ): Promise<void> {
    if (metadata && request.principal.type !== 'api-key') throw new CodedError('permission.denied', 'metadata');
    const grants = await changeMeeting(this.#parts, request, 'moderate', async (transaction, access) => {
      const { admission, role } = await target(transaction, access, participantId);
      if (admission.state !== 'admitted') throw unknown();
      const ownGrants = { ...admission.ownGrants, ...change };
      await transaction.update(admissions).set({ ownGrants }).where(eq(admissions.id, participantId));
      const named = { ...change, ...(metadata && { metadata }) };
      const fields = Object.keys(named) as (keyof typeof named)[];
      const about = { meetingId: access.meeting.id, target: participantId };
      await this.#note(transaction, request, { action: 'participant.restricted', ...about, details: { fields } });
      return grantsOf(role, settingsOf(access.meeting), ownGrants);
    });
    const { id } = request.access.meeting;
    const reached = await this.#parts.live.revokeAndCommand(id, {
      type: 'update',
      participantId,
      grants,
      ...(metadata && { metadata }),
    });
    if (!reached) throw unknown();
  }

  /**
   * Removes the participant from the call; they may join again. A repeated or late kick is not an
   * error.
   */
  async kick(request: FastifyRequest, participantId: string): Promise<void> {
    await this.#turnOut(request, participantId, 'removed', 'kicked');
  }

  /**
   * Removes the participant from the call; the next join waits for a moderator, whatever the
   * meeting's settings.
   */
  async sendToWaitingRoom(request: FastifyRequest, participantId: string): Promise<void> {
    await this.#turnOut(request, participantId, 'sent-back', 'waiting-room');
  }

  /**
   * Removes the participant from the call, with all other presences, and from the members.
   * Afterwards the meeting does not exist for them: for the user, and for everybody of the same
   * network who is not a member. Returns an existing ban.
   */
  async ban(request: FastifyRequest, participantId: string, reason: string | undefined): Promise<Ban> {
    const outcome = await changeMeeting(this.#parts, request, 'moderate', async (transaction, access) => {
      const { admission } = await target(transaction, access, participantId);
      const { ban, isNew } = await this.#insertBan(transaction, admission, reason);
      if (isNew) {
        const about = { meetingId: access.meeting.id, target: participantId };
        await this.#note(transaction, request, { action: 'participant.banned', ...about, details: { banId: ban.id } });
      }
      const { present, waiting } = await shutOut(transaction, admission);
      return { ban, present, waiting, memberLeft: await endMembership(transaction, admission) };
    });
    const { ban, present, waiting, memberLeft } = outcome;
    const { live } = this.#parts;
    const { id } = request.access.meeting;
    try {
      await this.#remove(id, present, 'kicked');
    } finally {
      if (memberLeft) await live.publish(id, { type: 'members.changed' });
      if (memberLeft && ban.userId) await live.notifyUser(ban.userId, { type: 'meetings.changed' });
      for (const row of waiting) await wakeAdmission(this.#parts, row.id);
      if (waiting.length > 0) await publishWaiting(this.#parts, id);
    }
    return shownBan(ban);
  }

  async #turnOut(
    request: FastifyRequest,
    participantId: string,
    state: 'removed' | 'sent-back',
    reason: RemoveReason,
  ): Promise<void> {
    const row = await changeMeeting(this.#parts, request, 'moderate', async (transaction, access) => {
      const { admission } = await target(transaction, access, participantId);
      await transaction.update(admissions).set({ state }).where(eq(admissions.id, participantId));
      if (admission.state !== state) {
        const about = { meetingId: access.meeting.id, target: participantId };
        await this.#note(transaction, request, { action: `participant.${state}`, ...about });
      }
      return admission;
    });
    await this.#remove(request.access.meeting.id, [row], reason);
  }

  async #remove(
    meetingId: string,
    rows: Pick<AdmissionRow, 'id' | 'tokenExpiresAt'>[],
    reason: RemoveReason,
  ): Promise<void> {
    const { live, clock } = this.#parts;
    const present = new Set(await live.participantIds(meetingId));
    const recent = clock.date() - TOKEN_TOLERANCE;
    const reachable = rows.filter(({ id, tokenExpiresAt }) => {
      return present.has(id) || (tokenExpiresAt && tokenExpiresAt.getTime() > recent);
    });
    await Promise.all(
      reachable.map(({ id }) => live.revokeAndCommand(meetingId, { type: 'remove', participantId: id, reason })),
    );
  }

  async #note(transaction: Transaction, request: FastifyRequest, event: AuditEvent): Promise<void> {
    await audit(transaction, actorOf(request), new Date(this.#parts.clock.date()), event);
  }

  async #insertBan(
    transaction: Transaction,
    admission: AdmissionRow,
    reason: string | undefined,
  ): Promise<{ ban: BanRow; isNew: boolean }> {
    const { meetingId, userId, name, network } = admission;
    const same = userId === null ? and(isNull(bans.userId), eq(bans.network, network)) : eq(bans.userId, userId);
    const [known] = await transaction
      .select()
      .from(bans)
      .where(and(eq(bans.meetingId, meetingId), same))
      .limit(1);
    if (known) return { ban: known, isNew: false };
    const createdAt = new Date(this.#parts.clock.date());
    const values = { meetingId, userId, network, name, reason: reason ?? null, createdAt };
    const [row] = await transaction.insert(bans).values(values).returning();
    if (!row) throw new Error('no row for a ban');
    return { ban: row, isNew: true };
  }
}

/**
 * An admitted participant, also one that has left, whom the asker may moderate. Locked until the
 * transaction ends.
 */
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

/**
 * Ends the other admissions of the banned participant: a user's everywhere, guests' if they share
 * the network. Others of the network keep their places, since moderators see them there; only
 * members can still join from it.
 */
async function shutOut(transaction: Transaction, { id, meetingId, userId, network }: AdmissionRow) {
  const guestsOfNetwork = and(eq(admissions.network, network), eq(admissions.role, 'guest'));
  const same = userId === null ? and(guestsOfNetwork, isNull(admissions.userId)) : eq(admissions.userId, userId);
  const ended = (from: AdmissionRow['state'][], state: 'removed' | 'denied', whom: SQL | undefined) =>
    transaction
      .update(admissions)
      .set({ state })
      .where(and(eq(admissions.meetingId, meetingId), inArray(admissions.state, from), whom))
      .returning({ id: admissions.id, tokenExpiresAt: admissions.tokenExpiresAt });
  const present = await ended(['admitted', 'sent-back'], 'removed', same);
  const waiting = await ended(['waiting'], 'denied', or(same, guestsOfNetwork));
  if (!present.some((row) => row.id === id)) {
    // Already kicked, or not a guest by role.
    const [row] = await transaction
      .update(admissions)
      .set({ state: 'removed' })
      .where(eq(admissions.id, id))
      .returning({ id: admissions.id, tokenExpiresAt: admissions.tokenExpiresAt });
    if (row) present.push(row);
  }
  return { present, waiting };
}

/** False when there was none. */
async function endMembership(transaction: Transaction, { meetingId, userId }: AdmissionRow): Promise<boolean> {
  if (userId === null) return false;
  const left = await transaction
    .delete(members)
    .where(and(eq(members.meetingId, meetingId), eq(members.userId, userId), ne(members.role, 'host')))
    .returning({ id: members.id });
  return left.length > 0;
}

function unknown(): CodedError {
  return new CodedError('participant.not_found');
}
