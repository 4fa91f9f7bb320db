import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { serveReferenceSite } from './reference-site.js';

const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-site-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('leads to the REST reference where the site is not built', async () => {
  const server = fastify();
  await serveReferenceSite(server, path.join(folder, 'absent'));
  expect((await server.inject('/docs')).headers.location).toBe('/docs/');
  expect((await server.inject('/docs/')).headers.location).toBe('/docs/rest/');
});

it('serves the site with the script of its pages permitted by a hash, and no other inline one', async () => {
  writeFileSync(
    path.join(folder, 'index.html'),
    '<!doctype html><script>one()</script><script defer src="a.js"></script>',
  );
  writeFileSync(path.join(folder, 'a.js'), 'two()');
  const server = fastify();
  await serveReferenceSite(server, folder);
  const page = await server.inject('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toContain('text/html');
  const policy = String(page.headers['content-security-policy']);
  // printf 'one()' | openssl dgst -sha256 -binary | base64
  expect(policy).toContain("script-src 'self' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=';");
  expect(policy).not.toMatch(/unsafe|https?:/);
  expect((await server.inject('/docs/a.js')).body).toBe('two()');
  expect((await server.inject('/docs/../package.json')).statusCode).toBe(404);
});

it('sends the compressed files of the build, with the policy of the page', async () => {
  const html = `<!doctype html><script>one()</script>${'<p>text</p>'.repeat(500)}`;
  writeFileSync(path.join(folder, 'guide.html'), html);
  writeFileSync(path.join(folder, 'guide.html.br'), brotliCompressSync(html));
  const server = fastify();
  await serveReferenceSite(server, folder);
  const [plain, compressed] = [
    await server.inject('/docs/guide.html'),
    await server.inject({ url: '/docs/guide.html', headers: { 'accept-encoding': 'gzip, br' } }),
  ];
  expect(plain.body).toBe(html);
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(compressed.headers).toMatchObject({
    'content-encoding': 'br',
    'content-type': plain.headers['content-type'],
    'content-security-policy': plain.headers['content-security-policy'],
    'cache-control': 'no-cache',
  });
  expect(plain.headers['content-security-policy']).toContain("script-src 'self' 'sha256-");
  expect(brotliDecompressSync(compressed.rawPayload).toString()).toBe(html);
  // The folder itself is its first page, compressed or not.
  expect((await server.inject({ url: '/docs/', headers: { 'accept-encoding': 'br' } })).body).toContain('one()');
});
