import type { MailTexts } from './mail-texts.js';

export const de: MailTexts = {
  invitation: (link, invitedBy) => ({
    subject: 'Einladung zu einem Meeting',
    text: `${invitedBy ? `${invitedBy} lädt dich ein` : 'Du bist eingeladen'}, Mitglied eines Meetings zu werden.\n\nHier annehmen oder ablehnen:\n${link}\n`,
  }),
  guestInvitation: (link, invitedBy) => ({
    subject: 'Einladung zu einem Meeting',
    text: `${invitedBy ? `${invitedBy} lädt dich zu einem Meeting ein` : 'Du bist zu einem Meeting eingeladen'}. Du brauchst kein Konto, nur einen Browser.\n\nHier teilnehmen:\n${link}\n\nDer Link ist für dich: Leite ihn nicht weiter.\n`,
  }),
  verifyEmail: (link) => ({
    subject: 'Bestätige deine E-Mail-Adresse',
    text: `Hallo,\n\num zu bestätigen, dass diese Adresse dir gehört, öffne innerhalb von 24 Stunden\n\n${link}\n\nWenn du kein Konto angelegt hast, ignoriere diese E-Mail.\n`,
  }),
  resetPassword: (link) => ({
    subject: 'Neues Passwort festlegen',
    text: `Hallo,\n\num ein neues Passwort festzulegen, öffne innerhalb einer Stunde\n\n${link}\n\nDu wirst dadurch überall abgemeldet; API-Schlüssel, Webhooks und verknüpfte Anmeldungen enden. Wenn du das nicht angefordert hast, ignoriere diese E-Mail.\n`,
  }),
  meeting: 'Meeting',
};
