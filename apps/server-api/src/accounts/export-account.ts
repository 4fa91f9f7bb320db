import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { users } from '../database/schema.js';
import { activity } from './exported-activity.js';
import { credentials } from './exported-credentials.js';
import { property } from './exported-property.js';
import type { ExportedParts, Part } from './exported-rows.js';

/**
 * All stored data of a user, as the text of one JSON object, in pieces: the data of years does not
 * fit into memory at once. Secrets and their hashes are omitted. `personal-data.test.ts` fails for
 * a table that refers to users and is neither here nor among its reasons.
 */
export async function* exportAccount(queries: Queries, userId: string, now: Date): AsyncGenerator<string> {
  const [user] = await queries.select().from(users).where(eq(users.id, userId));
  const { passwordHash, ...account } = user ?? { passwordHash: null };
  const shown = { ...account, hasPassword: passwordHash !== null };
  yield `{"exportedAt":${JSON.stringify(now)},"account":${JSON.stringify(shown)}`;
  for (const [name, read] of Object.entries(parts)) {
    yield `,${JSON.stringify(name)}:[`;
    let first = true;
    for await (const row of read(queries, userId)) {
      yield `${first ? '' : ','}${JSON.stringify(row)}`;
      first = false;
    }
    yield ']';
  }
  yield '}';
}

const parts: ExportedParts<Part> = { ...credentials, ...property, ...activity };
