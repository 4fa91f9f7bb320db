import type { Meeting, MeetingEvent } from '@waterbus/client';
import type { Conversation, PrivateCall } from '@waterbus/react';
import { useEffect } from 'react';
import { loadAgain } from '../../parts/load-code.js';

/** Follows the private messages where the meeting permits them; their code is loaded then. */
export function usePrivate(conversation: Conversation, call: PrivateCall, meeting: Meeting | undefined): void {
  const permitted = (meeting?.settings.privateMessages ?? 'nobody') !== 'nobody';
  useEffect(() => {
    if (!permitted) return;
    let stopFollowing: (() => void) | undefined;
    // What arrives while the code is loading is announced afterwards.
    const earlier: MeetingEvent[] = [];
    const stopCollecting = call.on('meeting', (event) => {
      if (event.type === 'private.created' && earlier.length < MOST_EARLIER) earlier.push(event);
    });
    const stopLoading = loadAgain(
      () => import('./follow-private.js'),
      ({ followPrivate }) => {
        stopCollecting();
        stopFollowing = followPrivate(conversation, call, earlier);
      },
    );
    return () => {
      stopCollecting();
      stopLoading();
      stopFollowing?.();
    };
  }, [conversation, call, permitted]);
}

/** A code that cannot be loaded for long must not fill the memory; the store reads what is missing. */
const MOST_EARLIER = 100;
