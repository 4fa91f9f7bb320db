import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import type { Principal } from './principal.js';

/**
 * For changes of the ways to sign in: requires that the user signed in, or confirmed the session, a
 * moment ago. Otherwise a session found open, or a token that leaked for a quarter of an hour,
 * could add a permanent way in. Rejects with `account.reauthentication_required`.
 */
export function requireRecentSignIn(principal: Principal, clock: Clock): void {
  if (principal.type !== 'user') throw new Error('Only users sign in');
  if (clock.date() - principal.signedInAt.getTime() > RECENT) {
    throw new CodedError('account.reauthentication_required');
  }
}

/** Milliseconds: a user who just signed in is still at the keyboard. */
const RECENT = 600_000;
