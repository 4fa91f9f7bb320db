import type { Call, CloseReason } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import type { OverReason } from '../messages.js';
import { beInCall } from '../storage/call-tabs.js';

/**
 * Leaves the call when the user moves it to another tab.
 *
 * @returns `onOver`, called with `other-tab` for a call that has moved.
 */
export function useOneTab(call: Call, onOver: (reason: OverReason) => void): (reason: CloseReason) => void {
  const moved = useRef(false);
  useEffect(() => {
    if (call.connection === 'closed') return;
    const stop = beInCall(call.code, () => {
      moved.current = true;
      void call.leave();
    });
    const stopListening = call.on('closed', stop);
    return () => {
      stopListening();
      stop();
    };
  }, [call]);
  return (reason) => onOver(moved.current && reason === 'left' ? 'other-tab' : reason);
}
