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
    <Section title="Changes" text="Everything that administrators changed here.">
      {pages.items && (
        <DataTable
          label="Changes"
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty="No administrator has changed anything yet."
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

const columns: Column<AdministratorAuditEvent>[] = [
  { title: 'When', cell: ({ createdAt }) => momentOf(createdAt) },
  { title: 'What', cell: ({ action }) => words[action] ?? action },
  { title: 'Object', cell: ({ target }) => (target === null ? '–' : <code>{target}</code>) },
  {
    title: 'Who',
    cell: ({ actor, network }) => (
      <>
        {actor.name ?? 'Deleted account'}
        {network !== null && <span className="admin-sub">from {networkName(network)}</span>}
      </>
    ),
  },
];

/** Actions that only administrators can cause here; others would be shown by their names. */
const words: Partial<Record<AdministratorAuditEvent['action'], string>> = {
  'sessions.ended': 'User signed out everywhere',
  'api-key.removed': 'API key revoked',
  'webhook.changed': 'Webhook switched on or off',
  'webhook.retried': 'Webhook delivery repeated',
  'account.deleted': 'Account deleted',
  'account.disabled': 'Account disabled',
  'account.enabled': 'Account enabled',
  'call.ended': 'Call ended',
  'node.drain-started': 'Drain started',
  'node.drain-cancelled': 'Drain ended',
};
