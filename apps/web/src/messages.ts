import { t } from '@lingui/core/macro';
import { type CloseReason, WaterbusError } from '@waterbus/client';

/** The explanation of an error for users. */
export function messageOf(error: unknown): string {
  return (error instanceof WaterbusError ? messages()[error.code] : undefined) ?? unknown();
}

/** The failure of a sign-in at an identity provider, by the code in the address of its redirect. */
export function signInProblem(code: string): string {
  switch (code) {
    case 'account.email_taken':
      return t`An account with your e-mail address already exists. Sign in with its password, then add this sign-in method on your account page.`;
    case 'token.invalid':
    case 'token.expired':
      return t`You were signed out in the meantime. Start again.`;
    default:
      return messageOf(new WaterbusError(code as WaterbusError['code'], code));
  }
}

export function isPasswordRefused(error: unknown): boolean {
  return hasCode(error, ['meeting.wrong_password', 'meeting.password_required']);
}

/** Shown beside the field of the new password. */
export function isPasswordWeak(error: unknown): boolean {
  return hasCode(error, ['password.weak']);
}

/** The user must confirm the account again. */
export function isConfirmationNeeded(error: unknown): boolean {
  return hasCode(error, ['account.reauthentication_required']);
}

export function isDenied(error: unknown): boolean {
  return hasCode(error, ['permission.denied']);
}

/** A malformed code is answered as invalid, not as missing: for the user that is the same. */
export function isMeetingMissing(error: unknown): boolean {
  return hasCode(error, ['meeting.not_found', 'request.invalid']);
}

/** A link from a mail that is too old or was used. */
export function isLinkSpent(error: unknown): boolean {
  return hasCode(error, ['token.invalid', 'token.expired', 'request.invalid']);
}

/** The link of a test of the ports is too old or was opened before. */
export function isTestGone(error: unknown): boolean {
  return hasCode(error, ['outside_test.not_found']);
}

/** Also the answer to users that are no administrators. */
export function isNothingThere(error: unknown): boolean {
  return hasCode(error, ['request.not_found']);
}

export function isSignedOut(error: unknown): boolean {
  return hasCode(error, ['account.required']);
}

export function isAlreadyMember(error: unknown): boolean {
  return hasCode(error, ['member.exists']);
}

export function isInvitationGone(error: unknown): boolean {
  return hasCode(error, ['invitation.not_found']);
}

/** `other-tab`: the user moved the call to another tab of this browser. */
export type OverReason = CloseReason | 'other-tab';

export function farewell(reason: OverReason): { title: string; text: string } {
  switch (reason) {
    case 'left':
      return { title: t`You left the meeting`, text: t`The others may still be there.` };
    case 'kicked':
      return { title: t`You were removed from the meeting`, text: t`A moderator removed you.` };
    case 'waiting-room':
      return {
        title: t`You were moved to the waiting room`,
        text: t`A moderator can let you in again.`,
      };
    case 'replaced':
      return { title: t`The call continues on your other device`, text: t`You moved it there.` };
    case 'other-tab':
      return { title: t`The call continues elsewhere`, text: t`You moved it to another tab.` };
    case 'room-closed':
      return { title: t`The meeting has ended`, text: t`It was closed for everyone, and nobody can join it again.` };
    case 'expired':
    case 'failed':
      return { title: t`Connection lost`, text: t`Reconnecting failed. Check your network and join again.` };
  }
}

function hasCode(error: unknown, codes: WaterbusError['code'][]): boolean {
  return error instanceof WaterbusError && codes.includes(error.code);
}

const unavailableTexts = () => t`The server is not available right now. Try again in a moment.`;
const removedTexts = () => t`It has already been removed. Reload the page.`;
const linkSpent = () => t`This link has expired or was already used.`;
const unknown = () => t`Something went wrong. Try again.`;

type Messages = Partial<Record<WaterbusError['code'], string>>;

const messages = (): Messages => ({ ...accountMessages(), ...meetingMessages() });

const accountMessages = (): Messages => ({
  'account.registration_closed': t`This server does not accept new accounts.`,
  'account.other_account': t`This link is for another account. Sign in to that account, then open the link again.`,
  'account.required': t`You are signed out. Sign in again.`,
  'account.wrong_credentials': t`Wrong e-mail address or password. Try again.`,
  'account.wrong_password': t`Wrong password. Try again.`,
  'account.email_taken': t`An account with this e-mail address already exists. Sign in instead.`,
  'password.weak': t`This password is too easy to guess. Use a few unrelated words, and not your name or address.`,
  'account.reauthentication_required': t`You signed in a while ago. Confirm your identity, or sign out and in again.`,
  'second_factor.wrong_code': t`This code is wrong or already used. Try the next one.`,
  'second_factor.required': t`A code is required as well.`,
  'second_factor.not_found': removedTexts(),
  'passkey.not_found': removedTexts(),
  'second_factor.exists': t`An authenticator app is already set up. Remove it first.`,
  'passkey.refused': t`The passkey was not accepted. Was it removed from your account?`,
  'passkey.not_configured': t`This server does not support passkeys at this address.`,
  'passkey.cancelled': t`No passkey was used. Try again, or use another method.`,
  'passkey.exists': t`This device already has a passkey for your account.`,
  'account.sign_in_failed': t`Sign-in failed. Start again.`,
  'account.disabled': t`This account is disabled. Contact the administrator of this server.`,
  'account.not_verified': t`Verify your e-mail address first.`,
  'identity.taken': t`Another account uses this sign-in method.`,
  'identity.last': t`This is your only sign-in method. Set a password first.`,
  'avatar.unsupported': t`This picture cannot be read. Use a PNG, JPEG, WebP or GIF file.`,
  'mail.not_configured': t`This server cannot send e-mail. Ask its administrator.`,
  'invitation.not_found': t`Invitation not found. It may have been withdrawn.`,
  'webhook.address_refused': t`This server sends no requests to that address.`,
  'api_key.not_found': t`This API key no longer exists.`,
  'webhook.not_found': t`This webhook no longer exists.`,
  'user.own': t`You cannot disable your own account.`,
  'user.not_found': t`This account no longer exists.`,
  'token.invalid': linkSpent(),
  'token.expired': linkSpent(),
});

const meetingMessages = (): Messages => ({
  'meeting.not_found': t`Meeting not found. Check the code, or ask for a new link.`,
  'meeting.wrong_password': t`Wrong password. Try again.`,
  'meeting.password_required': t`This meeting needs a password.`,
  'meeting.locked': t`This meeting is locked. Ask someone in the call to unlock it.`,
  'meeting.archived': t`This meeting is archived and can no longer be joined.`,
  'meeting.full': t`The meeting is full.`,
  'breakout.not_found': t`This breakout room is closed.`,
  'breakout.open': t`Breakout rooms are already open. Close them first.`,
  'request.rate_limited': t`Too many attempts. Wait a minute, then try again.`,
  'network.unreachable': t`The server cannot be reached. Check your connection and try again.`,
  'server.draining': unavailableTexts(),
  'server.busy': unavailableTexts(),
  'server.unavailable': unavailableTexts(),
  'browser.unsupported': t`This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari.`,
  'permission.denied': t`You are not allowed to do that in this meeting.`,
  'request.invalid': t`Something you entered is not valid. Check it and try again.`,
  'request.too_large': t`This is too large.`,
  'limit.reached': t`You have reached a limit. Try again later.`,
  'message.not_found': t`This message has been deleted.`,
  'message.reactions_full': t`This message has too many different reactions. Use one that is there.`,
  'node.last': t`No other server can take over its calls.`,
  'node.not_found': t`This server is no longer there.`,
  'member.exists': t`You are already a member of this meeting.`,
  'poll.not_found': t`This poll has been deleted.`,
  'poll.closed': t`This poll is already closed.`,
  'file.not_found': t`This file is no longer there.`,
  'file.too_large': t`This file is too large.`,
  'file.type_refused': t`This server does not accept files of this type.`,
  'file.damaged': t`This picture is damaged.`,
  'file.incomplete': t`The upload was interrupted.`,
  'file.storage_full': t`There is no space left for files. Delete some first.`,
  'file.not_offered': t`Files are turned off on this server.`,
});
