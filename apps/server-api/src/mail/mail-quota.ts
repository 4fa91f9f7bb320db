import type { RequestLimits } from '../limits/limits.js';
import type { MailKind } from './mail-texts.js';

/**
 * Counts a mail to this mailbox. False: it reached the limit of this kind, for all senders
 * together.
 */
export async function mailboxTakes(limits: RequestLimits, kind: MailKind, recipient: string): Promise<boolean> {
  return limits.allows('mailByRecipient', `${kind} ${mailbox(recipient)}`);
}

/**
 * `name+anything@host` arrives at `name@host` with most providers (RFC 5233), so both are one
 * mailbox.
 */
function mailbox(address: string): string {
  return address.replace(/\+[^@]*@/, '@');
}
