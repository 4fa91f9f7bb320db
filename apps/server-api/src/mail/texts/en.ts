import type { MailTexts } from './mail-texts.js';

export const en: MailTexts = {
  invitation: (link, invitedBy) => ({
    subject: 'Invitation to a meeting',
    text: `You are invited to become a member of a meeting${invitedBy ? ` by ${invitedBy}` : ''}.\n\nAccept or decline here:\n${link}\n`,
  }),
  guestInvitation: (link, invitedBy) => ({
    subject: 'Invitation to a meeting',
    text: `You are invited to a meeting${invitedBy ? ` by ${invitedBy}` : ''}. You need no account, only a browser.\n\nJoin here:\n${link}\n\nThe link is for you: do not forward it.\n`,
  }),
  verifyEmail: (link) => ({
    subject: 'Verify your e-mail address',
    text: `Hello,\n\nto verify that this address is yours, open\n\n${link}\n\nwithin 24 hours. If you have made no account, ignore this mail.\n`,
  }),
  resetPassword: (link) => ({
    subject: 'Set a new password',
    text: `Hello,\n\nto set a new password, open\n\n${link}\n\nwithin an hour. It signs you out everywhere, and ends API keys, webhooks and linked ways to sign in. If you did not ask for this, ignore this mail.\n`,
  }),
  meeting: 'Meeting',
};
