import type { Clock } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import type { FastifyRequest } from 'fastify';
import { userOf } from './guard.js';

/**
 * For what changes how an account is signed in to: the user signed in, or confirmed the session, a moment ago. Else a session found
 * open, or a token that leaked for a quarter of an hour, would be good for a way in that stays. Rejects with
 * `account.reauthentication_required`.
 */
export function requireRecentSignIn(request: FastifyRequest, clock: Clock): void {
  if (clock.date() - userOf(request).signedInAt.getTime() > RECENT) {
    throw new CodedError('account.reauthentication_required');
  }
}

/** Milliseconds: whoever just signed in is still the one at the keyboard. */
const RECENT = 600_000;
