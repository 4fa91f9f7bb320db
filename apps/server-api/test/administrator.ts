import { newPerson, type Person } from './people.js';
import { type ServerUnderTest, startServer } from './server.js';

const ADDRESS = 'root@example.org';

/** A server with an administrator, whose address is verified. `others`: further names of `ADMINS`. */
export async function startWithAdministrator(
  others: readonly string[] = [],
): Promise<{ server: ServerUnderTest; root: Person }> {
  const server = await startServer({ administrators: [ADDRESS, ...others] });
  const emailVerifiedAt = new Date(server.clock.date());
  return { server, root: await newPerson(server, { email: ADDRESS, emailVerifiedAt }) };
}
