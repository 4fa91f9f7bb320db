import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import type * as client from '@waterbus/client';
import { build } from 'esbuild';
import { expect, test } from '../system/test.js';
import type { Waterbus } from '../system/waterbus.js';

// What an outside developer does: a back end with the server SDK and a page of another origin with
// the browser SDK, both from the packages as they are published.

type Outside = typeof client & { call: client.Call; heard: unknown[] };

const KEY = `wbk_outside_${'k'.repeat(40)}`;
const root = fileURLToPath(new URL('../..', import.meta.url));
let scratch: string;
let site: Server;
let origin: string;
let waterbus: Waterbus;

test.beforeAll(async ({ startWaterbus }) => {
  mkdirSync(path.join(root, '.test-output'), { recursive: true });
  scratch = mkdtempSync(path.join(root, '.test-output/outside-'));
  const packages = ['client', 'protocol', 'server-sdk'].map((name) => `@waterbus/${name}`);
  execFileSync(process.execPath, ['scripts/packages/stage-into.mjs', scratch, ...packages], { cwd: root });
  const script = await pageScript();
  site = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  // Another site than `localhost`, and a secure context.
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  waterbus = await startWaterbus({ ALLOWED_ORIGINS: origin, API_KEYS: KEY });
});
test.afterAll(async () => {
  await waterbus.stop();
  site.close();
  rmSync(scratch, { recursive: true });
});

test('a page of a listed origin joins with a join token and as a guest, with chat, data and a picture', async ({
  people,
}) => {
  const { code, joinToken } = backEnd();
  expect(joinToken.signalling).toEqual([waterbus.url]);
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  for (const { page } of [ada, ben]) await page.goto(origin);
  await join(ada.page, { server: waterbus.url, code, joinToken });
  await join(ben.page, { server: waterbus.url, code, name: 'Ben' });

  await ben.page.waitForFunction(() => window.outside.call.participants[0]?.publication('camera')?.track !== undefined);
  expect(await ben.page.evaluate(() => window.outside.call.participants[0]?.metadata)).toEqual({ 'crm.id': '42' });
  await ben.page.evaluate(async () => {
    const { call, attach } = window.outside;
    const video = document.body.appendChild(document.createElement('video'));
    attach(call, call.participants[0]!.publication('camera')!, video);
    await call.chat.send('Hello from outside');
    await call.sendData({ topic: 'pen', payload: new Uint8Array([0, 255]) });
    await call.sendData({ topic: 'pen', payload: 'text' });
  });
  await ben.page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
  await ada.page.waitForFunction(() => window.outside.heard.length === 3);
  expect(await ada.page.evaluate(() => window.outside.heard)).toEqual(
    expect.arrayContaining(['Hello from outside', [0, 255], 'text']),
  );
  expect(await ada.page.evaluate(async () => (await window.outside.call.chat.list()).items.length)).toBe(1);
  expect((await ada.context.cookies(waterbus.url)).length).toBe(0);
});

test('a page of another origin gets no answer', async ({ browser }) => {
  const page = await browser.newPage();
  // The same page under a name that is not listed.
  await page.goto(origin.replace('127.0.0.1', 'other.localhost'));
  const refused = await page.evaluate(async (server) => {
    const { createMeeting } = window.outside;
    return createMeeting({ server, title: 'No' }).catch((error) => error.code);
  }, waterbus.url);
  expect(refused).toBe('network.unreachable');
  await page.close();
});

/** The developer's back end: a program of its own. */
function backEnd(): { code: string; joinToken: client.JoinToken } {
  const program = path.join(scratch, 'back-end.mjs');
  writeFileSync(
    program,
    `import { WaterbusServer } from '@waterbus/server-sdk';
const waterbus = new WaterbusServer({ url: process.argv[2], apiKey: process.argv[3] });
const settings = { shareScreen: 'moderators' };
const { meeting } = await waterbus.meetings.create({ title: 'Consultation', settings });
if (meeting.settings.shareScreen !== 'moderators') throw new Error('settings');
const joinToken = await waterbus.joinTokens.create(meeting.code, { name: 'Ada', metadata: { 'crm.id': '42' } });
console.log(JSON.stringify({ code: meeting.code, joinToken }));
`,
  );
  return JSON.parse(execFileSync(process.execPath, [program, waterbus.url, KEY], { encoding: 'utf8' }));
}

async function join(page: Page, options: object): Promise<void> {
  await page.evaluate(async (options) => {
    const { outside } = window;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const tracks = stream.getTracks().map((track) => ({
      track,
      source: track.kind === 'audio' ? ('microphone' as const) : ('camera' as const),
    }));
    outside.heard = [];
    outside.call = await outside.join({ ...(options as client.JoinOptions), tracks });
    outside.call.on('meeting', (event) => {
      if (event.type === 'message.created') outside.heard.push(event.message.text);
    });
    outside.call.on('data', ({ payload }) => outside.heard.push(typeof payload === 'string' ? payload : [...payload]));
  }, options);
}

async function pageScript(): Promise<string> {
  const contents = "import * as client from '@waterbus/client'; window.outside = { ...client };";
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: scratch },
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'silent' },
  });
  return outputFiles[0]!.text;
}

declare global {
  interface Window {
    outside: Outside;
  }
}
