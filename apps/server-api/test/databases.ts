import { startPostgres } from './postgres.js';
import { type ServerUnderTest, startServer } from './server.js';

export const DATABASES = ['PGlite', 'PostgreSQL'] as const;

/** A server on this database, and what ends both. */
export async function startServerOn(
  name: (typeof DATABASES)[number],
): Promise<{ server: ServerUnderTest; close: () => Promise<void> }> {
  if (name === 'PGlite') {
    const server = await startServer();
    return { server, close: () => server.close() };
  }
  const postgres = await startPostgres();
  const server = await startServer({ databaseUrl: await postgres.newDatabase() });
  const close = async () => {
    await server.close();
    await postgres.close();
  };
  return { server, close };
}
