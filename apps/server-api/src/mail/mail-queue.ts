import type { Queries } from '../database/database.js';
import { mails } from '../database/schema.js';
import type { MailSettings } from './mail-sender.js';

export interface Mail {
  /** One address. */
  recipient: string;
  /** One line; line breaks in it become spaces. */
  subject: string;
  /** Plain text. */
  text: string;
  /** A calendar file (RFC 5545) to attach. */
  calendar?: string;
}

/** False: no mail server is configured, and nothing may be queued. */
export function mailConfigured(parts: { options: { mail?: MailSettings } }): boolean {
  return parts.options.mail !== undefined;
}

/**
 * Queues a mail (an outbox) in the transaction of the change that it reports: either both exist or
 * neither. It is sent within seconds of the commit, and retried for a day. The recipient must have
 * passed `emailSchema`.
 */
export async function queueMail(transaction: Pick<Queries, 'insert'>, mail: Mail, at: Date): Promise<void> {
  if (!ONE_ADDRESS.test(mail.recipient)) throw new Error('The recipient is not one mail address');
  await transaction.insert(mails).values({ ...mail, subject: oneLine(mail.subject), nextAttemptAt: at, createdAt: at });
}

/**
 * Subjects contain names that people chose: a line break would begin another header (RFC 5322
 * section 2.2).
 */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** Nothing that could begin a second address or a header. */
const ONE_ADDRESS = /^[^\s\p{Cc},;:<>"()[\]\\@]+@[^\s\p{Cc},;:<>"()[\]\\@]+$/u;
