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
    <Section title="Users">
      <form
        className="admin-filter admin-form"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(entered.trim());
        }}
      >
        <Field label="Name or e-mail address" value={entered} onChange={({ target }) => setEntered(target.value)} />
        <button type="submit" className="button">
          Search
        </button>
      </form>
      <Users key={search} search={search} />
    </Section>
  );
}

function Users({ search }: { search: string }) {
  const pages = usePages((cursor) => administration.users({ cursor, ...(search && { search }) }));
  const columns: Column<ListedUser>[] = [
    ...COLUMNS,
    {
      title: 'Actions',
      kind: 'actions',
      cell: (user) => <Changes user={user} reload={pages.reload} />,
    },
  ];
  return (
    <>
      <p role="status" className="visually-hidden">
        {search && pages.items && !pages.busy && `${pages.items.length}${pages.more ? ' or more' : ''} found`}
      </p>
      {pages.items && (
        <DataTable label="Users" columns={columns} rows={pages.items} id={({ id }) => id} empty="No user found." />
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
    const done = `${name} can sign in again`;
    return (
      <div className="admin-buttons">
        <ChangeButton label="Enable" name={`Enable ${name}`} change={setDisabled(false)} done={done} />
        {!own && <DeleteUserButton user={user} reload={reload} />}
      </div>
    );
  }
  return (
    <div className="admin-buttons">
      <ChangeButton
        label="Sign out"
        name={`Sign ${name} out everywhere`}
        question={`Sign ${name} out on all devices and out of all calls?`}
        change={() => administration.signOutEverywhere(id)}
        done={`${name} is signed out everywhere`}
      />
      {!own && (
        <ChangeButton
          label="Disable"
          name={`Disable ${name}`}
          question={`Disable the account of ${name}? Sign-ins and API keys are refused until you enable it again.`}
          change={setDisabled(true)}
          done={`The account of ${name} is disabled`}
        />
      )}
      {!own && <DeleteUserButton user={user} reload={reload} />}
    </div>
  );
}

const COLUMNS: Column<ListedUser>[] = [
  {
    title: 'User',
    cell: ({ name, email }) => (
      <>
        {name}
        <span className="admin-sub">{email}</span>
      </>
    ),
  },
  { title: 'Address', cell: ({ emailVerified }) => (emailVerified ? 'Verified' : 'Not verified') },
  { title: 'Role', cell: ({ administrator }) => (administrator ? 'Administrator' : 'User') },
  {
    title: 'State',
    cell: ({ disabledAt }) =>
      disabledAt === null ? 'Active' : <span className="admin-bad">Disabled {momentOf(disabledAt)}</span>,
  },
  { title: 'Created', cell: ({ createdAt }) => momentOf(createdAt) },
];
