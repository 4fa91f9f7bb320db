import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { ScheduledMeeting } from '@waterbus/client';
import { timeRange } from '../meeting/times.js';
import { Link } from '../routing/link.js';
import { meetingPath, placePath } from '../routing/route.js';
import { account } from '../sign-in/account.js';

/** The next dates of the user's meetings; nothing while there are none. A failure shows in the list below. */
export function NextDates({ userId }: { userId: string }) {
  const { data } = useQuery({
    queryKey: ['schedule', userId],
    queryFn: () => account.schedule({ limit: DATES_READ }),
    // A date may begin, or end, while the page is open.
    refetchInterval: MINUTE,
  });
  if (!data?.length) return null;
  const now = Date.now();
  return (
    <section className="next-dates" aria-labelledby="next-heading">
      <h2 id="next-heading">{t`Next`}</h2>
      <ul className="list">
        {nextOfEach(data).map(({ start, end, meeting }) => (
          <li key={meeting.code} className="row">
            <Link to={placePath(meeting.code)} className="row row-link">
              <span className="row-text">
                <span className="row-title">{meeting.title}</span>
                <time className="row-detail" dateTime={start}>
                  {Date.parse(start) <= now
                    ? t`Now, until ${{ time: timeRange({ start: end, end }) }}`
                    : timeRange({ start, end })}
                </time>
              </span>
            </Link>
            <Link to={meetingPath(meeting.code)} className="button small">
              {t`Join`}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A meeting of every day must not hide the others. */
function nextOfEach(dates: readonly ScheduledMeeting[]): ScheduledMeeting[] {
  const codes = new Set<string>();
  return dates
    .filter(({ meeting: { code } }) => {
      const isFirst = !codes.has(code);
      codes.add(code);
      return isFirst;
    })
    .slice(0, MEETINGS_SHOWN);
}

const DATES_READ = 50;
const MEETINGS_SHOWN = 4;

/** Milliseconds. */
const MINUTE = 60_000;
