import { plural, t } from '@lingui/core/macro';
import type { ListedUser } from '@waterbus/client';
import { useState } from 'react';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { Field } from '../parts/field.js';
import { useAccount } from '../sign-in/use-account.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { DeleteUserButton } from './delete-user.js';
import { momentOf } from './moments.js';
import { Section } from './section.js';

export function UsersSection() {
  const [entered, setEntered] = useState('');
  const [search, setSearch] = useState('');
  return (
    <Section title={t`Users`}>
      <form
        className="admin-filter admin-form"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(entered.trim());
        }}
      >
        <Field label={t`Name or e-mail address`} value={entered} onChange={({ target }) => setEntered(target.value)} />
        <button type="submit" className="button">
          {t`Search`}
        </button>
      </form>
      <Users key={search} search={search} />
    </Section>
  );
}

function Users({ search }: { search: string }) {
  const pages = usePages((cursor) => administration.users({ cursor, ...(search && { search }) }));
  const columns: Column<ListedUser>[] = [
    ...columnsTexts(),
    {
      title: t`Actions`,
      kind: 'actions',
      cell: (user) => <Changes user={user} reload={pages.reload} />,
    },
  ];
  return (
    <>
      <p role="status" className="visually-hidden">
        {search && pages.items && !pages.busy && foundText(pages.items.length, pages.more)}
      </p>
      {pages.items && (
        <DataTable
          label={t`Users`}
          columns={columns}
          rows={pages.items}
          id={({ id }) => id}
          empty={t`No user found.`}
        />
      )}
      <LoadMore pages={pages} />
    </>
  );
}

function Changes({ user, reload }: { user: ListedUser; reload: () => Promise<void> }) {
  const { id, name, disabledAt } = user;
  const own = useAccount().user?.id === id;
  const setDisabled = (disabled: boolean) => async () => {
    await administration.setDisabled(id, disabled);
    await reload();
  };
  if (disabledAt !== null) {
    const done = t`${name} can sign in again`;
    return (
      <div className="admin-buttons">
        <ChangeButton label={t`Enable`} name={t`Enable ${name}`} change={setDisabled(false)} done={done} />
        {!own && <DeleteUserButton user={user} reload={reload} />}
      </div>
    );
  }
  return (
    <div className="admin-buttons">
      <ChangeButton
        label={t`Sign out`}
        name={t`Sign ${name} out everywhere`}
        question={t`Sign ${name} out on all devices and out of all calls?`}
        change={() => administration.signOutEverywhere(id)}
        done={t`${name} is signed out everywhere`}
      />
      {!own && (
        <ChangeButton
          label={t`Disable`}
          name={t`Disable ${name}`}
          question={t`Disable the account of ${name}? Sign-ins and API keys are refused until you enable it again.`}
          change={setDisabled(true)}
          done={t`The account of ${name} is disabled`}
        />
      )}
      {!own && <DeleteUserButton user={user} reload={reload} />}
    </div>
  );
}

const columnsTexts = (): Column<ListedUser>[] => [
  {
    title: t`User`,
    cell: ({ name, email }) => (
      <>
        {name}
        <span className="admin-sub">{email}</span>
      </>
    ),
  },
  { title: t`Address`, cell: ({ emailVerified }) => (emailVerified ? t`Verified` : t`Not verified`) },
  { title: t`Role`, cell: ({ administrator }) => (administrator ? t`Administrator` : t`User`) },
  {
    title: t`State`,
    cell: ({ disabledAt }) =>
      disabledAt === null ? (
        t`Active`
      ) : (
        <span className="admin-bad">{t`Disabled ${{ date: momentOf(disabledAt) }}`}</span>
      ),
  },
  { title: t`Created`, cell: ({ createdAt }) => momentOf(createdAt) },
];

function foundText(count: number, more: boolean): string {
  return more ? plural(count, { other: '# or more found' }) : plural(count, { other: '# found' });
}
