import { type Storage, storageSchema } from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Queries } from '../database/database.js';
import { oldestRows } from '../database/retention.js';
import { bytesOfAll } from '../files/announce.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { fileSettingsOf } from '../storage/file-settings.js';
import type { ObjectStorage } from '../storage/object-storage.js';

/** The size of the database, of the pictures of accounts, and of the files of the chat. */
export function addStorageRoutes(
  fastify: FastifyInstance,
  { queries, embedded, limits, clock, options }: ApiParts,
  avatars: ObjectStorage,
  { qualityDays }: { qualityDays?: number },
): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/admin/storage',
    {
      config: { access: { by: 'administrator' } },
      schema: {
        tags: ['administration'],
        summary:
          'Returns the size of the database, of its tables, of the pictures of accounts and of the files of the chat',
        description: '`oldest` shows whether rows of the tables with a retention are deleted in time.',
        response: { 200: storageSchema, ...problemResponses(401, 404, 429) },
      },
    },
    async (request) => {
      // It reads the small tables in full.
      await limits.count('account', request.ip);
      const [size] = await rowsOf(queries, sql`select pg_database_size(current_database())::text as bytes`);
      const tables = await rowsOf(
        queries,
        sql`select relname as name, pg_total_relation_size(oid)::text as bytes, reltuples::bigint::text as rows
          from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
          order by pg_total_relation_size(oid) desc, relname`,
      );
      const oldest = await oldestRows(queries, clock.date(), qualityDays);
      const shown: Storage['tables'] = [];
      // One after the other: the connections are for other requests too.
      for (const { name = '', bytes, rows } of tables) {
        const count = Number(bytes) <= COUNTED ? await countOf(queries, name) : estimate(rows);
        const since = oldest.get(name)?.toISOString() ?? null;
        shown.push({ name, bytes: Number(bytes), rows: count, oldest: since });
      }
      return {
        database: embedded ? ('embedded' as const) : ('postgresql' as const),
        bytes: Number(size?.bytes),
        tables: shown,
        // The rest of the page does not need their storage.
        avatars: await avatars.usage().catch(() => null),
        files: { ...(await bytesOfAll(queries)), most: fileSettingsOf(options).total },
      };
    },
  );
}

type TextRow = Record<string, string | undefined>;

/** The drivers answer an array, or an object with one. */
async function rowsOf(queries: Queries, query: ReturnType<typeof sql>): Promise<TextRow[]> {
  const result = (await queries.execute(query)) as unknown as TextRow[] | { rows: TextRow[] };
  return Array.isArray(result) ? result : result.rows;
}

async function countOf(queries: Queries, table: string): Promise<number> {
  const [row] = await rowsOf(queries, sql`select count(*)::text as rows from ${sql.identifier(table)}`);
  return Number(row?.rows);
}

/** Negative before the first `analyze`. */
function estimate(rows: string | undefined): number | null {
  return Number(rows) < 0 ? null : Number(rows);
}

/** Bytes of a table that is counted: some milliseconds. */
const COUNTED = 16 * 1024 * 1024;
