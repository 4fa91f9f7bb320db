import type { Meeting } from '@waterbus/client';
import type { Conversation, PrivateCall } from '@waterbus/react';
import { useEffect } from 'react';
import { loadAgain } from '../../parts/load-code.js';

/** Follows the private messages where the meeting permits them; their code is loaded then. */
export function usePrivate(conversation: Conversation, call: PrivateCall, meeting: Meeting | undefined): void {
  const permitted = (meeting?.settings.privateMessages ?? 'nobody') !== 'nobody';
  useEffect(() => {
    if (!permitted) return;
    let stopFollowing: (() => void) | undefined;
    const stopLoading = loadAgain(
      () => import('./follow-private.js'),
      ({ followPrivate }) => {
        stopFollowing = followPrivate(conversation, call);
      },
    );
    return () => {
      stopLoading();
      stopFollowing?.();
    };
  }, [conversation, call, permitted]);
}
