import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import { CalendarPlus, Link as LinkIcon, Share2 } from 'lucide-react';
import { useState } from 'react';
import { useSubmission } from '../account/use-submission.js';
import { canShareLink, shareMeetingLink } from '../meeting/copy-link.js';
import { meetingLink } from '../meeting/meeting-link.js';
import { repetitionText, timeRange } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { QrCode } from '../parts/qr-code.js';
import { focusHeading } from './focus-heading.js';
import { saveFile } from './save-file.js';
import { ScheduleForm } from './schedule-form.js';
import { usePlace } from './use-place.js';

/** The link of the meeting, and its dates. */
export function OverviewSection() {
  const { archived } = usePlace();
  if (archived)
    return <p className="place-text">{t`This meeting has ended for everyone. Members can still read its chat.`}</p>;
  return (
    <div className="place-columns">
      <Dates />
      <Invite />
    </div>
  );
}

function Invite() {
  const { meeting } = usePlace();
  const link = meetingLink(window.location.origin, meeting.code);
  const shares = canShareLink();
  return (
    <section className="card" aria-labelledby="link-heading">
      <h2 id="link-heading">{t`Link to join`}</h2>
      <p className="place-link">{link}</p>
      <div className="account-buttons">
        <button
          type="button"
          className="button small"
          onClick={() => void shareMeetingLink(meeting.code, meeting.title)}
        >
          {shares ? <Share2 size={18} /> : <LinkIcon size={18} />}
          {shares ? t`Share link` : t`Copy link`}
        </button>
      </div>
      <QrCode text={link} label={t`QR code of the link`} />
      <p className="field-hint">{hintOf(meeting)}</p>
    </section>
  );
}

function hintOf({ settings, passwordRequired, waitingRoom }: ReturnType<typeof usePlace>['meeting']): string {
  if (settings.access === 'members') return t`Only members can open it. Add people on the People page.`;
  if (passwordRequired) return t`Guests also need the password.`;
  if (waitingRoom) return t`Guests wait until somebody lets them in.`;
  return t`Anyone with this link can join. No account is needed.`;
}

function Dates() {
  const { managed, meeting, moderates, key } = usePlace();
  const [editing, setEditing] = useState(moderates && !meeting.scheduledStart && window.location.hash === '#date');
  const { data: dates, error } = useQuery({
    queryKey: [...key, 'dates', meeting.scheduledStart, meeting.schedule],
    queryFn: () => managed.dates({ limit: SHOWN_DATES }),
    enabled: meeting.scheduledStart !== null,
  });
  const download = useSubmission(async () => {
    saveFile(`${meeting.code}.ics`, await managed.calendarFile(), 'text/calendar');
  });
  return (
    <section className="card" aria-labelledby="dates-heading">
      <h2 id="dates-heading" tabIndex={-1}>
        {t`Dates`}
      </h2>
      {editing ? (
        <ScheduleForm
          onDone={() => {
            focusHeading('dates-heading');
            setEditing(false);
          }}
        />
      ) : (
        <>
          {meeting.scheduledStart === null && (
            <p className="place-text">{t`No date is set. The meeting can be joined at any time.`}</p>
          )}
          {dates?.length === 0 && (
            <p className="place-text">{t`All dates are over. The meeting can still be joined.`}</p>
          )}
          {dates && dates.length > 0 && (
            <>
              {meeting.schedule?.repeats && <p className="place-text">{repetitionText(meeting.schedule)}</p>}
              <ol className="list">
                {dates.map((date) => (
                  <li key={date.start} className="place-date">
                    <time dateTime={date.start}>{timeRange(date)}</time>
                  </li>
                ))}
              </ol>
            </>
          )}
          <Failure of={error ?? download.failure} />
          <div className="account-buttons">
            {moderates && (
              <button type="button" className="button small" onClick={() => setEditing(true)}>
                {meeting.scheduledStart === null ? t`Set a date` : t`Change`}
              </button>
            )}
            {meeting.scheduledStart !== null && (
              <button
                type="button"
                className="button small"
                aria-disabled={download.busy}
                onClick={() => void download.run()}
              >
                <CalendarPlus size={18} />
                {t`Add to calendar`}
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

const SHOWN_DATES = 4;
