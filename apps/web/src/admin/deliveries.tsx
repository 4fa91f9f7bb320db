import { t } from '@lingui/core/macro';
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
    ...columnsTexts(),
    {
      title: t`Actions`,
      kind: 'actions',
      cell: ({ eventId, type, createdAt }) => (
        <ChangeButton
          label={t`Retry`}
          name={t`Retry ${type} of ${{ date: momentOf(createdAt) }}`}
          change={async () => {
            await administration.retryDelivery(id, eventId);
            await pages.reload();
          }}
          done={t`The event is being delivered again`}
        />
      ),
    },
  ];
  return (
    <Section title={t`Deliveries`} text={t`Events are kept for 30 days.`} actions={<Reload answer={pages} />}>
      <div className="admin-options">
        <Link to="/admin/webhooks" className="button small">
          {t`All webhooks`}
        </Link>
        <label className="admin-check">
          <input type="checkbox" checked={failedOnly} onChange={({ target }) => setFailedOnly(target.checked)} />
          {t`Failed only`}
        </label>
      </div>
      {pages.items && (
        <DataTable
          label={t`Deliveries`}
          columns={columns}
          rows={pages.items}
          id={({ eventId }) => eventId}
          empty={failedOnly ? t`No delivery has failed.` : t`Nothing was delivered yet.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

const columnsTexts = (): Column<WebhookDelivery>[] => [
  {
    title: t`Event`,
    cell: ({ type, createdAt }) => (
      <>
        {type}
        <span className="admin-sub">{momentOf(createdAt)}</span>
      </>
    ),
  },
  {
    title: t`State`,
    cell: ({ state }) => <span className={state === 'failed' ? 'admin-bad' : undefined}>{states()[state]}</span>,
  },
  { title: t`Attempts`, kind: 'number', cell: ({ attempts }) => attempts },
  { title: t`Last answer`, cell: lastAnswer },
  { title: t`Next attempt`, cell: ({ nextAttemptAt }) => momentOf(nextAttemptAt) },
];

function lastAnswer({ lastStatus, lastError }: WebhookDelivery): string {
  if (lastStatus !== null) return t`HTTP ${lastStatus}`;
  return lastError ? errors()[lastError] : '–';
}

const states = (): Record<WebhookDelivery['state'], string> => ({
  pending: t`Pending`,
  delivered: t`Delivered`,
  failed: t`Failed`,
});

const errors = (): Record<NonNullable<WebhookDelivery['lastError']>, string> => ({
  name: t`Host not found`,
  address: t`Not a public address`,
  unreachable: t`Cannot connect`,
  certificate: t`TLS or certificate error`,
  timeout: t`No answer in 10 s`,
});
