/** A mail: one line, and plain text. */
export interface MailText {
  subject: string;
  text: string;
}

/** Every text that leaves by mail, in one language. `invitedBy`: an address; `link`: a whole line. */
export interface MailTexts {
  invitation(link: string, invitedBy: string | undefined): MailText;
  guestInvitation(link: string, invitedBy: string | undefined): MailText;
  verifyEmail(link: string): MailText;
  resetPassword(link: string): MailText;
  /** Summary of the event in the attached calendar file. */
  meeting: string;
}
