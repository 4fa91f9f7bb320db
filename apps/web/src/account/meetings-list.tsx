import { plural, t } from '@lingui/core/macro';
import type { MemberMeeting } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import { formats } from '../language/language.js';
import { Link } from '../routing/link.js';
import { meetingPath, placePath } from '../routing/route.js';
import { LoadMore } from './load-more.js';
import type { Pages } from './use-pages.js';

/** "Your meetings": each with the user's role, and the numbers of unread messages and mentions. */
export function MeetingsList({ pages, empty }: { pages: Pages<MemberMeeting>; empty: string }) {
  const list = useRef<HTMLUListElement>(null);
  const focusFrom = useRef<number>(undefined);
  const count = pages.items?.length ?? 0;
  useEffect(() => {
    const first = focusFrom.current;
    if (first === undefined || count <= first) return;
    focusFrom.current = undefined;
    // The button may disappear with the last page, and with it the focus of a keyboard user.
    list.current?.children[first]?.querySelector('a')?.focus();
  }, [count]);
  return (
    <>
      {count > 0 && (
        <ul className="list" ref={list}>
          {pages.items?.map((meeting) => (
            <MeetingRow key={meeting.code} meeting={meeting} />
          ))}
        </ul>
      )}
      {pages.items && count === 0 && <p className="list-empty">{empty}</p>}
      <LoadMore
        pages={pages}
        onMore={() => {
          focusFrom.current = count;
        }}
      />
    </>
  );
}

function MeetingRow({ meeting }: { meeting: MemberMeeting }) {
  const { role, unread = 0, mentions = 0 } = meeting.membership ?? {};
  return (
    <li className="row">
      <Link to={placePath(meeting.code)} className="row row-link">
        <span className="row-text">
          <span className="row-title">{meeting.title}</span>
          <span className="row-detail">
            {[meeting.code, role && role !== 'member' && roleNames()[role], startOf(meeting)]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
        {mentions > 0 && (
          <span className="unread mentions">
            <bdi>
              <span aria-hidden="true">@</span>
              {shownCount(mentions)}
            </bdi>
            <span className="visually-hidden">
              {' '}
              {plural(mentions, { one: 'message that mentions you', other: 'messages that mention you' })}
            </span>
          </span>
        )}
        {unread > 0 && (
          <span className="unread">
            {shownCount(unread)}
            <span className="visually-hidden">
              {' '}
              {plural(unread, { one: 'unread message', other: 'unread messages' })}
            </span>
          </span>
        )}
      </Link>
      {meeting.archivedAt === null && (
        <Link to={meetingPath(meeting.code)} className="button small">
          {t`Join`}
        </Link>
      )}
    </li>
  );
}

function shownCount(count: number): string {
  return count > MOST_SHOWN ? `${MOST_SHOWN}+` : `${count}`;
}

/** Undefined once it is over. */
function startOf({ scheduledStart }: MemberMeeting): string | undefined {
  const at = scheduledStart === null ? undefined : new Date(scheduledStart);
  return at && at.getTime() > Date.now()
    ? at.toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' })
    : undefined;
}

const roleNames = () => ({ host: t`Host`, moderator: t`Moderator`, member: t`Member` });

/** More digits add no information. */
const MOST_SHOWN = 99;
