import type { Language } from './language.js';
import { ar } from './texts/ar.js';
import { de } from './texts/de.js';
import { en } from './texts/en.js';
import type { MailText, MailTexts } from './texts/mail-texts.js';

/** The subjects of mail. */
export type MailKind = 'invitation' | 'guest-invitation' | 'verify-email' | 'reset-password';

/**
 * The complete text of every mail. Its only part that a person could have chosen is the verified
 * address of the inviting user: it has no title, no name and no link except our own, so that nobody
 * can use this server to send a message of theirs.
 */
export function mailText(
  kind: MailKind,
  link: string,
  of: { language: Language; invitedBy?: string | undefined; brandName?: string | undefined },
): MailText {
  const { subject, text } = textOf(kind, link, of);
  return { subject: of.brandName ? `${subject} (${of.brandName})` : subject, text };
}

/** Summary of a meeting in a calendar file without its title. */
export function untitled(language: Language): string {
  return TEXTS[language].meeting;
}

function textOf(kind: MailKind, link: string, of: { language: Language; invitedBy?: string | undefined }): MailText {
  const texts = TEXTS[of.language];
  switch (kind) {
    case 'invitation':
      return texts.invitation(link, of.invitedBy);
    case 'guest-invitation':
      return texts.guestInvitation(link, of.invitedBy);
    case 'verify-email':
      return texts.verifyEmail(link);
    case 'reset-password':
      return texts.resetPassword(link);
  }
}

const TEXTS: Record<Language, MailTexts> = { en, de, ar };
