import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Brand } from '../src/brand-settings.js';
import { serveWebApp } from '../src/web-app.js';

const NO_BRAND: Brand = { name: undefined, logo: undefined, accent: undefined, links: {} };
const COLOURS = { accent: '#7a1fa2', strong: '#611982', onAccent: '#ffffff', soft: '#f2e9f6' };

let fastify: FastifyInstance;
let script: string;
beforeAll(async () => {
  fastify = Fastify();
  await serveWebApp(fastify, { brand: NO_BRAND, serviceWorker: true });
  const page = (await fastify.inject('/')).body;
  script = /\/assets\/index-[\w-]+\.js/.exec(page)?.[0] ?? '';
});
afterAll(() => fastify.close());

const get = (encoding: string | undefined) =>
  fastify.inject({ url: script, headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });

it.each([
  ['br', 'gzip, deflate, br, zstd', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
])('sends scripts as %s to a browser that takes %s', async (encoding, accepted, decompress) => {
  const [plain, compressed] = [await get(undefined), await get(accepted)];
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(compressed.headers).toMatchObject({
    'content-encoding': encoding,
    'content-type': plain.headers['content-type'],
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect(compressed.headers.vary).toMatch(/accept-encoding/i);
  expect(decompress(compressed.rawPayload).equals(plain.rawPayload)).toBe(true);
  // The entry of the page is short, and short texts compress less.
  expect(compressed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
});

it.each(['br', 'gzip', 'identity'])('lets only its workers compile WebAssembly, sent as %s', async (encoding) => {
  const policyOf = async (name: RegExp) => {
    const [file] = readdirSync(new URL('../../web/dist/assets/', import.meta.url)).filter((each) => name.test(each));
    const answer = await fastify.inject({ url: `/assets/${file}`, headers: { 'accept-encoding': encoding } });
    return answer.headers['content-security-policy'];
  };
  const workers = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
  expect(await policyOf(/^background-worker-[\w-]+\.js$/)).toBe(workers);
  expect(await policyOf(/^noise-module-worker-[\w-]+\.js$/)).toBe(workers);
  // The rest has the policy of the page, which the server sets.
  expect(await policyOf(/^noise-worklet-[\w-]+\.js$/)).toBeUndefined();
  expect(await policyOf(/^index-[\w-]+\.js$/)).toBeUndefined();
});

it('sends the page with its brand, and the logo as a document that runs nothing', async () => {
  const branded = Fastify();
  const content = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const logo = { content, type: 'image/svg+xml' } as const;
  await serveWebApp(branded, { brand: { ...NO_BRAND, name: 'Ferry', logo }, serviceWorker: true });
  const [plain, compressed] = [
    await branded.inject('/m/abc-defg-hij'),
    await branded.inject({ url: '/', headers: { 'accept-encoding': 'gzip, br' } }),
  ];
  expect(plain.body).toContain('<title>Ferry</title>');
  expect(plain.headers['cache-control']).toBe('no-cache');
  expect(brotliDecompressSync(compressed.rawPayload).toString()).toBe(plain.body);
  const address = /href="(\/brand\/[^"]+)"/.exec(plain.body)?.[1] ?? '';
  const picture = await branded.inject(address);
  expect(picture.rawPayload.equals(content)).toBe(true);
  expect(picture.headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
  });
  await branded.close();
});

it('serves a manifest whose icons are there', async () => {
  const answer = await fastify.inject('/manifest.webmanifest');
  expect(answer.headers).toMatchObject({
    'content-type': expect.stringMatching('application/manifest\\+json'),
    'cache-control': 'no-cache',
  });
  const manifest = answer.json();
  expect(manifest).toMatchObject({ id: '/', name: 'Waterbus', start_url: '/', scope: '/', display: 'standalone' });
  expect(manifest.icons.map(({ purpose }: { purpose?: string }) => purpose)).toEqual([
    undefined,
    undefined,
    'maskable',
  ]);
  for (const { src, sizes } of manifest.icons) {
    const icon = await fastify.inject(src);
    expect(icon.headers['content-type']).toBe('image/png');
    expect(`${icon.rawPayload.readUInt32BE(16)}x${icon.rawPayload.readUInt32BE(20)}`).toBe(sizes);
  }
  expect((await fastify.inject('/')).body).toContain('<link rel="manifest" href="/manifest.webmanifest"');
});

it('serves an offline page that needs nothing else, and a worker that changes with it', async () => {
  const brand: Brand = {
    ...NO_BRAND,
    name: 'Ferry',
    logo: { content: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), type: 'image/svg+xml' },
    accent: { light: COLOURS, dark: COLOURS },
  };
  const branded = Fastify();
  await serveWebApp(branded, { brand, serviceWorker: true });
  const page = await branded.inject('/offline');
  expect(page.headers['cache-control']).toBe('no-cache');
  expect(page.body).toContain('<title>Ferry</title>');
  expect(page.body).toContain('--accent:#7a1fa2');
  expect(page.body).not.toMatch(/(src|href)="(?!data:)/);
  // What is in the page is what its policy permits.
  const policy = String(page.headers['content-security-policy']);
  for (const [tag, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ] as const) {
    const hashes = [...page.body.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
      ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
    );
    expect(hashes.length).toBeGreaterThan(0);
    expect(policy).toContain(`${directive} ${hashes.join(' ')};`);
  }
  const [own, other] = [await fastify.inject('/service-worker.js'), await branded.inject('/service-worker.js')];
  expect(own.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'none'; connect-src 'self'",
  });
  const [version, ...script] = own.body.split('\n');
  expect(other.body.split('\n').slice(1)).toEqual(script);
  expect(other.body.split('\n')[0]).not.toBe(version);
  await branded.close();
});

it('ends the workers that browsers have, where the operator wants none', async () => {
  const without = Fastify();
  await serveWebApp(without, { brand: NO_BRAND, serviceWorker: false });
  expect((await without.inject('/')).body).toContain('<meta name="waterbus-service-worker" content="off" />');
  expect((await fastify.inject('/')).body).not.toContain('waterbus-service-worker');
  const worker = (await without.inject('/service-worker.js')).body;
  expect(worker).toContain('registration.unregister()');
  expect(worker).not.toContain('fetch');
  await without.close();
});
