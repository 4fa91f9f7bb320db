import { type CloseReason, WaterbusError } from '@waterbus/client';

/** What an error means to somebody who just wants to talk. */
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
    case 'server.unavailable':
      return 'The server is not available right now. Try again in a moment.';
    case 'browser.unsupported':
      return 'This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari.';
    case 'permission.denied':
      return 'You are not allowed to do that in this meeting.';
    default:
      return 'Something went wrong. Try again.';
  }
}

export function isPasswordRefused(error: unknown): boolean {
  return hasCode(error, ['meeting.wrong_password', 'meeting.password_required']);
}

export function isDenied(error: unknown): boolean {
  return hasCode(error, ['permission.denied']);
}

/** A code that cannot be one is answered as invalid, not as missing: to its reader that is the same. */
export function isMeetingMissing(error: unknown): boolean {
  return hasCode(error, ['meeting.not_found', 'request.invalid']);
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
