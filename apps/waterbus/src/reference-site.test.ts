import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
