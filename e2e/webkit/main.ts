// The app outside of a call in WebKitGTK, for `npm run test:webkit`. Debian builds it without WebRTC,
// so that no call is possible; the rest of the app is the same as in Safari's engine.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startWaterbus } from '../system/waterbus.js';
import { launchWebKit } from './webdriver.js';

/** W3C WebDriver §17.4.2. */
const ENTER = '\uE007';
const PASSWORD = 'battery staple correct';

const pictures = fileURLToPath(new URL('../../.test-output/webkit/', import.meta.url));
mkdirSync(pictures, { recursive: true });

const waterbus = await startWaterbus('one-process');
const page = await launchWebKit();
try {
  await page.resize(1280, 900);

  await page.goto(`${waterbus.url}/create-account`);
  await page.fill('Your name', 'Ada');
  await page.fill('E-mail address', 'ada@example.org');
  await page.fill('Password', PASSWORD);
  await page.click('button', 'Create account');
  await page.waitFor('the account', "return document.querySelector('header')?.innerText.includes('Ada')");
  console.log('An account is created.');

  await page.goto(waterbus.url);
  await page.fill('Meeting title', 'Weekly');
  await page.click('button', 'Create meeting');
  await page.waitFor(
    'the notice that this browser makes no calls',
    "return document.body.innerText.includes('This browser cannot make calls')",
  );
  const code = new URL(await page.evaluate<string>('return location.href')).pathname.split('/').at(-1) ?? '';
  await look('lobby');
  console.log('The lobby states that this browser makes no calls.');

  await page.goto(`${waterbus.url}/m/${code}/chat`);
  await page.fill('Message', 'It is **ready**');
  await page.press(ENTER);
  await page.waitFor(
    'the message',
    "return [...document.querySelectorAll('main strong')].some((e) => e.innerText === 'ready')",
  );
  await sendElsewhere(code, 'Sent elsewhere');
  await page.waitFor('a message of another page', "return document.body.innerText.includes('Sent elsewhere')");
  console.log('The chat sends, and receives while the page is open.');

  await page.goto(`${waterbus.url}/account`);
  await page.waitFor('the account page', "return document.querySelector('h1')?.checkVisibility()");
  for (const [width, height] of [
    [1280, 900],
    [390, 844],
  ] as const) {
    await page.resize(width, height);
    for (const path of [
      '/',
      '/account',
      `/m/${code}/overview`,
      `/m/${code}/people`,
      `/m/${code}/settings`,
      '/doctor',
    ]) {
      await page.goto(`${waterbus.url}${path}`);
      await page.waitFor(`a heading of ${path}`, "return document.querySelector('h1, h2')?.checkVisibility()");
      const [wide, shown] = await page.evaluate<[number, number]>(
        'return [document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      assert(wide <= shown, `${path} is ${wide} px wide in a window of ${shown}`);
      await look(`${path.split('/').at(-1) || 'home'}-${width}`);
    }
  }
  console.log('No page is wider than its window, at 1280 and 390 px.');
} catch (error) {
  console.error(waterbus.output());
  console.error(error);
  process.exitCode = 1;
  await look('failed');
} finally {
  await page.close();
  await waterbus.stop();
}

/** As the same account, from a second session. */
async function sendElsewhere(code: string, text: string): Promise<void> {
  const { tokens } = await post('/v1/sessions', { email: 'ada@example.org', password: PASSWORD });
  await post(`/v1/meetings/${code}/messages`, { clientId: randomUUID(), text }, tokens.accessToken);
}

async function post(path: string, body: object, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${waterbus.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function look(name: string): Promise<void> {
  writeFileSync(`${pictures}${name}.png`, await page.screenshot());
}
