import { t } from '@lingui/core/macro';
import { QueryClientProvider } from '@tanstack/react-query';
import type { MemberMeeting } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { queries } from '../queries.js';
import { account } from '../sign-in/account.js';
import { useAccount } from '../sign-in/use-account.js';
import { InvitationsList } from './invitations-list.js';
import { MeetingsList } from './meetings-list.js';
import { NextDates } from './next-dates.js';
import { usePages } from './use-pages.js';
import '../styles/account.css';

/** The home page's part for signed-in users. */
export function YourMeetings() {
  const { user, userId } = useAccount();
  const pages = usePages((cursor) => account.meetings({ cursor, limit: MEETINGS_AT_ONCE }), codeOfMeeting);
  useWhileVisible(() => void pages.renew(), MINUTE);
  return (
    <QueryClientProvider client={queries}>
      <div className="your-meetings">
        {/* Invitations are sent to addresses: only users with a verified address have any. */}
        {user?.emailVerified && <InvitationsList onAccepted={() => void pages.reload()} />}
        {userId && <NextDates userId={userId} />}
        <section aria-labelledby="meetings-heading">
          <h1 id="meetings-heading">{t`Your meetings`}</h1>
          <MeetingsList
            pages={pages}
            empty={t`None yet. Meetings that you create or become a member of are listed here.`}
          />
        </section>
        <EndedMeetings />
      </div>
    </QueryClientProvider>
  );
}

/** The archived meetings, whose pages stay readable; read when they are opened. */
function EndedMeetings() {
  const [open, setOpen] = useState(false);
  return (
    <details className="ended-meetings" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t`Ended meetings`}</summary>
      {open && <EndedList />}
    </details>
  );
}

function EndedList() {
  const pages = usePages(
    (cursor) => account.meetings({ cursor, limit: MEETINGS_AT_ONCE, archived: true }),
    codeOfMeeting,
  );
  return <MeetingsList pages={pages} empty={t`No meeting has ended for everyone yet.`} />;
}

const codeOfMeeting = ({ code }: MemberMeeting) => code;

/** Calls when the page becomes visible, and then after each interval in milliseconds while it is. */
function useWhileVisible(act: () => void, interval: number): void {
  const last = useRef(act);
  last.current = act;
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') last.current();
    };
    const timer = setInterval(look, interval);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [interval]);
}

/** Milliseconds: the order of the list is exact to the minute. */
const MINUTE = 60_000;

/** Enough to fill a phone's screen, while the content below stays near. */
const MEETINGS_AT_ONCE = 8;
