import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium as playwright } from '@playwright/test';
import { chromium } from '../system/browsers.js';
import { openMailbox } from '../system/mailbox.js';
import { startWaterbus } from '../system/waterbus.js';
import { KEPT_LOOKS, LOOKS, shoot } from './looks.js';
import { ADMINISTRATOR } from './people.js';
import { tour } from './tour.js';

// Pictures of the screens of visitors and of the call, in a system that the command starts itself.

const { values } = parseArgs({
  options: {
    /** Beginnings of screens' names, separated by commas. */
    only: { type: 'string', default: '' },
    /** Every look; without it those that the repository keeps. */
    all: { type: 'boolean', default: false },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run screenshots -- [options]

  --all         every look: ${LOOKS.map(({ name }) => name).join(', ')}
                (without it ${KEPT_LOOKS.join(' and ')})
  --only NAMES  screens, or how their names begin, separated by commas
  --out FOLDER  the folder of the pictures (docs/screenshots; with --all .test-output/screenshots)`);
  process.exit(0);
}
const folder = path.resolve(values.out ?? (values.all ? '.test-output/screenshots' : 'docs/screenshots'));
const wanted = values.only.split(',');
const looks = LOOKS.filter(({ name }) => values.all || KEPT_LOOKS.includes(name));
await mkdir(folder, { recursive: true });
// Pictures of screens that are no more.
if (values.only === '')
  for (const name of await readdir(folder)) if (name.endsWith('.webp')) await rm(path.join(folder, name));

const mailbox = await openMailbox();
const waterbus = await startWaterbus('one-process', async (url) => ({
  PUBLIC_URL: url,
  SMTP_URL: mailbox.url,
  MAIL_FROM: 'Waterbus <meet@example.org>',
  ADMINS: ADMINISTRATOR.address,
  LOG_LEVEL: 'warn',
}));
const browser = await playwright.launch(chromium({ fps: 10 }));
let count = 0;
const failed = (error: unknown) => {
  console.error(error);
  process.exitCode = 1;
};
try {
  for await (const { name, page, whole = false } of tour({ browser, url: waterbus.url, mailbox }, failed)) {
    if (!wanted.some((start) => name.startsWith(start))) continue;
    for (const look of looks) {
      await shoot(page, look, path.join(folder, `${name}.${look.name}.webp`), whole);
      count += 1;
    }
    console.log(name);
  }
} finally {
  await browser.close();
  await waterbus.stop();
  await mailbox.close();
}
console.log(`${count} pictures in ${path.relative(process.cwd(), folder)}`);
