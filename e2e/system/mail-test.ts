import { type Mailbox, openMailbox } from './mailbox.js';
import { test as base } from './test.js';
import type { Waterbus } from './waterbus.js';

/** Tests of a system with a mail server. `settings`: more of the system. */
export function mailTest(settings: Record<string, string> = {}) {
  return base.extend<object, { mailbox: Mailbox; waterbus: Waterbus }>({
    mailbox: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from this pattern
      async ({}, use) => {
        const mailbox = await openMailbox();
        await use(mailbox);
        await mailbox.close();
      },
      { scope: 'worker' },
    ],
    waterbus: [
      async ({ mailbox, startWaterbus }, use) => {
        const mail = { SMTP_URL: mailbox.url, MAIL_FROM: 'Waterbus <meet@example.org>' };
        const waterbus = await startWaterbus(async (url) => ({ PUBLIC_URL: url, ...mail, ...settings }));
        await use(waterbus);
        await waterbus.stop();
      },
      { scope: 'worker', timeout: 240_000 },
    ],
  });
}
