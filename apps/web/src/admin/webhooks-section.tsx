import type { OwnedWebhook } from '@waterbus/client';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Reload, Section } from './section.js';

export function WebhooksSection() {
  const pages = usePages((cursor) => administration.webhooks({ cursor }));
  const columns: Column<OwnedWebhook>[] = [
    {
      title: 'Address',
      cell: ({ origin, events }) => (
        <>
          {origin}
          <span className="admin-sub">{events.length === 0 ? 'All events' : events.join(', ')}</span>
        </>
      ),
    },
    { title: 'Owner', cell: ({ owner }) => owner?.email ?? 'API_KEYS setting' },
    { title: 'State', cell: ({ enabled }) => (enabled ? 'On' : 'Off') },
    {
      title: 'Failures',
      cell: ({ failures, suspendedUntil }) => (
        <span className={failures > 0 ? 'admin-bad' : undefined}>
          {failures === 0 ? 'None' : `${failures} since the last success`}
          {suspendedUntil !== null && <span className="admin-sub">Suspended until {momentOf(suspendedUntil)}</span>}
        </span>
      ),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ id, origin, enabled }) => (
        <ChangeButton
          label={enabled ? 'Switch off' : 'Switch on'}
          name={`Switch ${enabled ? 'off' : 'on'} the webhook to ${origin}`}
          {...(enabled && { question: `Switch off the webhook to ${origin}? Pending deliveries are cancelled.` })}
          change={async () => {
            await administration.switchWebhook(id, !enabled);
            await pages.reload();
          }}
          done={enabled ? 'The webhook is off' : 'The webhook is on'}
        />
      ),
    },
  ];
  return (
    <Section title="Webhooks" actions={<Reload answer={pages} />}>
      {pages.items && (
        <DataTable
          label="Webhooks"
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty="There are no webhooks."
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
