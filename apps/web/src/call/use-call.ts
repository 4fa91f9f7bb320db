import type { Call, CloseReason } from '@waterbus/client';
import { useEffect, useReducer, useRef } from 'react';
import { toast } from '../parts/toasts.js';

/** Renders again after every change of the call; its properties are read while rendering. */
export function useCall(call: Call): void {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = call.on('change', renderAgain);
    // What changed between rendering and listening.
    renderAgain();
    return stop;
  }, [call]);
}

/** Leaves with the page's view of the call, and tells when the call is over for any reason. */
export function useCallsEnd(call: Call, onOver: (reason: CloseReason) => void): void {
  const latest = useRef(onOver);
  useEffect(() => {
    latest.current = onOver;
  });
  useEffect(() => {
    window.waterbus = { call };
    const stop = call.on('closed', (reason) => latest.current(reason));
    if (call.closeReason) latest.current(call.closeReason);
    return () => {
      stop();
      delete window.waterbus;
    };
  }, [call]);
}

/** Says who comes and goes. */
export function useComingsAndGoings(call: Call): void {
  useEffect(() => {
    const stops = [
      call.on('participant.joined', ({ name }) => toast(`${name} joined`)),
      call.on('participant.left', ({ name }, reason) =>
        toast(`${name} ${reason === 'kicked' ? 'was removed' : 'left'}`),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call]);
}
