import type { ActiveSpeaker, Call, ConnectionState, RemoteParticipant } from '@waterbus/client';
import { useCallback, useEffect, useReducer, useSyncExternalStore } from 'react';

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

/** All other participants, in the order of joining. */
export function useParticipants(call: Call): readonly RemoteParticipant[] {
  return useProperty(call, () => call.participants);
}

/** Those who speak, this user included; the main speaker first. */
export function useActiveSpeakers(call: Call): readonly ActiveSpeaker[] {
  return useProperty(call, () => call.activeSpeakers);
}

/** The connection of the call; renders again when it changes. */
export function useConnection(call: Call): ConnectionState {
  return useProperty(call, () => call.connection);
}

/** Renders again when this property is another value: arrays of the call are new after changes. */
function useProperty<T>(call: Call, read: () => T): T {
  const subscribe = useCallback((changed: () => void) => call.on('change', changed), [call]);
  return useSyncExternalStore(subscribe, read, read);
}
