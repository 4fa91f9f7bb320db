import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
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
      title: t`Meeting`,
      cell: ({ code, title }) => (
        <>
          {title}
          <span className="admin-sub">{code}</span>
        </>
      ),
    },
    { title: t`Participants`, kind: 'number', cell: ({ participants }) => participants },
    { title: t`Since`, cell: ({ since }) => momentOf(since) },
    {
      title: t`Servers`,
      cell: ({ homeNodes, mediaNodes }) => (
        <>
          {homeNodes.join(', ') || '–'}
          <span className="admin-sub">{mediaNodes.join(', ')}</span>
        </>
      ),
    },
    {
      title: t`Actions`,
      kind: 'actions',
      cell: ({ code, title }) => (
        <span className="admin-buttons">
          <Link to={`/admin/quality?code=${code}`} className="button small">
            <Trans>
              Quality<span className="visually-hidden"> of {title}</span>
            </Trans>
          </Link>
          <ChangeButton
            label={t`End call`}
            name={t`End the call of ${title}`}
            question={t`End the call of “${title}” for everyone?`}
            change={end(code)}
            done={t`The call has ended`}
          />
        </span>
      ),
    },
  ];
  return (
    <Section title={t`Live meetings`} actions={<Reload answer={pages} />}>
      {pages.items && (
        <DataTable
          label={t`Live meetings`}
          columns={columns}
          rows={pages.items}
          id={({ code }) => code}
          empty={t`No call is running.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
