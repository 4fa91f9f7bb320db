import { type CloseReason, WaterbusError } from '@waterbus/client';

/** The explanation of an error for users. */
export function messageOf(error: unknown): string {
  return (error instanceof WaterbusError ? MESSAGES[error.code] : undefined) ?? UNKNOWN;
}

/** The failure of a sign-in at an identity provider, by the code in the address of its redirect. */
export function signInProblem(code: string): string {
  switch (code) {
    case 'account.email_taken':
      return 'An account with your e-mail address already exists. Sign in with its password, then add this sign-in method on your account page.';
    case 'token.invalid':
    case 'token.expired':
      return 'You were signed out in the meantime. Start again.';
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

export function farewell(reason: CloseReason): { title: string; text: string } {
  switch (reason) {
    case 'left':
      return { title: 'You left the meeting', text: 'The others may still be there.' };
    case 'kicked':
      return { title: 'You were removed from the meeting', text: 'A moderator removed you.' };
    case 'waiting-room':
      return {
        title: 'You were moved to the waiting room',
        text: 'A moderator can let you in again.',
      };
    case 'replaced':
      return { title: 'The call continues elsewhere', text: 'You joined from another window or device.' };
    case 'room-closed':
      return { title: 'The meeting has ended', text: 'It was closed for everyone, and nobody can join it again.' };
    case 'expired':
    case 'failed':
      return { title: 'Connection lost', text: 'Reconnecting failed. Check your network and join again.' };
  }
}

function hasCode(error: unknown, codes: WaterbusError['code'][]): boolean {
  return error instanceof WaterbusError && codes.includes(error.code);
}

const UNAVAILABLE = 'The server is not available right now. Try again in a moment.';
const REMOVED = 'It has already been removed. Reload the page.';
const LINK_SPENT = 'This link has expired or was already used.';
const UNKNOWN = 'Something went wrong. Try again.';

const MESSAGES: Partial<Record<WaterbusError['code'], string>> = {
  'meeting.not_found': 'Meeting not found. Check the code, or ask for a new link.',
  'meeting.wrong_password': 'Wrong password. Try again.',
  'meeting.password_required': 'This meeting needs a password.',
  'meeting.locked': 'This meeting is locked. Ask someone in the call to unlock it.',
  'meeting.archived': 'This meeting is archived and can no longer be joined.',
  'meeting.full': 'The meeting is full.',
  'breakout.not_found': 'This breakout room is closed.',
  'breakout.open': 'Breakout rooms are already open. Close them first.',
  'request.rate_limited': 'Too many attempts. Wait a minute, then try again.',
  'network.unreachable': 'The server cannot be reached. Check your connection and try again.',
  'server.draining': UNAVAILABLE,
  'server.busy': UNAVAILABLE,
  'server.unavailable': UNAVAILABLE,
  'browser.unsupported': 'This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari.',
  'permission.denied': 'You are not allowed to do that in this meeting.',
  'request.invalid': 'Something you entered is not valid. Check it and try again.',
  'account.registration_closed': 'This server does not accept new accounts.',
  'account.other_account': 'This link is for another account. Sign in to that account, then open the link again.',
  'account.required': 'You are signed out. Sign in again.',
  'account.wrong_credentials': 'Wrong e-mail address or password. Try again.',
  'account.wrong_password': 'Wrong password. Try again.',
  'account.email_taken': 'An account with this e-mail address already exists. Sign in instead.',
  'password.weak': 'This password is too easy to guess. Use a few unrelated words, and not your name or address.',
  'account.reauthentication_required': 'You signed in a while ago. Confirm your identity, or sign out and in again.',
  'second_factor.wrong_code': 'This code is wrong or already used. Try the next one.',
  'second_factor.required': 'A code is required as well.',
  'second_factor.not_found': REMOVED,
  'passkey.not_found': REMOVED,
  'second_factor.exists': 'An authenticator app is already set up. Remove it first.',
  'passkey.refused': 'The passkey was not accepted. Was it removed from your account?',
  'passkey.not_configured': 'This server does not support passkeys at this address.',
  'passkey.cancelled': 'No passkey was used. Try again, or use another method.',
  'passkey.exists': 'This device already has a passkey for your account.',
  'account.sign_in_failed': 'Sign-in failed. Start again.',
  'account.disabled': 'This account is disabled. Contact the administrator of this server.',
  'account.not_verified': 'Verify your e-mail address first.',
  'identity.taken': 'Another account uses this sign-in method.',
  'identity.last': 'This is your only sign-in method. Set a password first.',
  'avatar.unsupported': 'This picture cannot be read. Use a PNG, JPEG, WebP or GIF file.',
  'request.too_large': 'This is too large.',
  'mail.not_configured': 'This server cannot send e-mail. Ask its administrator.',
  'limit.reached': 'You have reached a limit. Try again later.',
  'invitation.not_found': 'Invitation not found. It may have been withdrawn.',
  'webhook.address_refused': 'This server sends no requests to that address.',
  'api_key.not_found': 'This API key no longer exists.',
  'webhook.not_found': 'This webhook no longer exists.',
  'message.not_found': 'This message has been deleted.',
  'message.reactions_full': 'This message has too many different reactions. Use one that is there.',
  'user.own': 'You cannot disable your own account.',
  'user.not_found': 'This account no longer exists.',
  'node.last': 'No other server can take over its calls.',
  'node.not_found': 'This server is no longer there.',
  'member.exists': 'You are already a member of this meeting.',
  'token.invalid': LINK_SPENT,
  'token.expired': LINK_SPENT,
};
