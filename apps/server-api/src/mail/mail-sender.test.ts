import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { mails } from '../database/schema.js';
import { queueMail } from './mail-queue.js';

const publicUrl = 'https://meet.example.org';
const HOUR = 3_600_000;
let log = '';
let mailServer: MailServer;
let server: ServerUnderTest;
beforeAll(async () => {
  mailServer = await startMailServer();
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  server = await startServer({ mail: mailServer.settings, publicUrl, logger: pino({ level: 'trace' }, stream) });
}, STARTING);
afterAll(async () => {
  await server.close();
  await mailServer.close();
});
beforeEach(() => {
  mailServer.mails = [];
  mailServer.refuseWith = undefined;
});

const queue = (change: Partial<Parameters<typeof queueMail>[1]> = {}, on = server) =>
  queueMail(
    on.queries,
    { recipient: 'ada@example.org', subject: 'Subject', text: 'Text of the mail', ...change },
    new Date(on.clock.date()),
  );
const rows = () => server.queries.select().from(mails);
/** Advances the clock in steps, so that the sender works in each. */
const until = (condition: () => Promise<void>, step = 2000) =>
  vi.waitFor(
    async () => {
      await server.clock.advance(step);
      await condition();
    },
    { timeout: 15_000 },
  );

describe('mail', () => {
  it('is sent to the mail server and deleted', async () => {
    await queue({ subject: 'Ünïcode 会議', text: 'Hello,\n\n.a line that begins with a dot\n' });
    const [mail] = await mailServer.received(server, 1);
    expect(mail).toMatchObject({ from: 'meet@example.org', recipients: ['ada@example.org'] });
    expect(mail?.raw).toMatch(/^From: Waterbus <meet@example.org>\r$/m);
    expect(mail?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail?.raw).toMatch(/^\.a line that begins with a dot\r$/m);
    await until(async () => expect(await rows()).toEqual([]));
  });

  it('is sent completely, also in large numbers', async () => {
    const recipients = Array.from({ length: 12 }, (_, n) => `person-${n}@example.org`);
    for (const recipient of recipients) await queue({ recipient });
    await mailServer.received(server, 12);
    expect(mailServer.mails.flatMap((mail) => mail.recipients).sort()).toEqual(recipients.sort());
  });

  it('takes no headers and no recipients from people’s text', async () => {
    await queue({ subject: 'Ada\r\nBcc: eve@example.org\r\n\r\nbody\u2028X: y' });
    const [mail] = await mailServer.received(server, 1);
    expect(mail?.raw).toMatch(/^Subject: Ada Bcc: eve@example.org body X: y\r$/m);
    expect(mail?.recipients).toEqual(['ada@example.org']);
    for (const recipient of ['a@example.org, eve@example.org', 'a@example.org\r\nBcc: eve@example.org', 'a <b@c.d>']) {
      await expect(queue({ recipient })).rejects.toThrow('not one mail address');
    }
  });

  it('is retried with growing pauses, and arrives with the same Message-ID', async () => {
    mailServer.refuseWith = 451;
    await queue();
    const pauses: number[] = [];
    for (let attempts = 1; attempts <= 9; attempts += 1) {
      // The retry is due: advancing the clock by hours would mean thousands of polls of the queue.
      await server.queries.update(mails).set({ nextAttemptAt: new Date(server.clock.date()) });
      await until(async () => expect((await rows())[0]?.attempts).toBe(attempts), 100);
      pauses.push(((await rows())[0]?.nextAttemptAt.getTime() ?? 0) - server.clock.date());
    }
    [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].forEach((seconds, n) => {
      expect(pauses[n]).toBeLessThanOrEqual(seconds * 1000);
      expect(pauses[n]).toBeGreaterThan(seconds * 1000 - 5000);
    });
    mailServer.refuseWith = undefined;
    const [row] = await rows();
    await server.queries.update(mails).set({ nextAttemptAt: new Date(server.clock.date()) });
    await until(async () => expect(await rows()).toEqual([]));
    expect(mailServer.mails).toHaveLength(1);
    expect(mailServer.mails[0]?.raw).toMatch(new RegExp(`^Message-ID: <${row?.id}@waterbus>\r$`, 'm'));
  });

  it('is abandoned after a day, and immediately when the address is refused permanently', async () => {
    mailServer.refuseWith = 451;
    await queue();
    const createdAt = new Date(server.clock.date() - 24 * HOUR + 60_000);
    await server.queries.update(mails).set({ createdAt });
    await until(async () => expect((await rows())[0]?.attempts).toBe(1), 100);
    const past = new Date(server.clock.date() - 24 * HOUR);
    await server.queries.update(mails).set({ createdAt: past, nextAttemptAt: past });
    await until(async () => expect(await rows()).toEqual([]));
    mailServer.refuseWith = 550;
    await queue();
    await until(async () => expect(await rows()).toEqual([]));
    expect(mailServer.mails).toEqual([]);
  });

  it('writes neither addresses nor texts to the log', async () => {
    expect(log).toMatch(/sending a mail failed; it is retried/);
    expect(log).toMatch(/sending a mail failed permanently; it is deleted/);
    expect(log).not.toMatch(/@example\.org|Text of the mail/);
  });
});

describe('on PostgreSQL', () => {
  let postgres: PostgresUnderTest;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, STARTING);
  afterAll(() => postgres.close());

  it(
    'is sent once by servers that share the queue',
    async () => {
      const databaseUrl = await postgres.newDatabase();
      const options = { databaseUrl, mail: mailServer.settings, publicUrl };
      const [one, another] = [await startServer(options), await startServer(options)];
      for (let n = 0; n < 20; n += 1) await queue({ recipient: `person-${n}@example.org` }, one);
      await vi.waitFor(
        async () => {
          await Promise.all([one.clock.advance(2000), another.clock.advance(2000)]);
          expect(await one.queries.select().from(mails)).toEqual([]);
        },
        { timeout: 15_000 },
      );
      expect(mailServer.mails).toHaveLength(20);
      await one.close();
      await another.close();
    },
    STARTING,
  );
});
