import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { vi } from 'vitest';
import type { ServerUnderTest } from './server.js';

export interface ReceivedMail {
  from: string;
  recipients: string[];
  /** Header and body as received. */
  raw: string;
  /** The same with its lines unfolded. */
  text: string;
  /** The token of the link in it. */
  token: string | undefined;
}

/** A real SMTP server that stores its mails. */
export interface MailServer {
  /** For the server's settings. */
  settings: { url: string; from: string };
  mails: ReceivedMail[];
  /** Set: the next mails get this reply code instead of being accepted. */
  refuseWith: number | undefined;
  /** Advances the server's clock until this number of mails has arrived in total. */
  received(server: ServerUnderTest, count: number): Promise<ReceivedMail[]>;
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => {
      if (under.refuseWith === undefined) return done();
      done(Object.assign(new Error('Refused'), { responseCode: under.refuseWith }));
    },
    onData: (stream, { envelope }, done) => {
      text(stream).then((raw) => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const recipients = envelope.rcptTo.map(({ address }) => address);
        // Long lines are folded with "=" at their end (RFC 2045 section 6.7), and "=" itself is
        // written "=3D".
        const unfolded = raw.replaceAll('=\r\n', '').replaceAll('=3D', '=');
        under.mails.push({ from, recipients, raw, text: unfolded, token: /#token=([\w-]+)/.exec(unfolded)?.[1] });
        done();
      }, done);
    },
  });
  const listening = smtp.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  const under: MailServer = {
    settings: { url: `smtp://127.0.0.1:${port}`, from: 'Waterbus <meet@example.org>' },
    mails: [],
    refuseWith: undefined,
    received: async (server, count) => {
      await vi.waitFor(
        async () => {
          await server.clock.advance(2000);
          if (under.mails.length < count) throw new Error(`${under.mails.length} mails of ${count}`);
        },
        { timeout: 15_000 },
      );
      return under.mails;
    },
    close: () => new Promise((resolve) => smtp.close(resolve)),
  };
  return under;
}
