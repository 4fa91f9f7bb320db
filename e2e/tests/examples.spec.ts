import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { createMeeting } from '@waterbus/client/testing/create-meeting';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { build } from 'esbuild';
import { test as base, expect } from '../system/test.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const API_KEY = `wbk_school_${'k'.repeat(40)}`;

/** `port` is of the page that the examples are on: 127.0.0.1, another site than the server's. */
const test = base.extend<object, { port: number }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  port: [async ({}, use) => use(await freePort()), { scope: 'worker' }],
  waterbus: [
    async ({ port, startWaterbus }, use) => {
      const origin = `http://127.0.0.1:${port}`;
      const waterbus = await startWaterbus({
        API_KEYS: API_KEY,
        PRIVATE_WEBHOOKS: '1',
        ALLOWED_ORIGINS: origin,
        FRAME_ANCESTORS: origin,
      });
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

/** The example as a static page. */
async function built(name: string, entry: string): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-example-'));
  await copyFile(path.join(EXAMPLES, name, 'index.html'), path.join(folder, 'index.html'));
  await build({
    entryPoints: [path.join(EXAMPLES, name, entry)],
    outfile: path.join(folder, 'main.js'),
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'es2022', jsx: 'automatic', logLevel: 'silent' },
  });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Runs the back end's example as its first lines describe. */
async function backEnd(environment: Record<string, string>): Promise<{ output: () => string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', 'back-end/main.ts'], {
    cwd: EXAMPLES,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  await expect.poll(() => output).toContain('Listening');
  return { output: () => output, child };
}

test('a back end admits its user to a meeting inside its page, and hears of it', async ({ waterbus, people, port }) => {
  const url = `http://127.0.0.1:${port}`;
  const page = await built('embed', 'main.ts');
  const school = await backEnd({
    WATERBUS_URL: waterbus.url,
    WATERBUS_API_KEY: API_KEY,
    OWN_URL: url,
    PORT: String(port),
    PAGE_FOLDER: page.folder,
  });
  try {
    const ada = await people('Ada');
    const asked: string[] = [];
    ada.page.on('request', (request) => asked.push(request.url()));
    await ada.page.goto(url);
    const frame = ada.page.frameLocator('iframe');
    await expect(ada.page.getByRole('status')).toHaveText('You are in the call.');
    // Without a lobby and a header, with the name that the back end gave.
    await expect(frame.getByText('Ada Lovelace').first()).toBeVisible();
    await expect(frame.getByRole('button', { name: 'Full screen' })).toBeHidden();
    await expect(frame.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
    await expect.poll(school.output).toContain('Ada Lovelace came into');
    expect(asked.filter((address) => /token/i.test(new URL(address).search))).toEqual([]);

    await commandsOf(ada.page);
    await expect(frame.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();

    await ada.page.getByRole('button', { name: 'Hang up' }).click();
    await expect(ada.page.getByRole('status')).toHaveText('The consultation is over.');
    await expect(frame.getByText('You left the meeting')).toBeVisible();

    // Opened again in another language, which its name has too.
    await ada.page.locator('waterbus-meeting').evaluate((meeting: HTMLElement) => {
      meeting.lang = 'ar';
      meeting.setAttribute('code', meeting.getAttribute('code')!);
    });
    await expect(ada.page.getByTitle('اجتماع')).toHaveAttribute('lang', 'ar');
    await expect(frame.locator('html')).toHaveAttribute('lang', 'ar');
    await expect(frame.locator('html')).toHaveAttribute('dir', 'rtl');

    const forged = await fetch(`${url}/webhook`, { method: 'POST', body: '{}' });
    expect(forged.status).toBe(401);
  } finally {
    school.child.kill();
    await once(school.child, 'exit');
    await page.remove();
  }
});

/** Commands of a page's script. */
async function commandsOf(page: Page): Promise<void> {
  await page.evaluate(async () => {
    type Meeting = HTMLElement & { setMicrophone(on: boolean): Promise<void>; sendChat(text: string): Promise<void> };
    const meeting = document.querySelector<Meeting>('waterbus-meeting')!;
    await meeting.sendChat('Hello from the page');
    await meeting.setMicrophone(false);
  });
}

test('pages of another origin draw a call: a plain one, and one with React', async ({ waterbus, people, port }) => {
  const [plain, react] = [await built('page', 'main.ts'), await built('react', 'main.tsx')];
  const site = await served({ plain: plain.folder, react: react.folder }, port);
  try {
    const { meeting } = await createMeeting({ server: waterbus.url, title: 'Weekly' });
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    const open = (page: Page, name: 'plain' | 'react') =>
      page.goto(`${site.url}/${name}/?server=${encodeURIComponent(waterbus.url)}&code=${meeting.code}`);

    await open(ben.page, 'react');
    await ben.page.getByLabel('Your name').fill('Ben');
    await ben.page.getByRole('button', { name: 'Join' }).click();
    await expect(ben.page.getByRole('button', { name: 'Leave' })).toBeVisible();

    await open(ada.page, 'plain');
    await ada.page.getByRole('button', { name: 'Join' }).click();
    await expect(ada.page.locator('main audio')).toHaveCount(1);
    await expect.poll(() => widthOf(ada.page, 'main video')).toBeGreaterThan(0);
    await expect.poll(() => widthOf(ben.page, 'article[aria-label=Ada] video')).toBeGreaterThan(0);

    await ben.page.getByRole('textbox', { name: 'Message' }).fill('Hello');
    await ben.page.getByRole('button', { name: 'Send' }).click();
    await expect(ben.page.getByRole('region', { name: 'Messages' })).toContainText('Ben Hello');
    await ben.page.getByRole('button', { name: 'Stop camera' }).click();
    await expect(ben.page.getByRole('button', { name: 'Start camera' })).toBeVisible();
    await ben.page.getByRole('button', { name: 'Leave' }).click();
    await expect(ben.page.getByRole('status')).toHaveText('You left.');
    await expect(ada.page.locator('main video')).toHaveCount(0);
  } finally {
    site.close();
    await Promise.all([plain.remove(), react.remove()]);
  }
});

/** Static pages, each under its name. */
async function served(folders: Record<string, string>, port: number): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    const [name = '', file] = new URL(request.url!, 'http://site').pathname.slice(1).split('/');
    const folder = folders[name];
    // A delivery of the other test's webhook may still arrive.
    if (!folder) {
      response.writeHead(404).end();
      return;
    }
    const isScript = file === 'main.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(await readFile(path.join(folder, isScript ? 'main.js' : 'index.html')));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Of the picture that the element shows, in pixels; 0 without one. */
function widthOf(page: Page, video: string): Promise<number> {
  return page.locator(video).evaluateAll((videos) => (videos[0] as HTMLVideoElement | undefined)?.videoWidth ?? 0);
}
