import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { OwnedWebhook } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { Link } from '../routing/link.js';
import { useSearch } from '../routing/use-route.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { Deliveries } from './deliveries.js';
import { momentOf } from './moments.js';
import { Reload, Section } from './section.js';

/** The webhooks of all owners, or the deliveries of one, which the address names. */
export function WebhooksSection() {
  const id = new URLSearchParams(useSearch()).get('id');
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id) document.querySelector<HTMLElement>('#admin-heading')?.focus();
    before.current = id;
  }, [id]);
  return id === null ? <Webhooks /> : <Deliveries key={id} id={id} />;
}

function Webhooks() {
  const pages = usePages((cursor) => administration.webhooks({ cursor }));
  const columns: Column<OwnedWebhook>[] = [
    {
      title: t`Address`,
      cell: ({ origin, events }) => (
        <>
          {origin}
          <span className="admin-sub">{events.length === 0 ? t`All events` : events.join(', ')}</span>
        </>
      ),
    },
    { title: t`Owner`, cell: ({ owner }) => owner?.email ?? t`API_KEYS setting` },
    {
      title: t`State`,
      cell: ({ enabled }) =>
        enabled ? t({ message: 'On', context: 'a webhook' }) : t({ message: 'Off', context: 'a webhook' }),
    },
    {
      title: t`Failures`,
      cell: ({ failures, suspendedUntil }) => (
        <span className={failures > 0 ? 'admin-bad' : undefined}>
          {failures === 0 ? t`None` : t`${failures} since the last success`}
          {suspendedUntil !== null && (
            <span className="admin-sub">{t`Suspended until ${{ date: momentOf(suspendedUntil) }}`}</span>
          )}
        </span>
      ),
    },
    {
      title: t`Actions`,
      kind: 'actions',
      cell: ({ id, origin, enabled }) => (
        <span className="admin-buttons">
          <Link to={`/admin/webhooks?id=${id}`} className="button small">
            <Trans>
              Deliveries<span className="visually-hidden"> to {origin}</span>
            </Trans>
          </Link>
          <ChangeButton
            label={enabled ? t`Switch off` : t`Switch on`}
            name={enabled ? t`Switch off the webhook to ${origin}` : t`Switch on the webhook to ${origin}`}
            {...(enabled && { question: t`Switch off the webhook to ${origin}? Pending deliveries are cancelled.` })}
            change={async () => {
              await administration.switchWebhook(id, !enabled);
              await pages.reload();
            }}
            done={enabled ? t`The webhook is off` : t`The webhook is on`}
          />
        </span>
      ),
    },
  ];
  return (
    <Section title={t`Webhooks`} actions={<Reload answer={pages} />}>
      {pages.items && (
        <DataTable
          label={t`Webhooks`}
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty={t`There are no webhooks.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
