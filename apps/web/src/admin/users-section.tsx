import type { ListedUser } from '@waterbus/client';
import { useState } from 'react';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { Field } from '../parts/field.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
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
  return (
    <>
      {pages.items && (
        <DataTable label="Users" columns={columns} rows={pages.items} id={({ id }) => id} empty="No user found." />
      )}
      <LoadMore pages={pages} />
    </>
  );
}

const columns: Column<ListedUser>[] = [
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
  { title: 'Created', cell: ({ createdAt }) => momentOf(createdAt) },
  {
    title: 'Actions',
    kind: 'actions',
    cell: ({ id, name }) => (
      <ChangeButton
        label="Sign out"
        name={`Sign ${name} out everywhere`}
        question={`Sign ${name} out on all devices and out of all calls?`}
        change={() => administration.signOutEverywhere(id)}
        done={`${name} is signed out everywhere`}
      />
    ),
  },
];
