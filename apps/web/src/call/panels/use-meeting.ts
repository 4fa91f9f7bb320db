import type { Call, Meeting } from '@waterbus/client';
import { useEffect, useState } from 'react';

/** The meeting with its settings as they are now, undefined until it is known; and taking over what another answer says. */
export function useMeeting(call: Call): [Meeting | undefined, (meeting: Meeting) => void] {
  const [meeting, setMeeting] = useState<Meeting>();
  useEffect(() => {
    let over = false;
    const read = () =>
      // What cannot be read now is read with the next connection, or told with the next change.
      call.meeting().then(
        (now) => !over && setMeeting(now),
        () => {},
      );
    const stops = [
      call.on('meeting', (event) => event.type === 'meeting.updated' && setMeeting(event.meeting)),
      // Nothing is told later (R1).
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
