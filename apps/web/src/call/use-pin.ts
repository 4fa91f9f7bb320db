import type { Call } from '@waterbus/client';
import { useCallback, useEffect } from 'react';
import { remembered } from '../storage/remembered.js';

/**
 * The participant that this user has pinned, and the function that pins another one, or nobody when
 * it is the same. The servers keep it for the user's next device. This browser keeps it for a
 * reload, another try and another tab, which join anew. It shows nothing unless that participant is
 * in the call.
 */
export function usePin(call: Pick<Call, 'code' | 'pinned' | 'pin'>): [string | undefined, (id: string) => void] {
  useEffect(() => {
    const kept = remembered.pin(call.code);
    if (call.pinned !== undefined) remembered.rememberPin(call.code, call.pinned);
    else if (kept !== undefined) void call.pin(kept);
  }, [call]);
  const onPin = useCallback(
    (id: string) => {
      const next = call.pinned === id ? undefined : id;
      remembered.rememberPin(call.code, next);
      void call.pin(next);
    },
    [call],
  );
  return [call.pinned, onPin];
}
