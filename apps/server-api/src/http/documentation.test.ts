import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

interface Media {
  schema?: object;
  example?: unknown;
}

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

let server: ServerUnderTest;
let operations: [string, Operation][];
let tags: { name: string; description: string }[];

beforeAll(async () => {
  server = await startServer();
  const document = (await server.api.fastify.inject('/docs/json')).json();
  tags = document.tags;
  operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${url}`, operation]),
  );
}, STARTING);
afterAll(() => server.close());

/** Bodies with an example, each with its name; pictures have none. */
function bodies(): { where: string; media: Media }[] {
  return operations.flatMap(([name, { requestBody, responses }]) =>
    [['request', requestBody] as const, ...Object.entries(responses)].flatMap(([part, body]) =>
      Object.entries(body?.content ?? {})
        .filter(([type]) => !/^image\/|octet-stream/.test(type))
        .map(([type, media]) => ({ where: `${name} ${part} ${type}`, media })),
    ),
  );
}

describe('every operation of the reference', () => {
  it('has a tag, a summary and a description', () => {
    expect(operations.length).toBeGreaterThan(100);
    const known = tags.filter(({ description }) => description).map(({ name }) => name);
    const poor = operations.filter(
      ([, { summary, description, tags: own = [] }]) =>
        !summary || !description || own.length === 0 || own.some((tag) => !known.includes(tag)),
    );
    expect(poor.map(([name]) => name)).toEqual([]);
  });

  it('has an example of each body and parameter', () => {
    const without = bodies().filter(({ media }) => media.example === undefined);
    expect(without.map(({ where }) => where)).toEqual([]);
    const parameters = operations.flatMap(([name, { parameters: own = [] }]) =>
      own.filter(({ example }) => example === undefined).map((parameter) => `${name} ${parameter.name}`),
    );
    expect(parameters).toEqual([]);
  });

  it('has examples that its schemas permit', () => {
    const wrong: string[] = [];
    const check = (where: string, schema: object, example: unknown) => {
      const result = z.fromJSONSchema(schema as never).safeParse(example);
      if (!result.success) wrong.push(`${where}: ${z.prettifyError(result.error)}`);
    };
    for (const { where, media } of bodies()) {
      if (media.schema) check(where, media.schema, media.example);
    }
    for (const [name, { parameters = [] }] of operations) {
      for (const { name: parameter, schema, example } of parameters) check(`${name} ${parameter}`, schema, example);
    }
    expect(wrong).toEqual([]);
  });
});

it('sends the script of the page compressed to browsers that take that', async () => {
  const page = (await server.api.fastify.inject('/docs/rest/')).body;
  const [, src = ''] = /<script src="([^"]+)"/.exec(page) ?? [];
  const url = new URL(src, 'http://localhost/docs/rest/').pathname;
  const get = (encoding: string) => server.api.fastify.inject({ url, headers: { 'accept-encoding': encoding } });
  const [plain, compressed] = [await get('gzip'), await get('gzip, br')];
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(compressed.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
  expect(compressed.rawPayload.length).toBeLessThan(1_000_000);
  expect(brotliDecompressSync(compressed.rawPayload).equals(plain.rawPayload)).toBe(true);
  expect((await get('br')).rawPayload.equals(compressed.rawPayload)).toBe(true);
});
