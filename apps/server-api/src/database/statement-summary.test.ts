import { expect, it } from 'vitest';
import { summaryOf } from './statement-summary.js';

it.each([
  ['select "id" from "meetings" where "code" = $1', 'SELECT meetings'],
  ['SELECT "m"."id" from "members" "m" left join "users" on "m"."user_id" = "users"."id"', 'SELECT members users'],
  ['insert into "messages" ("id", "text") values ($1, $2)', 'INSERT messages'],
  ['update "users" set "name" = $1 where exists (select 1 from "members")', 'UPDATE users members'],
  ['delete from "api_keys" where "id" in (select "id" from "api_keys")', 'DELETE api_keys'],
  [
    'with "locked" as (select "id" from "meetings" for update), "added" as (insert into "members" ("id") select $1 from "locked" returning "id") select "id" from "added"',
    'SELECT meetings members',
  ],
  ['with "one" as (select 1) update "meetings" set "title" = $1 from "one"', 'UPDATE meetings'],
  ['select 1', 'SELECT'],
  ['begin', 'OTHER'],
  ['', 'OTHER'],
])('%s is %s', (text, summary) => {
  expect(summaryOf(text).summary).toBe(summary);
});

it('has no value, wherever the text has it', () => {
  const text = `select "id" from "users" where "name" = 'x from "Ada"' /* from "Ben" */ -- from "Cleo"
    and "note" = 'it''s from "Dan"'`;
  expect(summaryOf(text)).toEqual({ operation: 'SELECT', summary: 'SELECT users' });
});

it('has 255 characters at most', () => {
  const tables = Array.from({ length: 100 }, (_, n) => `join "table_${n}" on true`);
  expect(summaryOf(`select 1 from "one" ${tables.join(' ')}`).summary).toHaveLength(255);
});
