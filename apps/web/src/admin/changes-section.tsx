import { t } from '@lingui/core/macro';
import type { AdministratorAuditEvent } from '@waterbus/client';
import { LoadMore } from '../account/load-more.js';
import { networkName } from '../account/network-name.js';
import { usePages } from '../account/use-pages.js';
import { administration } from './administration.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Section } from './section.js';

/** The audit log of the administrators. */
export function ChangesSection() {
  const pages = usePages((cursor) => administration.auditEvents({ cursor }));
  return (
    <Section title={t`Changes`} text={t`Everything that administrators changed here.`}>
      {pages.items && (
        <DataTable
          label={t`Changes`}
          columns={columns()}
          rows={pages.items}
          id={({ id }) => id}
          empty={t`No administrator has changed anything yet.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

const columns = (): Column<AdministratorAuditEvent>[] => [
  { title: t`When`, cell: ({ createdAt }) => momentOf(createdAt) },
  { title: t`What`, cell: ({ action }) => words()[action] ?? action },
  { title: t`Object`, cell: ({ target }) => (target === null ? '–' : <code>{target}</code>) },
  {
    title: t`Who`,
    cell: ({ actor, network }) => (
      <>
        {actor.name ?? t`Deleted account`}
        {network !== null && <span className="admin-sub">{t`from ${{ network: networkName(network) }}`}</span>}
      </>
    ),
  },
];

/** Actions that only administrators can cause here; others would be shown by their names. */
const words = (): Partial<Record<AdministratorAuditEvent['action'], string>> => ({
  'sessions.ended': t`User signed out everywhere`,
  'api-key.removed': t`API key revoked`,
  'webhook.changed': t`Webhook switched on or off`,
  'webhook.retried': t`Webhook delivery repeated`,
  'account.deleted': t`Account deleted`,
  'account.disabled': t`Account disabled`,
  'account.enabled': t`Account enabled`,
  'call.ended': t`Call ended`,
  'node.drain-started': t`Drain started`,
  'node.drain-cancelled': t`Drain ended`,
});
