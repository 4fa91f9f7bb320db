import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { Attendance, MeetingCall } from '@waterbus/client';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useSubmission } from '../account/use-submission.js';
import { dateAndTime, durationText, timeOfDay } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { attendees } from './attendees.js';
import { saveFile } from './save-file.js';
import { usePlace } from './use-place.js';
import { ownZone } from './zoned-time.js';

/** The calls of the meeting, and who took part from when to when. */
export function HistorySection() {
  const { managed, key } = usePlace();
  const { data: calls, error } = useQuery({ queryKey: [...key, 'calls'], queryFn: () => managed.calls(lastYear()) });
  return (
    <section className="card" aria-labelledby="calls-heading">
      <h2 id="calls-heading">{t`Calls`}</h2>
      <p className="place-text">{t`Host and moderators see who took part. Guests appear with the name that they typed.`}</p>
      <Failure of={error ?? undefined} />
      {calls?.length === 0 && <p className="place-text">{t`There was no call yet.`}</p>}
      {calls && calls.length > 0 && (
        <ul className="list">
          {calls.map((call) => (
            <CallRow key={call.startedAt} call={call} />
          ))}
        </ul>
      )}
    </section>
  );
}

function CallRow({ call }: { call: MeetingCall }) {
  const { startedAt, endedAt } = call;
  const [open, setOpen] = useState(false);
  const length = endedAt === null ? t`running` : durationText(Date.parse(endedAt) - Date.parse(startedAt));
  return (
    <li>
      <details className="place-call" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="row-title">{dateAndTime(startedAt)}</span>
          <span className="row-detail">{length}</span>
        </summary>
        {open && <AttendanceOfCall call={call} />}
      </details>
    </li>
  );
}

function AttendanceOfCall({ call }: { call: MeetingCall }) {
  const { managed, meeting, key } = usePlace();
  const range = { from: call.startedAt, ...(call.endedAt !== null && { to: call.endedAt }) };
  const { data, error } = useQuery({
    queryKey: [...key, 'attendance', call.startedAt, call.endedAt],
    queryFn: () => managed.attendance(range),
  });
  const download = useSubmission(async () => {
    const text = await managed.attendanceFile({ ...range, timeZone: ownZone() });
    saveFile(`${meeting.code}-${call.startedAt.slice(0, 10)}.csv`, text, 'text/csv');
  });
  return (
    <div className="place-attendance">
      <Failure of={error ?? download.failure} />
      {data && <AttendanceTable stays={data} />}
      <button type="button" className="button small" aria-disabled={download.busy} onClick={() => void download.run()}>
        <Download size={18} />
        {t`Download as CSV`}
      </button>
    </div>
  );
}

function AttendanceTable({ stays }: { stays: readonly Attendance[] }) {
  return (
    <table className="place-table" aria-label={t`People in this call`}>
      <thead>
        <tr>
          <th scope="col">{t`Name`}</th>
          <th scope="col">{t`From – to`}</th>
          <th scope="col">{t`Time in the call`}</th>
        </tr>
      </thead>
      <tbody>
        {attendees(stays, Date.now()).map(({ key, name, stays, time }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td>
              {stays.map(({ participantId, joinedAt, leftAt }) => (
                <span key={participantId} className="place-stay">
                  {timeOfDay(joinedAt)} – {leftAt === null ? t`now` : timeOfDay(leftAt)}
                </span>
              ))}
            </td>
            <td>{durationText(time)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The calls of the last year: the server keeps as many by default. */
function lastYear(): { from: string } {
  return { from: new Date(Date.now() - 365 * 86_400_000).toISOString() };
}
