import { readFileSync } from 'node:fs';
import postgres from 'postgres';

/** The properties of a PostgreSQL server that matter to an operator. */
export interface DatabaseReport {
  version: string;
  /** Milliseconds of one statement on an open connection. */
  latency: number;
  /** The server's clock minus this machine's, milliseconds. */
  clockOffset: number;
  /** Migrations that this release has, and those that the database has. */
  migrations: { known: number; applied: number };
  connections: { used: number; most: number };
}

/** Changes nothing. Rejects with the driver's error when the server does not answer. */
export async function examineDatabase(url: string): Promise<DatabaseReport> {
  const client = postgres(url, { max: 1, connect_timeout: CONNECT_TIMEOUT, onnotice: () => {} });
  try {
    const [server] = await client`select current_setting('server_version') as version,
      current_setting('max_connections')::int as most,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as used,
      to_regclass('drizzle.__drizzle_migrations') is not null as migrated`;
    const start = performance.now();
    for (let times = 0; times < STATEMENTS; times++) await client`select 1`;
    const latency = (performance.now() - start) / STATEMENTS;
    const before = Date.now();
    const [moment] = await client`select extract(epoch from clock_timestamp())::float8 as seconds`;
    const clockOffset = moment?.seconds * 1000 - (before + Date.now()) / 2;
    const [migrated] = server?.migrated
      ? await client`select count(*)::int as applied from drizzle.__drizzle_migrations`
      : [{ applied: 0 }];
    return {
      version: server?.version,
      latency,
      clockOffset,
      migrations: { known: knownMigrations(), applied: migrated?.applied },
      connections: { used: server?.used, most: server?.most },
    };
  } finally {
    await client.end({ timeout: 1 });
  }
}

function knownMigrations(): number {
  const journal = new URL('../../drizzle/meta/_journal.json', import.meta.url);
  return JSON.parse(readFileSync(journal, 'utf8')).entries.length;
}

/** Seconds. */
const CONNECT_TIMEOUT = 5;

const STATEMENTS = 5;
