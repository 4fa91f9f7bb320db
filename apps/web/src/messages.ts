import { type CloseReason, WaterbusError } from '@waterbus/client';

/** The explanation of an error for users. */
export function messageOf(error: unknown): string {
  switch (error instanceof WaterbusError ? error.code : undefined) {
    case 'meeting.not_found':
      return 'There is no such meeting. Check the code, or ask for the link again.';
    case 'meeting.wrong_password':
      return 'That password is not right. Try again.';
    case 'meeting.password_required':
      return 'This meeting needs a password.';
    case 'meeting.locked':
      return 'The meeting is locked: nobody new gets in. Ask somebody inside.';
    case 'meeting.archived':
      return 'The meeting is archived and takes no calls any more.';
    case 'meeting.full':
      return 'The meeting is full.';
    case 'request.rate_limited':
      return 'Too many attempts. Wait a minute, then try again.';
    case 'network.unreachable':
      return 'The server cannot be reached. Check your connection and try again.';
    case 'server.draining':
    case 'server.busy':
    case 'server.unavailable':
      return 'The server is not available right now. Try again in a moment.';
    case 'browser.unsupported':
      return 'This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari.';
    case 'permission.denied':
      return 'You are not allowed to do that in this meeting.';
    case 'request.invalid':
      return 'Something in there is not valid. Check it and try again.';
    case 'account.registration_closed':
      return 'This server takes no new accounts.';
    case 'account.other_account':
      return 'This link belongs to another account. Sign in to that one, and open it again.';
    case 'account.required':
      return 'You are signed out. Sign in again.';
    case 'account.wrong_credentials':
      return 'E-mail address or password is not right. Try again.';
    case 'account.wrong_password':
      return 'That password is not right. Try again.';
    case 'account.email_taken':
      return 'There is an account with this e-mail address already. Sign in instead.';
    case 'password.weak':
      return 'This password is too easy to guess: it is a common one, or made of your name or address. Use a few unrelated words.';
    case 'account.reauthentication_required':
      return 'You signed in a while ago. Confirm that it is you, or sign out and in again.';
    case 'second_factor.wrong_code':
      return 'That code is not right, or was used already. Try the next one.';
    case 'second_factor.required':
      return 'A code is needed, too.';
    case 'second_factor.not_found':
    case 'passkey.not_found':
      return 'It is gone already. Load the page again.';
    case 'second_factor.exists':
      return 'There is an authenticator app already. Remove it first.';
    case 'passkey.refused':
      return 'The passkey was not accepted. Was it removed from your account?';
    case 'passkey.not_configured':
      return 'This server takes no passkeys at this address.';
    case 'passkey.cancelled':
      return 'No passkey was used. Try again, or take another way.';
    case 'passkey.exists':
      return 'This device has a passkey for your account already.';
    case 'account.sign_in_failed':
      return 'You were not signed in. Begin again.';
    case 'account.not_verified':
      return 'Verify your e-mail address first.';
    case 'identity.taken':
      return 'This way to sign in belongs to another account.';
    case 'identity.last':
      return 'This is the only way to sign in. Set a password first.';
    case 'avatar.unsupported':
      return 'That is no picture this page can read. Take a PNG, JPEG, WebP or GIF.';
    case 'request.too_large':
      return 'That is too large.';
    case 'mail.not_configured':
      return 'This server sends no mail. Ask whoever runs it.';
    case 'limit.reached':
      return 'Too many for now. Try again later.';
    case 'invitation.not_found':
      return 'There is no such invitation, or no longer.';
    case 'member.exists':
      return 'You are a member of this meeting already.';
    case 'token.invalid':
    case 'token.expired':
      return 'This link does not work any more: it is too old, or was used already.';
    default:
      return 'Something went wrong. Try again.';
  }
}

/** The failure of a sign-in at an identity provider, by the code in the address of its redirect. */
export function signInProblem(code: string): string {
  switch (code) {
    case 'account.email_taken':
      return 'There is an account with your e-mail address already. Sign in with its password, then add this way to sign in on your account page.';
    case 'token.invalid':
    case 'token.expired':
      return 'You were signed out meanwhile. Begin again.';
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
      return { title: 'You were removed from the meeting', text: 'Somebody who runs the meeting ended it for you.' };
    case 'waiting-room':
      return {
        title: 'You were moved to the waiting room',
        text: 'Somebody who runs the meeting can let you in again.',
      };
    case 'replaced':
      return { title: 'The call goes on elsewhere', text: 'You joined from another window or device.' };
    case 'room-closed':
      return { title: 'The meeting has ended', text: 'It was closed for everybody.' };
    case 'expired':
    case 'failed':
      return { title: 'Connection lost', text: 'It did not come back by itself. Check your network and join again.' };
  }
}

function hasCode(error: unknown, codes: WaterbusError['code'][]): boolean {
  return error instanceof WaterbusError && codes.includes(error.code);
}
