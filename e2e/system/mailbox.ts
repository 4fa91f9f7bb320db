import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from '@playwright/test';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server that keeps its mails. */
export interface Mailbox {
  /** The value of `SMTP_URL`. */
  url: string;
  /**
   * Waits for the newest mail to an address with a matching subject; removes the mail and returns
   * its link.
   */
  linkTo(address: string, subject: RegExp): Promise<string>;
  close(): Promise<void>;
}

export async function openMailbox(): Promise<Mailbox> {
  const mails: { recipients: string[]; content: string }[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      text(stream).then((raw) => {
        // Long lines are folded with "=" at their end (RFC 2045 section 6.7), and "=" itself is
        // written "=3D".
        const content = raw.replaceAll('=\r\n', '').replaceAll('=3D', '=');
        mails.push({ recipients: envelope.rcptTo.map(({ address }) => address), content });
        done();
      }, done);
    },
  });
  const listening = smtp.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    linkTo: async (address, subject) => {
      let found: string | undefined;
      await expect
        .poll(
          () => {
            const index = mails.findLastIndex(
              ({ recipients, content }) =>
                recipients.includes(address) && subject.test(/^Subject: (.*)$/m.exec(content)?.[1] ?? ''),
            );
            if (index < 0) return false;
            found = /https?:\/\/\S+#(?:token|invitation)=[\w-]+/.exec(mails.splice(index, 1)[0]?.content ?? '')?.[0];
            return true;
          },
          { message: `a mail ${subject} for ${address}`, timeout: 60_000 },
        )
        .toBe(true);
      if (!found) throw new Error('There is no link in the mail');
      return found;
    },
    close: () => new Promise((resolve) => smtp.close(resolve)),
  };
}
