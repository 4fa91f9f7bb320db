import { t } from '@lingui/core/macro';
import type { ServerStorage } from '@waterbus/client';
import { fileSize } from '../language/file-size.js';
import { formats } from '../language/language.js';
import { administration } from './administration.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Section, Waiting } from './section.js';
import { useAnswer } from './use-answer.js';

export function StorageSection() {
  const answer = useAnswer(() => administration.storage());
  const { value } = answer;
  return (
    <Section
      title={t`Storage`}
      {...(value && {
        text:
          value.database === 'embedded'
            ? t`Embedded database, ${{ size: fileSize(value.bytes) }} in all.`
            : t`PostgreSQL, ${{ size: fileSize(value.bytes) }} in all.`,
      })}
    >
      <Waiting answer={answer} />
      {value && (
        <>
          {value.avatars !== undefined && <p>{picturesOf(value.avatars)}</p>}
          {value.files && <p>{filesOf(value.files)}</p>}
          <DataTable
            label={t`Tables`}
            columns={columns()}
            rows={value.tables}
            id={({ name }) => name}
            empty={t`No tables.`}
          />
        </>
      )}
    </Section>
  );
}

const columns = (): Column<ServerStorage['tables'][number]>[] => [
  { title: t`Table`, cell: ({ name }) => <code>{name}</code> },
  { title: t`Size`, kind: 'number', cell: ({ bytes }) => fileSize(bytes) },
  { title: t`Rows`, kind: 'number', cell: ({ rows }) => (rows === null ? '–' : rows.toLocaleString(formats())) },
  { title: t`Oldest row`, cell: ({ oldest }) => momentOf(oldest ?? null) },
];

function filesOf({ count, bytes, most }: NonNullable<ServerStorage['files']>): string {
  const number = count.toLocaleString(formats());
  return t`Files in chats: ${number}, ${{ size: fileSize(bytes) }} of ${{ most: fileSize(most) }}.`;
}

function picturesOf(avatars: NonNullable<ServerStorage['avatars']> | null): string {
  if (avatars === null) return t`Profile pictures: their storage does not respond.`;
  const { count, bytes, complete } = avatars;
  const size = fileSize(bytes);
  const number = count.toLocaleString(formats());
  return complete ? t`Profile pictures: ${number}, ${size}.` : t`Profile pictures: more than ${number}, ${size}.`;
}
