import type { Clock } from '@waterbus/cluster';
import { and, eq, inArray, lte } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { createTransport, type Transporter } from 'nodemailer';
import type { Queries } from '../database/database.js';
import { mails } from '../database/schema.js';

export interface MailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  url: string;
  /** Such as `Waterbus <meet@example.org>`. */
  from: string;
}

type MailRow = typeof mails.$inferSelect;

/**
 * Sends queued mail to the mail server. Several servers share the queue: the server that claims a
 * row tries it. The row is deleted once the mail server accepts the mail, so a mail may arrive
 * twice after a crash, with the same Message-ID, but is never lost.
 */
export class MailSender {
  readonly #queries: Queries;
  readonly #clock: Clock;
  readonly #log: FastifyBaseLogger;
  readonly #settings: MailSettings;
  readonly #transport: Transporter;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(parts: { queries: Queries; clock: Clock; log: FastifyBaseLogger }, settings: MailSettings) {
    this.#queries = parts.queries;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#settings = settings;
    this.#transport = createTransport({
      url: settings.url,
      connectionTimeout: CONNECTION_TIMEOUT,
      greetingTimeout: CONNECTION_TIMEOUT,
      dnsTimeout: CONNECTION_TIMEOUT,
      socketTimeout: SOCKET_TIMEOUT,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  start(): void {
    this.#cancel = this.#clock.after(POLL_TIME, () => {
      this.#sending = this.#sendDue()
        .catch((error: unknown) => this.#log.error({ err: error }, 'reading queued mail failed'))
        .then(() => {
          if (!this.#stopped) this.start();
        });
    });
  }

  /**
   * Resolves when no mail is being sent any more, or a mail server takes too long: that mail is
   * retried later.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_TIMEOUT);
      this.#sending.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#transport.close();
  }

  async #sendDue(): Promise<void> {
    while (!this.#stopped) {
      const claimed = await this.#claim();
      await Promise.all(claimed.map((mail) => this.#send(mail)));
      if (claimed.length < BATCH) return;
    }
  }

  /** No other server tries these until the lease ends, and none waits for the claim of another. */
  async #claim(): Promise<MailRow[]> {
    const now = this.#clock.date();
    return this.#queries.transaction(async (transaction) => {
      const due = await transaction
        .select()
        .from(mails)
        .where(lte(mails.nextAttemptAt, new Date(now)))
        .orderBy(mails.nextAttemptAt)
        .limit(BATCH)
        .for('update', { skipLocked: true });
      if (due.length === 0) return due;
      const ids = due.map(({ id }) => id);
      await transaction
        .update(mails)
        .set({ nextAttemptAt: new Date(now + LEASE) })
        .where(inArray(mails.id, ids));
      return due;
    });
  }

  async #send(mail: MailRow): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.#settings.from,
        // As parts, not as text: an address is never parsed as a list of addresses.
        to: { name: '', address: mail.recipient },
        subject: mail.subject,
        text: mail.text,
        ...(mail.calendar && {
          icalEvent: { method: 'PUBLISH', filename: 'meeting.ics', content: mail.calendar },
        }),
        messageId: `<${mail.id}@waterbus>`,
        // RFC 3834 section 5: no automatic responder may answer.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      await this.#failed(mail, error as SendingError).catch((err: unknown) =>
        this.#log.error({ err, mailId: mail.id }, 'returning a mail to the queue failed'),
      );
      return;
    }
    try {
      await this.#queries.delete(mails).where(eq(mails.id, mail.id));
    } catch (error) {
      this.#log.error({ err: error, mailId: mail.id }, 'deleting a sent mail failed; it is sent again');
    }
  }

  async #failed(mail: MailRow, { code, responseCode }: SendingError): Promise<void> {
    const attempts = mail.attempts + 1;
    const now = this.#clock.date();
    const nextAttemptAt = new Date(now + Math.min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE));
    const refused = (responseCode ?? 0) >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
    const late = nextAttemptAt.getTime() - mail.createdAt.getTime() > GIVEN_UP_AFTER;
    // Neither the error's message nor the mail: both contain addresses, and the mail may contain a
    // secret.
    const facts = { mailId: mail.id, attempts, code, responseCode };
    if (refused || late) {
      this.#log.error(facts, 'sending a mail failed permanently; it is deleted');
      await this.#queries.delete(mails).where(eq(mails.id, mail.id));
      return;
    }
    this.#log.warn(facts, 'sending a mail failed; it is retried');
    // Only if this attempt is still the latest.
    await this.#queries
      .update(mails)
      .set({ attempts, nextAttemptAt })
      .where(and(eq(mails.id, mail.id), eq(mails.attempts, mail.attempts)));
  }
}

/**
 * As nodemailer describes them: the kind and place of the error, and the reply code of SMTP (RFC
 * 5321 section 4.2).
 */
interface SendingError {
  code?: string;
  responseCode?: number;
}

/** Milliseconds: the recipient is waiting for the mail. */
const POLL_TIME = 2000;

/** Mails at once: a mail server takes several connections, and they hold memory here. */
const BATCH = 5;

/** Milliseconds for the address, the connection and the greeting each. */
const CONNECTION_TIMEOUT = 10_000;

/** Milliseconds: the whole process has 5 seconds to end. */
const STOP_TIMEOUT = 1500;

/** Milliseconds without a byte. */
const SOCKET_TIMEOUT = 30_000;

/**
 * Milliseconds, longer than an attempt can take: after a crash of the claiming server the row
 * becomes available again.
 */
const LEASE = 600_000;

/** Milliseconds before the second attempt; each further pause is twice as long. */
const FIRST_PAUSE = 30_000;
const LONGEST_PAUSE = 3_600_000;

/** Milliseconds: the links in mails expire by then. */
const GIVEN_UP_AFTER = 24 * 3_600_000;
