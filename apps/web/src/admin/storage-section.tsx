import type { ServerStorage } from '@waterbus/client';
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
      title="Storage"
      {...(value && {
        text: `${value.database === 'embedded' ? 'Embedded database' : 'PostgreSQL'}, ${sizeOf(value.bytes)} in all.`,
      })}
    >
      <Waiting answer={answer} />
      {value && (
        <>
          {value.avatars !== undefined && <p>{picturesOf(value.avatars)}</p>}
          <DataTable label="Tables" columns={columns} rows={value.tables} id={({ name }) => name} empty="No tables." />
        </>
      )}
    </Section>
  );
}

const columns: Column<ServerStorage['tables'][number]>[] = [
  { title: 'Table', cell: ({ name }) => <code>{name}</code> },
  { title: 'Size', kind: 'number', cell: ({ bytes }) => sizeOf(bytes) },
  { title: 'Rows', kind: 'number', cell: ({ rows }) => (rows === null ? '–' : rows.toLocaleString('en')) },
  { title: 'Oldest row', cell: ({ oldest }) => momentOf(oldest ?? null) },
];

function picturesOf(avatars: NonNullable<ServerStorage['avatars']> | null): string {
  if (avatars === null) return 'Profile pictures: their storage does not respond.';
  const { count, bytes, complete } = avatars;
  return `Profile pictures: ${complete ? '' : 'more than '}${count.toLocaleString('en')}, ${sizeOf(bytes)}.`;
}

function sizeOf(bytes: number): string {
  if (bytes < 100_000) return `${(bytes / 1000).toFixed(1)} kB`;
  const megabytes = bytes / 1_000_000;
  return megabytes >= 1000 ? `${(megabytes / 1000).toFixed(1)} GB` : `${megabytes.toFixed(1)} MB`;
}
