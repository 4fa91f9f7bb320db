import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { STARTING } from '../../test/server.js';
import { type Database, openDatabase, type Queries } from './database.js';
import { isOutage } from './outage.js';

let postgres: PostgresUnderTest;
beforeAll(async () => {
  postgres = await startPostgres();
}, STARTING);
afterAll(() => postgres.close());

/** A database behind a proxy whose connections end at will. */
async function behindProxy(): Promise<{ database: Database; cut: (how: 'end' | 'reset') => Promise<void> }> {
  const url = new URL(await postgres.newDatabase());
  const { port, hostname } = url;
  const clients = new Set<Socket>();
  const proxy: Server = createServer((client) => {
    const server = connect(Number(port), hostname);
    clients.add(client);
    for (const socket of [client, server]) socket.on('error', () => {});
    client.pipe(server);
    server.pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const database = await openDatabase({ databaseUrl: url.href, dataDir: '' });
  onTestFinished(async () => {
    await database.close();
    proxy.close();
  });
  return {
    database,
    cut: async (how) => {
      const ended = [...clients].map((client) => (client.destroyed ? undefined : once(client, 'close')));
      for (const client of clients) {
        if (how === 'end') client.end();
        else client.resetAndDestroy();
      }
      clients.clear();
      await Promise.all(ended);
    },
  };
}

/** Turns of the event loop: what fails in them ends the process, and this run. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

const WORK: Record<string, (transaction: Queries, cut: () => Promise<void>) => Promise<unknown>> = {
  'between two statements': async (transaction, cut) => {
    await cut();
    await turns();
    await transaction.execute(sql`select 1`);
  },
  'during a statement': async (transaction, cut) => {
    const slow = transaction.execute(sql`select pg_sleep(60)`);
    await Promise.all([slow, turns().then(cut)]);
  },
  'before its end': async (_transaction, cut) => {
    await cut();
    await turns();
  },
  'and its work fails': async (_transaction, cut) => {
    await cut();
    throw new Error('the work itself');
  },
  'in a savepoint': (transaction, cut) =>
    transaction.transaction(async (inner) => {
      await cut();
      await turns();
      await inner.execute(sql`select 1`);
    }),
};

it.each(Object.keys(WORK).flatMap((when) => (['end', 'reset'] as const).map((how) => [when, how] as const)))(
  'a connection lost %s (%s) is an outage of the transaction alone',
  async (when, how) => {
    const { database, cut } = await behindProxy();
    const failed = await database.queries
      .transaction(async (transaction) => {
        await transaction.execute(sql`select 1`);
        return WORK[when]!(transaction as Queries, () => cut(how));
      })
      .catch((error: unknown) => error);
    expect(isOutage(failed)).toBe(true);
    await turns();
    expect(await database.queries.execute(sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  },
);
