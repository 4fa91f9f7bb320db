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
  { invitedBy, brandName }: { invitedBy?: string; brandName?: string | undefined } = {},
): { subject: string; text: string } {
  const { subject, text } = textOf(kind, link, invitedBy);
  return { subject: brandName ? `${subject} (${brandName})` : subject, text };
}

function textOf(kind: MailKind, link: string, invitedBy?: string): { subject: string; text: string } {
  switch (kind) {
    case 'invitation':
      return {
        subject: 'Invitation to a meeting',
        text: `You are invited to become a member of a meeting${invitedBy ? ` by ${invitedBy}` : ''}.\n\nAccept or decline here:\n${link}\n`,
      };
    case 'guest-invitation':
      return {
        subject: 'Invitation to a meeting',
        text: `You are invited to a meeting${invitedBy ? ` by ${invitedBy}` : ''}. You need no account, only a browser.\n\nJoin here:\n${link}\n\nThe link is for you: do not forward it.\n`,
      };
    case 'verify-email':
      return {
        subject: 'Verify your e-mail address',
        text: `Hello,\n\nto verify that this address is yours, open\n\n${link}\n\nwithin 24 hours. If you have made no account, ignore this mail.\n`,
      };
    case 'reset-password':
      return {
        subject: 'Set a new password',
        text: `Hello,\n\nto set a new password, open\n\n${link}\n\nwithin an hour. It signs you out everywhere, and ends API keys, webhooks and linked ways to sign in. If you did not ask for this, ignore this mail.\n`,
      };
  }
}
