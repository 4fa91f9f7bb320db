import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Writable } from 'node:stream';
import { ROOM_RECORDS_STREAM } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { newMeeting, newPerson } from '../test/people.js';
import { newDataFolder, STARTING, startServer } from '../test/server.js';
import { ownerOfUser } from './access/principal.js';
import { openDatabase } from './database/database.js';
import { mails, participants, webhookDeliveries, webhooks } from './database/schema.js';
import { record } from './webhooks/outbox.js';

it(
  'while the embedded database is lent, no background work uses it; afterwards all of it goes on',
  async () => {
    const lines: { level: number; msg: string }[] = [];
    const output = new Writable({
      write: (text, _encoding, done) => {
        lines.push(JSON.parse(String(text)));
        done();
      },
    });
    const dataDir = await newDataFolder();
    const mail = { url: 'smtp://127.0.0.1:9', from: 'meet@example.org' };
    const logger = pino({ level: 'warn' }, output);
    const server = await startServer({
      dataDir,
      logger,
      mail,
      publicUrl: 'https://meet.example.org',
      privateWebhooks: true,
    });
    const { queries, clock, cluster, api } = server;
    const person = await newPerson(server);
    const meeting = await newMeeting(server, person);
    const owner = ownerOfUser(person.userId);
    const createdAt = new Date(clock.date());
    const endpoint = { owner, url: 'http://127.0.0.1:9/', secret: 'whsec_AAAA', events: [], createdAt };
    const [webhook] = await queries.insert(webhooks).values(endpoint).returning();

    await api.suspend();
    const successor = await openDatabase({ dataDir });
    const nextAttemptAt = createdAt;
    await successor.queries
      .insert(mails)
      .values({ recipient: 'a@example.org', subject: 's', text: 't', nextAttemptAt, createdAt });
    await cluster.streams.append(ROOM_RECORDS_STREAM, {
      ...{ type: 'participant.joined', roomId: meeting.id, participantId: randomUUID(), name: 'Ada', role: 'guest' },
      ...{ hidden: false, nodeId: 'ws-1', at: clock.date() },
    });
    // Every timer of background work, also the hourly ones.
    for (let minute = 0; minute < 130; minute += 1) await clock.advance(60_000);
    expect(lines).toEqual([]);
    expect(await successor.queries.select().from(mails)).toMatchObject([{ attempts: 0 }]);
    await successor.close();

    await api.resume();
    const joined = () => queries.select().from(participants).where(eq(participants.meetingId, meeting.id));
    await vi.waitFor(async () => expect(await joined()).toMatchObject([{ name: 'Ada' }]));
    // Notified by the database, without its timer: it listens to the files that are open now.
    await queries.transaction((transaction) =>
      record(transaction, owner, 'meeting.ended', { code: meeting.code }, createdAt),
    );
    const delivery = () =>
      queries
        .select()
        .from(webhookDeliveries)
        .where(eq(webhookDeliveries.webhookId, webhook?.id ?? ''));
    await vi.waitFor(async () => expect((await delivery()).some(({ attempts }) => attempts > 0)).toBe(true));
    await vi.waitFor(async () => {
      await clock.advance(2000);
      expect(lines.map(({ msg }) => msg)).toContain('sending a mail failed; it is retried');
    });
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  },
  STARTING,
);
