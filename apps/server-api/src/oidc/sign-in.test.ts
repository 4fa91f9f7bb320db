import { afterAll } from 'vitest';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { signInContract } from './sign-in.contract.js';

signInContract('PGlite');

// Where two browsers really are served at once.
let postgres: PostgresUnderTest | undefined;
afterAll(() => postgres?.close());
signInContract('PostgreSQL', async () => {
  postgres = await startPostgres();
  return postgres.newDatabase();
});
