import { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newPerson, nobody } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

let postgres: PostgresUnderTest;
let server: ServerUnderTest;
beforeAll(async () => {
  postgres = await startPostgres();
  server = await startServer({ databaseUrl: await postgres.newDatabase() });
}, STARTING);
afterAll(async () => {
  Socket.prototype.write = write;
  await server.close();
  await postgres.close();
});
/** Executed statements and parsed texts, by the messages to PostgreSQL (its documentation, 54.7). */
interface Sent {
  executed: number;
  parsed: number;
}

/** The fewest of some requests: work in the background has statements of its own. */
async function sentBy(request: () => Promise<{ statusCode: number }>): Promise<Sent> {
  const each: Sent[] = [];
  for (let n = 0; n < 8; n += 1) {
    sent = { executed: 0, parsed: 0 };
    expect((await request()).statusCode).toBeLessThan(300);
    each.push(sent);
  }
  const fewest = (name: keyof Sent) => Math.min(...each.map((one) => one[name]));
  return { executed: fewest('executed'), parsed: fewest('parsed') };
}

let sent: Sent = { executed: 0, parsed: 0 };

const write = Socket.prototype.write as (...args: unknown[]) => boolean;
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  const [bytes] = args;
  // The first message of a connection has no type.
  if (bytes instanceof Uint8Array && bytes[0]! >= 0x41) count(Buffer.from(bytes));
  return write.apply(this, args);
};

function count(bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; offset += 1 + bytes.readInt32BE(offset + 1)) {
    const type = String.fromCharCode(bytes[offset]!);
    if (type === 'E' || type === 'Q') sent.executed += 1;
    if (type === 'P') sent.parsed += 1;
  }
}

it('a meeting is created, joined, read and listed in few statements, all of them prepared', async () => {
  const person = await newPerson(server);
  const ask = (asker: { headers: object }, method: 'GET' | 'POST', url: string, payload?: object) =>
    server.api.fastify.inject({ method, url, headers: { ...asker.headers }, ...(payload ? { payload } : {}) });
  const created = await ask(person, 'POST', '/v1/meetings', { title: 'Planning' });
  const url = `/v1/meetings/${created.json().meeting.code}`;

  // The session with the user's standing; everything else in one.
  expect(await sentBy(() => ask(person, 'POST', '/v1/meetings', { title: 'Again' }))).toEqual({
    executed: 2,
    parsed: 0,
  });
  // The standing; the breakout rooms, whose people count too; begin, lock, standing, the admission,
  // commit; the breakout rooms that are open now.
  expect(await sentBy(() => ask(nobody, 'POST', `${url}/join`, { name: 'Ada' }))).toEqual({ executed: 8, parsed: 0 });
  expect(await sentBy(() => ask(person, 'GET', url))).toEqual({ executed: 1, parsed: 0 });
  expect(await sentBy(() => ask(person, 'GET', '/v1/meetings'))).toEqual({ executed: 2, parsed: 0 });
});
