import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newMeeting, newMember, newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { type MeetingRow, meetings, members, messages } from '../database/schema.js';

let postgres: PostgresUnderTest;
let server: ServerUnderTest;
beforeAll(async () => {
  postgres = await startPostgres();
  server = await startServer({ databaseUrl: await postgres.newDatabase() });
}, STARTING);
afterAll(async () => {
  await server.close();
  await postgres.close();
});

const send = (asker: Asker, meeting: MeetingRow, clientId: string = randomUUID()) =>
  server.api.fastify.inject({
    method: 'POST',
    url: `/v1/meetings/${meeting.code}/messages`,
    headers: asker.headers,
    remoteAddress: newAddress(),
    payload: { text: 'Hello', clientId },
  });

const seqsOf = async (meeting: MeetingRow) => {
  const rows = await server.queries
    .select()
    .from(messages)
    .where(eq(messages.meetingId, meeting.id))
    .orderBy(messages.seq);
  return rows.map((row) => row.seq);
};

describe('messages on PostgreSQL', () => {
  it(
    'R2: of fifty senders at once have no gap and no duplicate, however often each is sent',
    async () => {
      const meeting = await newMeeting(server);
      const senders = await Promise.all(Array.from({ length: 50 }, () => newPerson(server)));
      for (const sender of senders) await newMember(server, meeting, sender);
      const answers = await Promise.all(
        senders.flatMap((sender) => {
          const [first, second] = [randomUUID(), randomUUID()];
          return [first, second, first, second].map((clientId) => send(sender, meeting, clientId));
        }),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(100);
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(100);
      const expected = Array.from({ length: 100 }, (_, index) => index + 1);
      expect(await seqsOf(meeting)).toEqual(expected);
      const [row] = await server.queries.select().from(meetings).where(eq(meetings.id, meeting.id));
      expect(row?.lastSeq).toBe(100);
    },
    STARTING,
  );

  it('have the time of their turn: a guest who joined while one waited may read it', async () => {
    const meeting = await newMeeting(server);
    const sender = await newPerson(server);
    await newMember(server, meeting, sender);
    let sending: ReturnType<typeof send> | undefined;
    let came = 0;
    await server.queries.transaction(async (transaction) => {
      await transaction.update(meetings).set({ title: 'Held' }).where(eq(meetings.id, meeting.id));
      sending = send(sender, meeting);
      sending.then(() => {});
      await lockAwaited();
      await server.clock.advance(50);
      came = server.clock.date();
    });
    expect(Date.parse((await sending)?.json().message.createdAt)).toBeGreaterThanOrEqual(came);
  });

  it('are never older than the previous one, although the other server’s clock is ahead', async () => {
    const meeting = await newMeeting(server);
    const sender = await newPerson(server);
    await newMember(server, meeting, sender);
    const { message: first } = (await send(sender, meeting)).json();
    const ahead = new Date(Date.parse(first.createdAt) + 3_000);
    await server.queries.update(messages).set({ createdAt: ahead }).where(eq(messages.id, first.id));
    const { message: second } = (await send(sender, meeting)).json();
    expect(second).toMatchObject({ seq: 2, createdAt: ahead.toISOString() });
    await server.clock.advance(4_000);
    const { message: third } = (await send(sender, meeting)).json();
    expect(Date.parse(third.createdAt)).toBe(server.clock.date());
  });

  it('M4: none is stored after an archive that commits first', async () => {
    const meeting = await newMeeting(server);
    const sender = await newPerson(server);
    await newMember(server, meeting, sender);
    let sending: ReturnType<typeof send> | undefined;
    await server.queries.transaction(async (transaction) => {
      const archivedAt = new Date(server.clock.date());
      await transaction.update(meetings).set({ archivedAt }).where(eq(meetings.id, meeting.id));
      // Sees the meeting open, and then waits for this transaction.
      sending = send(sender, meeting);
      sending.then(() => {});
      await lockAwaited();
    });
    expect((await sending)?.json().code).toBe('meeting.archived');
    expect(await seqsOf(meeting)).toEqual([]);
  });

  it('R7: none is stored after the end of a membership that commits first', async () => {
    const meeting = await newMeeting(server);
    const sender = await newPerson(server);
    const memberId = await newMember(server, meeting, sender);
    let sending: ReturnType<typeof send> | undefined;
    await server.queries.transaction(async (transaction) => {
      await transaction.delete(members).where(eq(members.id, memberId));
      sending = send(sender, meeting);
      sending.then(() => {});
      await lockAwaited();
    });
    expect((await sending)?.json().code).toBe('permission.denied');
    expect(await seqsOf(meeting)).toEqual([]);
  });
});

/** Resolves when some statement waits for a lock. */
async function lockAwaited(): Promise<void> {
  const waiting = async () => {
    const rows = await server.queries.execute('select 1 from pg_locks where not granted');
    return (rows as unknown as unknown[]).length;
  };
  await expect.poll(waiting, { timeout: 10_000, interval: 10 }).toBeGreaterThan(0);
}
