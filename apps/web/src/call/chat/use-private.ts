import type { Meeting } from '@waterbus/client';
import type { Conversation, PrivateCall } from '@waterbus/react';
import { useEffect } from 'react';

/** Follows the private messages where the meeting permits them; their code is loaded then. */
export function usePrivate(conversation: Conversation, call: PrivateCall, meeting: Meeting | undefined): void {
  const permitted = (meeting?.settings.privateMessages ?? 'nobody') !== 'nobody';
  useEffect(() => {
    if (!permitted) return;
    let stop: (() => void) | undefined;
    let isOver = false;
    import('./follow-private.js').then(
      ({ followPrivate }) => {
        if (!isOver) stop = followPrivate(conversation, call);
      },
      () => {},
    );
    return () => {
      isOver = true;
      stop?.();
    };
  }, [conversation, call, permitted]);
}
