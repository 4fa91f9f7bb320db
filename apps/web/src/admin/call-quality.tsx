import { t } from '@lingui/core/macro';
import type { MeetingCall, QualityMinute } from '@waterbus/client';
import { formats } from '../language/language.js';
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
      <h2>{t`Call of ${{ date: momentOf(call.startedAt) }}`}</h2>
      <Waiting answer={answer} />
      {value?.more && (
        <p className="admin-text">{t`Only the first ${{ length: value.minutes.length }} minutes of participants are shown.`}</p>
      )}
      {rows && (
        <>
          {rows.length > 0 && <Legend />}
          <DataTable
            label={t`Quality by participant`}
            columns={columns()}
            rows={rows}
            id={({ participantId }) => participantId}
            empty={t`No minute of this call was recorded. A call is measured once a minute.`}
          />
          {rows.map((row) => (
            <details key={row.participantId} className="admin-minutes">
              <summary>{t`Minutes of ${{ name: row.name }}`}</summary>
              <DataTable
                label={t`Minutes of ${{ name: row.name }}`}
                columns={minuteColumns()}
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
    <ul className="quality-legend" aria-label={t`Colours of the strip`}>
      {QUALITIES.map((quality) => (
        <li key={quality}>
          <span className="quality-cell" data-quality={quality} />
          {words()[quality]}
        </li>
      ))}
    </ul>
  );
}

const columns = (): Column<QualityRow>[] => [
  { title: t`Participant`, cell: ({ name }) => name },
  {
    title: t`Minutes`,
    cell: ({ cells, poorMinutes, minutes, name }) => (
      <span
        className="quality-strip"
        role="img"
        aria-label={t`${name}: ${poorMinutes} of ${{ length: minutes.length }} minutes poor`}
      >
        {cells.map((minute, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the column of the call
            key={index}
            className="quality-cell"
            data-quality={minute?.quality ?? 'absent'}
            title={minute && `${timeOf(minute)} ${words()[minute.quality]}`}
          />
        ))}
      </span>
    ),
  },
  {
    title: t`Poor`,
    kind: 'number',
    cell: ({ poorMinutes, minutes }) => t`${poorMinutes} of ${{ length: minutes.length }}`,
  },
  { title: t`Side`, cell: ({ side }) => (side === undefined ? '–' : sides()[side]) },
  { title: t`Loss up`, kind: 'number', cell: ({ uploadLoss }) => percentOf(uploadLoss ?? null) },
  { title: t`Loss down`, kind: 'number', cell: ({ downloadLoss }) => percentOf(downloadLoss ?? null) },
  { title: 'RTT', kind: 'number', cell: ({ roundTripTime }) => millisecondsOf(roundTripTime ?? null) },
];

const minuteColumns = (): Column<QualityMinute>[] => [
  { title: t`Minute`, cell: timeOf },
  {
    title: t`Quality`,
    cell: (minute) => <span className={isPoor(minute) ? 'admin-bad' : undefined}>{words()[minute.quality]}</span>,
  },
  { title: t`Side`, cell: ({ side }) => sides()[side] },
  { title: t`Way`, cell: ({ way }) => (way === null ? '–' : ways()[way]) },
  { title: t`Loss up`, kind: 'number', cell: ({ uploadLoss }) => percentOf(uploadLoss) },
  { title: t`Loss down`, kind: 'number', cell: ({ downloadLoss }) => percentOf(downloadLoss) },
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
  return new Date(at).toLocaleTimeString(formats(), { timeStyle: 'short' });
}

function millisecondsOf(time: number | null): string {
  return time === null ? '–' : `${Math.round(time)} ms`;
}

const LONGEST_PAGE = 1000;

/** A call of a hundred people for an hour is not drawn in full. */
const MOST_PAGES = 5;

const QUALITIES: QualityMinute['quality'][] = ['excellent', 'good', 'poor', 'lost'];

const words = (): Record<QualityMinute['quality'], string> => ({
  excellent: t`Excellent`,
  good: t`Good`,
  poor: t`Poor`,
  lost: t`Lost`,
});

const sides = (): Record<QualityMinute['side'], string> => ({
  none: t`Nobody’s`,
  upload: t`Their upload`,
  download: t`Their download`,
  server: t`The server`,
  device: t`Their device`,
  publisher: t`Other senders`,
});

const ways = (): Record<NonNullable<QualityMinute['way']>, string> => ({ udp: 'UDP', tcp: 'TCP', relay: t`Relay` });
