import type { Call, Meeting } from '@waterbus/client';
import { useEffect, useState } from 'react';

/**
 * The meeting with its current settings, undefined until it is known, and a function that applies
 * another answer.
 */
export function useMeeting(call: Call): [Meeting | undefined, (meeting: Meeting) => void] {
  const [meeting, setMeeting] = useState<Meeting>();
  useEffect(() => {
    let over = false;
    const read = () =>
      // After a failure, the meeting is read with the next connection, or arrives with the next
      // change.
      call.meeting().then(
        (now) => !over && setMeeting(now),
        () => {},
      );
    const stops = [
      call.on('meeting', (event) => event.type === 'meeting.updated' && setMeeting(event.meeting)),
      // Events are not sent later (R1).
      call.on('connection', (connection) => connection === 'connected' && void read()),
    ];
    void read();
    return () => {
      over = true;
      for (const stop of stops) stop();
    };
  }, [call]);
  return [meeting, setMeeting];
}
