import type { WebhookDelivery } from '@waterbus/client';
import { useState } from 'react';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { Link } from '../routing/link.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Reload, Section } from './section.js';

/** The deliveries to one webhook. */
export function Deliveries({ id }: { id: string }) {
  const [failedOnly, setFailedOnly] = useState(false);
  return <Listed key={String(failedOnly)} id={id} failedOnly={failedOnly} setFailedOnly={setFailedOnly} />;
}

function Listed(props: { id: string; failedOnly: boolean; setFailedOnly: (only: boolean) => void }) {
  const { id, failedOnly, setFailedOnly } = props;
  const pages = usePages((cursor) => administration.deliveries(id, { cursor, ...(failedOnly && { state: 'failed' }) }));
  const columns: Column<WebhookDelivery>[] = [
    ...COLUMNS,
    {
      title: 'Actions',
      kind: 'actions',
      cell: ({ eventId, type, createdAt }) => (
        <ChangeButton
          label="Retry"
          name={`Retry ${type} of ${momentOf(createdAt)}`}
          change={async () => {
            await administration.retryDelivery(id, eventId);
            await pages.reload();
          }}
          done="The event is being delivered again"
        />
      ),
    },
  ];
  return (
    <Section title="Deliveries" text="Events are kept for 30 days." actions={<Reload answer={pages} />}>
      <div className="admin-options">
        <Link to="/admin/webhooks" className="button small">
          All webhooks
        </Link>
        <label className="admin-check">
          <input type="checkbox" checked={failedOnly} onChange={({ target }) => setFailedOnly(target.checked)} />
          Failed only
        </label>
      </div>
      {pages.items && (
        <DataTable
          label="Deliveries"
          columns={columns}
          rows={pages.items}
          id={({ eventId }) => eventId}
          empty={failedOnly ? 'No delivery has failed.' : 'Nothing was delivered yet.'}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

const COLUMNS: Column<WebhookDelivery>[] = [
  {
    title: 'Event',
    cell: ({ type, createdAt }) => (
      <>
        {type}
        <span className="admin-sub">{momentOf(createdAt)}</span>
      </>
    ),
  },
  {
    title: 'State',
    cell: ({ state }) => <span className={state === 'failed' ? 'admin-bad' : undefined}>{STATES[state]}</span>,
  },
  { title: 'Attempts', kind: 'number', cell: ({ attempts }) => attempts },
  { title: 'Last answer', cell: lastAnswer },
  { title: 'Next attempt', cell: ({ nextAttemptAt }) => momentOf(nextAttemptAt) },
];

function lastAnswer({ lastStatus, lastError }: WebhookDelivery): string {
  if (lastStatus !== null) return `HTTP ${lastStatus}`;
  return lastError ? ERRORS[lastError] : '–';
}

const STATES: Record<WebhookDelivery['state'], string> = {
  pending: 'Pending',
  delivered: 'Delivered',
  failed: 'Failed',
};

const ERRORS: Record<NonNullable<WebhookDelivery['lastError']>, string> = {
  name: 'Host not found',
  address: 'Not a public address',
  unreachable: 'Cannot connect',
  certificate: 'TLS or certificate error',
  timeout: 'No answer in 10 s',
};
