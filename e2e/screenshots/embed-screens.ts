import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { paintDevices } from '../system/painted-devices.js';
import { expect, newContext, type Screen, type Surroundings } from './screen.js';

/** A meeting in a frame of another page: its lobby, its call and its end. */
export async function* embedScreens({ browser, url, pageAround }: Surroundings): AsyncGenerator<Screen> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await paintDevices(page);
  const created = await page.request.post(`${url}/v1/meetings`, { data: { title: 'Consultation' } });
  const { code } = (await created.json()).meeting;
  const body = await around(url, code);
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(body));
  site.listen(Number(new URL(pageAround).port), '127.0.0.1');
  await once(site, 'listening');
  await page.goto(pageAround);
  const frame = page.frameLocator('iframe');
  await expect(frame.getByRole('button', { name: 'Join now' })).toBeVisible();
  yield { name: 'embed-lobby', page };
  await frame.getByRole('button', { name: 'Join now' }).click();
  await expect(frame.getByRole('button', { name: 'Leave' })).toBeVisible();
  yield { name: 'embed-call', page };
  await frame.getByRole('button', { name: 'Leave' }).click();
  await expect(frame.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
  yield { name: 'embed-left', page };
  await context.close();
  site.close();
}

async function around(server: string, code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { defineWaterbusMeeting } from '@waterbus/embed'; defineWaterbusMeeting();",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'silent' },
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>Consultation</title><style>body { margin: 0 1rem; font-family: sans-serif; background: #eef3ee; color: #222 }
waterbus-meeting { display: block; height: calc(100vh - 6rem) }</style>
<header><h1>Your consultation</h1></header>
<waterbus-meeting server="${server}" code="${code}" name="Ada Lovelace"></waterbus-meeting>
<script>${outputFiles[0]!.text.replaceAll('</script', '<\\/script')}</script></html>`;
}
