import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { errorCatalogue } from '@waterbus/protocol';
import createClient from 'openapi-fetch';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson } from '../../test/people.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  'x-access'?: string;
  parameters?: { in: string }[];
  requestBody?: { content?: Record<string, unknown> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

interface Document {
  info: { description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
}

let server: ServerUnderTest;
let text: string;
let document: Document;
let origin: string;
beforeAll(async () => {
  server = await startServer();
  origin = await server.api.fastify.listen({ port: 0, host: '127.0.0.1' });
  text = await (await fetch(`${origin}/docs/json`)).text();
  document = JSON.parse(text);
}, STARTING);
afterAll(() => server.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${url}`, url, operation })),
  );

describe('the OpenAPI document', () => {
  it('passes the recommended rules of a linter', async () => {
    const config = await createConfig({ extends: ['recommended'], rules: notForUs });
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    const found = problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
    expect(found).toEqual([]);
  });

  it('has a name, a description and a group for every operation', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const { name, operation } of operations()) {
      expect(operation.summary, name).toBeTruthy();
      expect(operation.tags, name).toHaveLength(1);
      expect(tags, name).toContain(operation.tags?.[0]);
    }
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, description } of document.tags) expect(description, name).toBeTruthy();
  });

  it('lists the errors of its guard and its inputs for every operation', () => {
    for (const { name, url, operation } of operations()) {
      if (!url.startsWith('/v1/')) continue;
      const statuses = Object.keys(operation.responses);
      const needed = ['429'];
      // A route that checks a token of its own documents the error itself.
      if (operation.security?.length === 1 && operation['x-access'] !== 'handler') needed.push('401');
      if (operation.requestBody) needed.push('413', '415');
      if (operation.requestBody?.content?.['application/json']) needed.push('400');
      if (operation.parameters?.some((parameter) => parameter.in === 'query')) needed.push('400');
      expect(statuses, name).toEqual(expect.arrayContaining(needed));
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) >= 400)
          expect(Object.keys(content ?? {}), `${name} ${status}`).toEqual(['application/problem+json']);
      }
    }
  });

  it('lists the error catalogue', () => {
    for (const [code, { status, title }] of Object.entries(errorCatalogue)) {
      expect(document.info.description).toContain(`| \`${code}\` | ${status} | ${title} |`);
    }
  });
});

describe('a client generated from it', () => {
  it('is accepted by the compiler, which refuses wrong uses', { timeout: STARTING }, async () => {
    const types = astToString(await openapiTypescript(JSON.parse(text)));
    const folder = mkdtempSync(path.join(import.meta.dirname, '../../node_modules/generated-'));
    try {
      writeFileSync(path.join(folder, 'api.ts'), types);
      writeFileSync(path.join(folder, 'use.ts'), USE_OF_CLIENT);
      const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
      const settings = [
        '--strict',
        '--noEmit',
        '--skipLibCheck',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ];
      const { stdout } = spawnSync(process.execPath, [compiler, ...settings, 'use.ts'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('creates, reads and lists', async () => {
    const { headers } = await newPerson(server);
    // Typed in the test above; at run time a client is the same for every document.
    // biome-ignore lint/suspicious/noExplicitAny: the types exist only in that test's folder
    const client = createClient<any>({ baseUrl: origin, headers: headers as Record<string, string> }) as any;
    const created = await client.POST('/v1/meetings', { body: { title: 'Generated' } });
    expect(created.response.status).toBe(201);
    const { code } = created.data.meeting;
    const read = await client.GET('/v1/meetings/{code}', { params: { path: { code } } });
    expect(read.data.meeting.title).toBe('Generated');
    const list = await client.GET('/v1/meetings', { params: { query: { limit: 10 } } });
    expect(list.data.items.map((meeting: { code: string }) => meeting.code)).toEqual([code]);
    const absent = await client.GET('/v1/meetings/{code}', { params: { path: { code: 'aaa-aaaa-aaa' } } });
    expect(absent.error.code).toBe('meeting.not_found');
  });
});

/** Recommended rules that do not apply to this document. */
const notForUs = {
  // /healthz and /readyz answer no client error: they have no input.
  'operation-4xx-response': 'off',
  // The return from an identity provider ends in a redirect, whatever the outcome.
  'operation-2xx-response': 'off',
  // The document is served by the server it describes, at any address.
  'no-server-example.com': 'off',
} as const;

/** Code of a user of the client. `@ts-expect-error` fails when the next line is valid. */
const USE_OF_CLIENT = `
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const client = createClient<paths>({ baseUrl: 'http://127.0.0.1' });

export async function use(): Promise<string | undefined> {
  const { data, error } = await client.POST('/v1/meetings', { body: { title: 'Planning' } });
  if (error) return error.code;
  const code: string = data.meeting.code;
  const { data: list } = await client.GET('/v1/meetings', { params: { query: { limit: 10 } } });
  const titles: string[] = list?.items.map((meeting) => meeting.title) ?? [];
  const { data: read } = await client.GET('/v1/meetings/{code}', { params: { path: { code } } });
  // @ts-expect-error a number is no title
  await client.POST('/v1/meetings', { body: { title: 1 } });
  // @ts-expect-error there is no such operation
  await client.GET('/v1/nothing');
  // @ts-expect-error a meeting has no such field
  console.log(read?.meeting.nothing);
  return titles[0];
}
`;
