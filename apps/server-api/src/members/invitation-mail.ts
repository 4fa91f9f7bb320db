import { and, eq, isNotNull } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { ownerOfKey, ownerOfUser, type Principal, userIdOf } from '../access/principal.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, users } from '../database/schema.js';
import { known, type Language, languageOf } from '../mail/language.js';
import { mailConfigured, queueMail } from '../mail/mail-queue.js';
import { mailboxTakes } from '../mail/mail-quota.js';
import { mailText, untitled } from '../mail/mail-texts.js';
import type { ApiParts } from '../parts.js';
import { calendarFile } from '../schedules/calendar-file.js';

interface InvitationMail {
  /** `path`: of the link, with its secret behind `#`, so that no server logs it. */
  queue(
    transaction: Pick<Queries, 'insert'>,
    about: { kind: 'invitation' | 'guest-invitation'; meeting: MeetingRow; path: string; at: Date },
  ): Promise<void>;
}

/**
 * The mail of an invitation by this request, in the recipient's language, or else the inviter's;
 * counted. Undefined: none. Only verified accounts and
 * keys of the settings send one: all other inviters hand over the token themselves, so that they
 * cannot use this server to write to strangers. Rejects with `request.rate_limited`.
 */
export async function permittedMail(
  parts: ApiParts,
  request: FastifyRequest,
  recipient: string,
): Promise<InvitationMail | undefined> {
  const sender = mailConfigured(parts) ? await senderOf(parts.queries, request.principal) : undefined;
  if (!sender) return undefined;
  await parts.limits.countBy('mailBySender', sender.key);
  await parts.limits.count('mailByAddress', request.ip);
  // Of both kinds together: to the mailbox they are the same.
  if (!(await mailboxTakes(parts.limits, 'invitation', recipient))) return undefined;
  const language = (await languageOfAddress(parts.queries, recipient)) ?? languageOf(request) ?? 'en';
  return {
    async queue(transaction, { kind, meeting, path, at }) {
      const { publicUrl, brandName } = parts.options;
      const link = String(new URL(path, publicUrl));
      const text = mailText(kind, link, { language, invitedBy: sender.email, brandName });
      await queueMail(transaction, { recipient, ...text, ...attachedCalendar(parts, meeting, language, at) }, at);
    },
  };
}

/** That of its account, of which only the mail's reader learns; undefined: none, or not known. */
async function languageOfAddress(queries: Queries, address: string): Promise<Language | undefined> {
  const [user] = await queries.select({ language: users.language }).from(users).where(eq(users.email, address));
  return known(user?.language);
}

/** Of a scheduled meeting. Without its title, which the inviter could have chosen for the mail. */
function attachedCalendar(
  { options }: Pick<ApiParts, 'options'>,
  { scheduledStart, ...meeting }: MeetingRow,
  language: Language,
  at: Date,
): { calendar?: string } {
  if (!scheduledStart || options.publicUrl === undefined) return {};
  const how = { page: options.publicUrl, title: untitled(language), now: at.getTime() };
  return { calendar: calendarFile({ ...meeting, scheduledStart }, how) };
}

/**
 * The account or key for which the mail counts; undefined: none, so no mail. Keys of the settings
 * belong to the operator of the server.
 */
async function senderOf(queries: Queries, principal: Principal): Promise<{ key: string; email?: string } | undefined> {
  if (principal.type === 'api-key' && principal.owner === ownerOfKey(principal.apiKeyId))
    return { key: principal.owner };
  const owner = principal.type === 'api-key' ? principal.owner : undefined;
  const userId = owner?.startsWith(USER) ? owner.slice(USER.length) : userIdOf(principal);
  if (!userId) return undefined;
  const [user] = await queries
    .select({ email: users.email })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.emailVerifiedAt)));
  return user && { key: ownerOfUser(userId), email: user.email };
}

const USER = ownerOfUser('');
