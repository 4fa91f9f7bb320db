import '../../styles/breakouts.css';
import { t } from '@lingui/core/macro';
import { breakoutsOf, type Call } from '@waterbus/client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { currentCall } from '../../storage/current-call.js';
import { RoomInvitation } from './room-invitation.js';
import { RoomsDialog } from './rooms-dialog.js';
import { goTo } from './use-rooms.js';
import { clockText, useTimeLeft } from './use-time-left.js';

/**
 * All that a call shows of its breakout rooms: a bar with the way there and back, the invitation to
 * the own room, and messages. Brings the user back when the rooms are closed.
 */
export default function BreakoutsLayer(props: {
  call: Call;
  isOpen: boolean;
  onOpen: () => void;
  onClose: () => void;
}) {
  const { call, isOpen, onOpen, onClose } = props;
  const { breakouts, breakoutId } = call;
  const left = useTimeLeft(breakouts);
  const { assigned, invited, answer } = useAssignment(call);
  useReturn(call, left);
  useNotices(call);
  const nameOf = (id: string | undefined) => breakouts?.rooms.find((room) => room.id === id)?.name;
  const here = nameOf(breakoutId);
  const own = nameOf(assigned);
  return (
    <>
      <div className="breakouts-bar" role="status">
        {breakouts && (
          <section aria-label={t`Breakout rooms`}>
            <p>
              {breakoutId === undefined ? t`Breakout rooms are open` : here}
              {left !== undefined && (
                <span className="breakouts-time" aria-hidden="true">
                  {clockText(left)}
                </span>
              )}
            </p>
            {breakoutId === undefined ? (
              <>
                {own && assigned && (
                  <BarButton onClick={() => goTo(call, assigned)}>{t`Join ${{ room: own }}`}</BarButton>
                )}
                {(call.grants.moderate || breakouts.choice) && <BarButton onClick={onOpen}>{t`Rooms`}</BarButton>}
              </>
            ) : (
              <>
                {call.grants.moderate ? <BarButton onClick={onOpen}>{t`Rooms`}</BarButton> : <HelpButton call={call} />}
                <BarButton onClick={() => goTo(call, null)}>{t`Main room`}</BarButton>
              </>
            )}
          </section>
        )}
      </div>
      {invited && nameOf(invited) && (
        <RoomInvitation
          key={invited}
          name={nameOf(invited)!}
          onJoin={() => {
            answer();
            void goTo(call, invited);
          }}
          onLater={answer}
        />
      )}
      {isOpen && <RoomsDialog call={call} left={left} onClose={onClose} />}
    </>
  );
}

function BarButton({ onClick, children }: { onClick: () => unknown; children: React.ReactNode }) {
  return (
    <button type="button" className="small-button" onClick={() => void onClick()}>
      {children}
    </button>
  );
}

function HelpButton({ call }: { call: Call }) {
  const ask = () =>
    breakoutsOf(call)
      .askForHelp()
      .then(
        () => toast(t`The moderators were asked to come`),
        (error) => toast(messageOf(error)),
      );
  return <BarButton onClick={ask}>{t`Ask for help`}</BarButton>;
}

/** The user's own room, and the one to which they are invited now. */
function useAssignment(call: Call) {
  const rooms = useMemo(() => breakoutsOf(call), [call]);
  const [assigned, setAssigned] = useState<string>();
  const [invited, setInvited] = useState<string>();
  const { breakouts, breakoutId } = call;
  const opened = breakouts?.openedAt;
  /** The invitation that was answered: an outage does not bring it again. */
  const known = useRef<string>(undefined);
  const isConnected = call.connection === 'connected';
  // Also of events that came before this part of the page was loaded, or during an outage.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rooms have other assignments.
  useEffect(() => {
    if (!isConnected) return;
    rooms.people().then(
      (people) => {
        setAssigned(people.assigned ?? undefined);
        const isNews = people.assigned !== null && people.assigned !== known.current;
        if (isNews && call.breakoutId === undefined) setInvited(people.assigned ?? undefined);
      },
      () => {},
    );
  }, [rooms, opened, isConnected, call]);
  useEffect(
    () =>
      call.on('meeting', (event) => {
        if (event.type === 'breakouts.changed' && !event.breakouts) {
          setAssigned(undefined);
          setInvited(undefined);
        }
        if (event.type !== 'breakouts.assigned') return;
        const own = event.assignments[call.local.id];
        if (own === undefined) return;
        setAssigned(own ?? undefined);
        setInvited(own !== null && own !== call.breakoutId ? own : undefined);
        if (own === null && call.breakoutId !== undefined) {
          toast(t`A moderator moved you to the main room`);
          void goTo(call, null);
        }
      }),
    [call],
  );
  useEffect(() => {
    currentCall.noteBreakout(call.breakoutToken);
    if (breakoutId !== undefined) known.current = breakoutId;
    if (breakoutId !== undefined) setInvited((before) => (before === breakoutId ? undefined : before));
  }, [call, breakoutId]);
  const answer = () => {
    known.current = invited;
    setInvited(undefined);
  };
  return { assigned, invited, answer };
}

/** Leads back to the main room when the rooms are closed or the time is over, a minute after a warning. */
function useReturn(call: Call, left: number | undefined): void {
  // One condition: at the end of the time the rooms are over, and closed a moment later.
  const areOver = call.breakouts === undefined || left === 0;
  const isThere = call.breakoutId !== undefined;
  const returns = isThere && areOver;
  useEffect(() => {
    if (returns) void goTo(call, null);
  }, [call, returns]);
  // Also where another join led there, after a time without the server.
  const wasThere = useRef(false);
  useEffect(() => {
    if (wasThere.current && !isThere && areOver)
      toast(t`The breakout rooms are closed. You are back in the main room.`);
    wasThere.current = isThere;
  }, [isThere, areOver]);
  const warned = useRef<string>(undefined);
  const end = call.breakouts?.endsAt;
  useEffect(() => {
    if (left === undefined || left > WARNING || left === 0 || !end || warned.current === end) return;
    warned.current = end;
    toast(left > WARNING - 5 ? t`The breakout rooms close in one minute` : t`The breakout rooms are about to close`);
  }, [left, end]);
}

/** Messages to all rooms, and calls for help. */
function useNotices(call: Call): void {
  useEffect(
    () =>
      call.on('meeting', (event) => {
        if (event.type === 'breakouts.message')
          toast(t`${{ name: event.name }}: ${{ text: event.text }}`, { lasting: true });
        if (event.type !== 'breakouts.help' || event.breakoutId === call.breakoutId) return;
        const room = call.breakouts?.rooms.find(({ id }) => id === event.breakoutId);
        if (!room) return;
        const act = () => {
          takeAway();
          void goTo(call, room.id);
        };
        const takeAway = toast(t`${{ name: event.name }} asks for help in “${{ room: room.name }}”`, {
          lasting: true,
          actions: [{ label: t`Join`, name: t`Join ${{ room: room.name }}`, act }],
        });
      }),
    [call],
  );
}

/** Seconds. */
const WARNING = 60;
