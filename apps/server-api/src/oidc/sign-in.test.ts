import { afterAll } from 'vitest';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { signInContract } from './sign-in.contract.js';

signInContract('PGlite');

// On PostgreSQL, where two browsers are really served in parallel.
let postgres: PostgresUnderTest | undefined;
afterAll(() => postgres?.close());
signInContract('PostgreSQL', async () => {
  postgres = await startPostgres();
  return postgres.newDatabase();
});
