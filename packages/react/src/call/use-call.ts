import type { Call } from '@waterbus/client';
import { useEffect, useReducer } from 'react';

/** Renders again after every change of the call; its properties are read while rendering. */
export function useCall(call: Call): void {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = call.on('change', renderAgain);
    // The call may have changed between rendering and listening.
    renderAgain();
    return stop;
  }, [call]);
}
