import type { OwnedApiKey } from '@waterbus/client';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Section } from './section.js';

export function ApiKeysSection() {
  const pages = usePages((cursor) => administration.apiKeys({ cursor }));
  const columns: Column<OwnedApiKey>[] = [
    {
      title: 'Key',
      cell: ({ name, id }) => (
        <>
          {name}
          <span className="admin-sub">{id}</span>
        </>
      ),
    },
    {
      title: 'Owner',
      cell: ({ owner }) => (
        <>
          {owner?.name ?? 'API_KEYS setting'}
          {owner && <span className="admin-sub">{owner.email}</span>}
        </>
      ),
    },
    { title: 'Created', cell: ({ createdAt }) => momentOf(createdAt) },
    { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : momentOf(expiresAt)) },
    { title: 'Last used', cell: ({ lastUsedAt }) => momentOf(lastUsedAt) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (key) =>
        key.owner && (
          <ChangeButton
            label="Revoke"
            name={`Revoke the key ${key.name}`}
            question={`Revoke the key “${key.name}” of ${key.owner.name}? Programs that use it stop working.`}
            change={async () => {
              await administration.removeApiKey(key.id);
              pages.remove(key);
            }}
            done="The key is revoked"
          />
        ),
    },
  ];
  return (
    <Section title="API keys">
      {pages.items && (
        <DataTable
          label="API keys"
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty="There are no API keys."
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
