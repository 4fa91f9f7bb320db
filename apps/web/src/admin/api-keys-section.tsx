import { t } from '@lingui/core/macro';
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
      title: t`Key`,
      cell: ({ name, id }) => (
        <>
          {name}
          <span className="admin-sub">{id}</span>
        </>
      ),
    },
    {
      title: t`Owner`,
      cell: ({ owner }) => (
        <>
          {owner?.name ?? t`API_KEYS setting`}
          {owner && <span className="admin-sub">{owner.email}</span>}
        </>
      ),
    },
    { title: t`Created`, cell: ({ createdAt }) => momentOf(createdAt) },
    { title: t`Expires`, cell: ({ expiresAt }) => (expiresAt === null ? t`Never` : momentOf(expiresAt)) },
    { title: t`Last used`, cell: ({ lastUsedAt }) => momentOf(lastUsedAt) },
    {
      title: t`Actions`,
      kind: 'actions',
      cell: (key) =>
        key.owner && (
          <ChangeButton
            label={t`Revoke`}
            name={t`Revoke the key ${{ name: key.name }}`}
            question={t`Revoke the key “${{ name: key.name }}” of ${{ owner: key.owner.name }}? Programs that use it stop working.`}
            change={async () => {
              await administration.removeApiKey(key.id);
              pages.remove(key);
            }}
            done={t`The key is revoked`}
          />
        ),
    },
  ];
  return (
    <Section title={t`API keys`}>
      {pages.items && (
        <DataTable
          label={t`API keys`}
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty={t`There are no API keys.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}
