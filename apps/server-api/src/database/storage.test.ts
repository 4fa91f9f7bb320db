import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { ROOM_RECORDS_STREAM } from '@waterbus/protocol';
import { eq, sql } from 'drizzle-orm';
import type { Response } from 'light-my-request';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newFolder, STARTING, startServer } from '../../test/server.js';
import { ParticipantRepository } from '../participants/participant-repository.js';
import { openDatabase } from './database.js';
import { examineDatabase } from './examine-database.js';
import { isOutage } from './outage.js';
import { meetings } from './schema.js';
import { storageContract } from './storage.contract.js';

storageContract('PGlite', async () => {
  const dataDir = newFolder();
  return {
    open: (tracer) => openDatabase({ dataDir, tracer }),
    close: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
});

storageContract('PostgreSQL', async () => {
  const postgres = await startPostgres();
  const databaseUrl = await postgres.newDatabase();
  return { open: (tracer) => openDatabase({ databaseUrl, dataDir: '', tracer }), close: () => postgres.close() };
});

describe('the embedded database', () => {
  it(
    'is lent to a successor: queries are an outage meanwhile, and find what the successor has stored',
    async () => {
      const dataDir = newFolder();
      const lender = await openDatabase({ dataDir });
      const { queries } = lender;
      await queries.execute(sql`create table kept (id integer)`);
      const writing = queries.transaction(async (transaction) => {
        await transaction.execute(sql`insert into kept values (1)`);
        await transaction.execute(sql`insert into kept values (2)`);
      });
      await lender.suspend();
      await writing;
      const outage = await queries.execute(sql`select 1`).catch((error: unknown) => error);
      expect(isOutage(outage)).toBe(true);
      const successor = await openDatabase({ dataDir });
      await successor.queries.execute(sql`insert into kept values (3)`);
      await expect(lender.resume()).rejects.toMatchObject({ code: 'EDATADIR_IN_USE' });
      await successor.close();
      await lender.resume();
      const kept = (await queries.execute(sql`select id from kept order by id`)) as unknown as { rows: unknown[] };
      expect(kept.rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
      await lender.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
    STARTING,
  );
});

describe('PostgreSQL', () => {
  let postgres: PostgresUnderTest;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, STARTING);
  afterAll(() => postgres.close());

  it('is migrated once by servers that start together', async () => {
    const databaseUrl = await postgres.newDatabase();
    const databases = await Promise.all([1, 2, 3].map(() => openDatabase({ databaseUrl, dataDir: '' })));
    for (const database of databases) {
      await database.check();
      await database.close();
    }
  });

  it('reports its version, its clock and the migrations that are missing, and changes nothing', async () => {
    const databaseUrl = await postgres.newDatabase();
    const before = await examineDatabase(databaseUrl);
    expect(before).toMatchObject({ version: expect.stringMatching(/^\d+/), migrations: { applied: 0 } });
    expect(await examineDatabase(databaseUrl)).toMatchObject({ migrations: before.migrations });
    expect(Math.abs(before.clockOffset)).toBeLessThan(60_000);
    await (await openDatabase({ databaseUrl, dataDir: '' })).close();
    const { known } = before.migrations;
    expect(await examineDatabase(databaseUrl)).toMatchObject({ migrations: { known, applied: known } });
  });

  it(
    'R12: answers 503 while the database is unreachable, and stores the records of that time afterwards',
    async () => {
      const databaseUrl = await postgres.newDatabase();
      const server = await startServer({ databaseUrl });
      const { fastify } = server.api;
      const created = await fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'Outage' } });
      const { code } = created.json().meeting;
      const join = await fastify.inject({ method: 'POST', url: `/v1/meetings/${code}/join`, payload: { name: 'A' } });
      const claims = JSON.parse(Buffer.from(join.json().token.split('.')[1], 'base64url').toString());

      await postgres.stop();
      expect((await fastify.inject('/healthz')).statusCode).toBe(200);
      const ready = await fastify.inject('/readyz');
      expect([ready.statusCode, ready.json().code]).toEqual([503, 'server.unavailable']);
      const get = await fastify.inject(`/v1/meetings/${code}`);
      expect([get.statusCode, get.json().code]).toEqual([503, 'server.unavailable']);
      await server.cluster.streams.append(ROOM_RECORDS_STREAM, {
        type: 'participant.joined',
        roomId: claims.roomId,
        participantId: claims.sub,
        name: 'A',
        role: 'guest',
        nodeId: 'node-1',
        at: 1000,
      });

      await postgres.start();
      await vi.waitFor(async () => expect(await server.api.ready()).toEqual({ ok: true }), { timeout: 15_000 });
      const database = await openDatabase({ databaseUrl, dataDir: '' });
      const participants = new ParticipantRepository(database.queries);
      await vi.waitFor(
        async () => {
          await server.clock.advance(1000);
          expect(await participants.ofMeeting(claims.roomId)).toMatchObject([{ id: claims.sub }]);
        },
        { timeout: 15_000 },
      );
      await database.close();
      await server.close();
    },
    STARTING,
  );

  it('decides a join that waits for a change by the changed state', { timeout: STARTING }, async () => {
    const database = await openDatabase({ databaseUrl: await postgres.newDatabase(), dataDir: '' });
    const server = await startServer({ database });
    const { fastify } = server.api;
    const created = await fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'Busy' } });
    const { code } = created.json().meeting;
    const waiting = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    let join: Promise<Response> | undefined;
    await database.queries.transaction(async (transaction) => {
      await transaction.update(meetings).set({ locked: true }).where(eq(meetings.code, code));
      join = fastify.inject({ method: 'POST', url: `/v1/meetings/${code}/join`, payload: { name: 'A' } }).then();
      await vi.waitFor(async () => expect(await database.queries.execute(waiting)).toHaveLength(1), {
        timeout: 60_000,
      });
    });
    expect((await join)?.json().code).toBe('meeting.locked');
    await server.close();
  });

  it('rejects with the reason when the address does not answer', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    await new Promise((resolve) => holder.close(resolve));
    const opening = openDatabase({ databaseUrl: `postgres://x@127.0.0.1:${port}/x`, dataDir: '' });
    await expect(opening).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
