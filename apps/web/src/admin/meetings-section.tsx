import type { LiveMeeting } from '@waterbus/client';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { Link } from '../routing/link.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Reload, Section } from './section.js';

/** The running calls. */
export function MeetingsSection() {
  const pages = usePages((cursor) => administration.liveMeetings({ cursor }));
  const end = (code: string) => async () => {
    await administration.endCall(code);
    await pages.reload();
  };
  const columns: Column<LiveMeeting>[] = [
    {
      title: 'Meeting',
      cell: ({ code, title }) => (
        <>
          {title}
          <span className="admin-sub">{code}</span>
        </>
      ),
    },
    { title: 'Participants', kind: 'number', cell: ({ participants }) => participants },
    { title: 'Since', cell: ({ since }) => momentOf(since) },
    {
      title: 'Servers',
      cell: ({ homeNodes, mediaNodes }) => (
        <>
          {homeNodes.join(', ') || '–'}
          <span className="admin-sub">{mediaNodes.join(', ')}</span>
        </>
      ),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ code, title }) => (
        <span className="admin-buttons">
          <Link to={`/admin/quality?code=${code}`} className="button small">
            Quality<span className="visually-hidden"> of {title}</span>
          </Link>
          <ChangeButton
            label="End call"
            name={`End the call of ${title}`}
            question={`End the call of “${title}” for everyone?`}
            change={end(code)}
            done="The call has ended"
          />
        </span>
      ),
    },
  ];
  return (
    <Section title="Live meetings" actions={<Reload answer={pages} />}>
      {pages.items && (
        <DataTable
          label="Live meetings"
          columns={columns}
          rows={pages.items}
          id={({ code }) => code}
          empty="No call is running."
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
