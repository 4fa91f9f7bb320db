import { readdirSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveWebApp } from '../src/web-app.js';

let fastify: FastifyInstance;
let script: string;
beforeAll(async () => {
  fastify = Fastify();
  await serveWebApp(fastify, { name: undefined, logo: undefined, accent: undefined, links: {} });
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
  await serveWebApp(branded, { name: 'Ferry', logo, accent: undefined, links: {} });
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
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  });
  await branded.close();
});
