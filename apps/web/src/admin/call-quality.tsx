import type { MeetingCall, QualityMinute } from '@waterbus/client';
import { administration } from './administration.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf, percentOf } from './moments.js';
import { isPoor, type QualityRow, qualityRows } from './quality-rows.js';
import { Waiting } from './section.js';
import { useAnswer } from './use-answer.js';

/** A call, with a strip of its minutes for each participant, and the same as tables. */
export function CallQuality({ code, call }: { code: string; call: MeetingCall }) {
  const answer = useAnswer(() => minutesOf(code, call));
  const { value } = answer;
  const rows = value && qualityRows(value.minutes);
  return (
    <>
      <h2>Call of {momentOf(call.startedAt)}</h2>
      <Waiting answer={answer} />
      {value?.more && (
        <p className="admin-text">Only the first {value.minutes.length} minutes of participants are shown.</p>
      )}
      {rows && (
        <>
          {rows.length > 0 && <Legend />}
          <DataTable
            label="Quality by participant"
            columns={columns}
            rows={rows}
            id={({ participantId }) => participantId}
            empty="No minute of this call was recorded. A call is measured once a minute."
          />
          {rows.map((row) => (
            <details key={row.participantId} className="admin-minutes">
              <summary>Minutes of {row.name}</summary>
              <DataTable
                label={`Minutes of ${row.name}`}
                columns={minuteColumns}
                rows={row.minutes}
                id={({ at }) => at}
                empty=""
              />
            </details>
          ))}
        </>
      )}
    </>
  );
}

function Legend() {
  return (
    <ul className="quality-legend" aria-label="Colours of the strip">
      {QUALITIES.map((quality) => (
        <li key={quality}>
          <span className="quality-cell" data-quality={quality} />
          {WORDS[quality]}
        </li>
      ))}
    </ul>
  );
}

const columns: Column<QualityRow>[] = [
  { title: 'Participant', cell: ({ name }) => name },
  {
    title: 'Minutes',
    cell: ({ cells, poorMinutes, minutes, name }) => (
      <span
        className="quality-strip"
        role="img"
        aria-label={`${name}: ${poorMinutes} of ${minutes.length} minutes poor`}
      >
        {cells.map((minute, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the column of the call
            key={index}
            className="quality-cell"
            data-quality={minute?.quality ?? 'absent'}
            title={minute && `${timeOf(minute)} ${WORDS[minute.quality]}`}
          />
        ))}
      </span>
    ),
  },
  { title: 'Poor', kind: 'number', cell: ({ poorMinutes, minutes }) => `${poorMinutes} of ${minutes.length}` },
  { title: 'Side', cell: ({ side }) => (side === undefined ? '–' : SIDES[side]) },
  { title: 'Loss up', kind: 'number', cell: ({ uploadLoss }) => percentOf(uploadLoss ?? null) },
  { title: 'Loss down', kind: 'number', cell: ({ downloadLoss }) => percentOf(downloadLoss ?? null) },
  { title: 'RTT', kind: 'number', cell: ({ roundTripTime }) => millisecondsOf(roundTripTime ?? null) },
];

const minuteColumns: Column<QualityMinute>[] = [
  { title: 'Minute', cell: timeOf },
  {
    title: 'Quality',
    cell: (minute) => <span className={isPoor(minute) ? 'admin-bad' : undefined}>{WORDS[minute.quality]}</span>,
  },
  { title: 'Side', cell: ({ side }) => SIDES[side] },
  { title: 'Way', cell: ({ way }) => (way === null ? '–' : WAYS[way]) },
  { title: 'Loss up', kind: 'number', cell: ({ uploadLoss }) => percentOf(uploadLoss) },
  { title: 'Loss down', kind: 'number', cell: ({ downloadLoss }) => percentOf(downloadLoss) },
  { title: 'RTT', kind: 'number', cell: ({ roundTripTime }) => millisecondsOf(roundTripTime) },
];

async function minutesOf(code: string, call: MeetingCall): Promise<{ minutes: QualityMinute[]; more: boolean }> {
  const minute = 60_000;
  const from = new Date(Math.floor(Date.parse(call.startedAt) / minute) * minute).toISOString();
  // The last reading of a participant may follow the end by a moment.
  const to = new Date((call.endedAt === null ? Date.now() : Date.parse(call.endedAt)) + minute).toISOString();
  const minutes: QualityMinute[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const next = await administration.quality(code, { from, to, limit: LONGEST_PAGE, ...(cursor && { cursor }) });
    minutes.push(...next.items);
    if (next.nextCursor === null) return { minutes, more: false };
    cursor = next.nextCursor;
  }
  return { minutes, more: true };
}

function timeOf({ at }: QualityMinute): string {
  return new Date(at).toLocaleTimeString('en', { timeStyle: 'short' });
}

function millisecondsOf(time: number | null): string {
  return time === null ? '–' : `${Math.round(time)} ms`;
}

const LONGEST_PAGE = 1000;

/** A call of a hundred people for an hour is not drawn in full. */
const MOST_PAGES = 5;

const QUALITIES: QualityMinute['quality'][] = ['excellent', 'good', 'poor', 'lost'];

const WORDS: Record<QualityMinute['quality'], string> = {
  excellent: 'Excellent',
  good: 'Good',
  poor: 'Poor',
  lost: 'Lost',
};

const SIDES: Record<QualityMinute['side'], string> = {
  none: 'Nobody’s',
  upload: 'Their upload',
  download: 'Their download',
  server: 'The server',
  device: 'Their device',
  publisher: 'Other senders',
};

const WAYS: Record<NonNullable<QualityMinute['way']>, string> = { udp: 'UDP', tcp: 'TCP', relay: 'Relay' };
