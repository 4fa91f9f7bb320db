import { type BreakoutPeople, breakoutsOf, type Call, WaterbusError } from '@waterbus/client';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';

/** The people of the call by room, read again when somebody goes to another one. */
export function usePeopleByRoom(call: Call): { people: BreakoutPeople | undefined; readAgain: () => void } {
  const rooms = useMemo(() => breakoutsOf(call), [call]);
  const [people, setPeople] = useState<BreakoutPeople>();
  const readAgain = useCallback(() => {
    // A failed attempt is repeated with the next change.
    rooms.people().then(setPeople, () => {});
  }, [rooms]);
  useEffect(() => {
    readAgain();
    let due: ReturnType<typeof setTimeout> | undefined;
    // The room shows a participant once its client has joined; many go at once.
    const soon = () => {
      clearTimeout(due);
      due = setTimeout(readAgain, SETTLED);
    };
    const timer = setInterval(readAgain, INTERVAL);
    const stops = [
      call.on('meeting', ({ type }) => {
        if (type.startsWith('breakouts.')) soon();
      }),
      call.on('participant.joined', soon),
      call.on('participant.left', soon),
      call.on('room', soon),
    ];
    return () => {
      clearTimeout(due);
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [call, readAgain]);
  return { people, readAgain };
}

/**
 * Goes to a room (null: the main room), also after a connection that is being restored; not once the
 * user wants another room. The main room is attempted until the server serves the request: the rooms
 * may be closed, and nobody else brings the user back.
 */
export async function goTo(call: Call, breakoutId: string | null): Promise<void> {
  const wish = {};
  wishes.set(call, wish);
  await attempt(call, breakoutId, wish);
}

async function attempt(call: Call, breakoutId: string | null, wish: object): Promise<void> {
  if (wishes.get(call) !== wish) return;
  if ((call.breakoutId ?? null) === breakoutId || call.connection === 'closed') return;
  try {
    await call.moveTo(breakoutId);
  } catch (error) {
    const code = error instanceof WaterbusError ? error.code : undefined;
    const passing = code === 'network.unreachable' || (breakoutId === null && code && BUSY.includes(code));
    if (!passing) toast(messageOf(error));
    else if (call.connection === 'connected') setTimeout(() => void attempt(call, breakoutId, wish), AGAIN);
    else {
      const stop = call.on('connection', (state) => {
        if (state !== 'connected') return;
        stop();
        void attempt(call, breakoutId, wish);
      });
    }
  }
}

/** The last wish of the user in each call. */
const wishes = new WeakMap<Call, object>();

/** Refusals that concern the server's moment. */
const BUSY: readonly WaterbusError['code'][] = [
  ...(['server.unavailable', 'server.draining', 'server.busy', 'server.internal'] as const),
  'request.rate_limited',
];

/** Milliseconds. */
const SETTLED = 700;
const INTERVAL = 15_000;
const AGAIN = 2_000;
