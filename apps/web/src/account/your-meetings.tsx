import { t } from '@lingui/core/macro';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
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
  const pages = usePages((cursor) => account.meetings({ cursor, limit: MEETINGS_AT_ONCE }));
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
  const pages = usePages((cursor) => account.meetings({ cursor, limit: MEETINGS_AT_ONCE, archived: true }));
  return <MeetingsList pages={pages} empty={t`No meeting has ended for everyone yet.`} />;
}

/** Enough to fill a phone's screen, while the content below stays near. */
const MEETINGS_AT_ONCE = 8;
