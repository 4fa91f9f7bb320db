import type { Call, WaitingParticipant } from '@waterbus/client';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Waiting {
  /** In the order of arrival. */
  list: readonly WaitingParticipant[];
  readAgain: () => Promise<void>;
}

/** The people in the waiting room, for users that may admit them. */
export function useWaiting(call: Call): Waiting {
  const [list, setList] = useState<readonly WaitingParticipant[]>([]);
  const { moderate } = call.grants;
  const requested = useRef(0);
  const readAgain = useCallback(async () => {
    requested.current += 1;
    const question = requested.current;
    // After a failure, the list is read with the next change.
    const now = moderate ? await call.moderation.waiting().catch(() => undefined) : [];
    // Answers may overtake each other.
    if (!now || question !== requested.current) return;
    setList(now);
  }, [call, moderate]);
  useEffect(() => {
    const stops = [
      call.on('meeting', (event) => event.type === 'waiting.changed' && void readAgain()),
      // Events are not sent later (R1).
      call.on('connection', (connection) => connection === 'connected' && void readAgain()),
    ];
    void readAgain();
    return () => {
      requested.current += 1;
      for (const stop of stops) stop();
    };
  }, [call, readAgain]);
  return { list, readAgain };
}
