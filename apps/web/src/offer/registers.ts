import type { ServerOffer } from '@waterbus/client';
import { pendingInvitation } from '../sign-in/pending-invitation.js';

/** Whether this browser's user can make an account with a password here. */
export function registers(offer: ServerOffer | undefined): boolean {
  switch (offer?.registration) {
    case 'closed':
    case 'provider':
      return false;
    case 'invited':
      return pendingInvitation.read() !== undefined;
    default:
      return true;
  }
}
