import { MOST_HANDS } from '@waterbus/protocol';
import type { CallModeration } from '../api/call.js';
import type { SignallingSession } from '../signalling/session.js';

/** Moderation that only the running call knows: by its socket, since nothing of it is stored. */
export type LiveModeration = Pick<CallModeration, 'lowerHands' | 'spotlight'>;

export function liveModerationOf(session: Pick<SignallingSession, 'request'>): LiveModeration {
  return {
    spotlight: async (participantId) => void (await session.request('spotlight', { participantId })),
    lowerHands: async (participantIds) => {
      for (let start = 0; start < participantIds.length; start += MOST_HANDS) {
        await session.request('hand.lower', { participantIds: participantIds.slice(start, start + MOST_HANDS) });
      }
    },
  };
}
