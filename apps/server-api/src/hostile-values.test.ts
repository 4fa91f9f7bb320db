import { unstorableText } from '@waterbus/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newApiKey, newCaller, newMeeting, newPerson } from '../test/people.js';
import { anyOf, type JsonSchema } from '../test/schema-values.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../test/server.js';
import { defaultLimits, type Limits } from './limits/limits.js';

/*
 * Sends values that storage cannot hold, or at the edges of its ranges, in every text, number and
 * moment that a client may send according to the OpenAPI document. The requests are valid
 * otherwise, and each asker is permitted.
 */

interface Operation {
  name: string;
  method: string;
  url: string;
  parameters: { name: string; in: string; schema: JsonSchema }[];
  body: JsonSchema | undefined;
  access: string;
}

let server: ServerUnderTest;
let operations: Operation[];
beforeAll(async () => {
  const unlimited = { count: 1_000_000_000, period: 1000 };
  const limits = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, unlimited])) as unknown as Limits;
  server = await startServer({ limits });
  await server.api.fastify.ready();
  operations = operationsOf(JSON.parse(JSON.stringify(server.api.fastify.swagger())));
}, STARTING);
afterAll(() => server.close());

describe('values that cannot be stored', () => {
  it.each([
    ['NUL', 'a\0b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['the other half', '\udc00'],
  ])('are refused in every text of every operation: %s', { timeout: STARTING }, async (_name, text) => {
    const failures: string[] = [];
    let requested = 0;
    for (const operation of operations) {
      for (const place of placesOf(operation, ({ type }) => type === 'string')) {
        // An address has no surrogates, only bytes that are not UTF-8.
        if (place.in !== 'body' && text !== 'a\0b') continue;
        requested += 1;
        const { statusCode, body } = await send(operation, place, text);
        if (statusCode !== 400)
          failures.push(`${operation.name} ${place.in} ${place.path.join('.')}: ${statusCode} ${body}`);
      }
    }
    expect(failures).toEqual([]);
    expect(requested).toBeGreaterThan(20);
  });

  it('are found in keys, lists and deep values', () => {
    expect(unstorableText({ a: [{ b: ['x', 'y\0'] }] })).toBe('/a/0/b/1');
    expect(unstorableText({ 'a\ud800': 1 })).toBe('');
    expect(unstorableText('\udfff')).toBe('');
    expect(unstorableText({ a: ['😀', 'é', 1, null, true], b: Buffer.from([0]) })).toBeUndefined();
    let deep: unknown = '\0';
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    expect(unstorableText(deep)).toMatch(/^\/0\/0/);
  });
});

/** For each change, every value at a fourth of the places, and a fourth of the values at each place. */
const SHARE = process.env.RELEASE === '1' ? 1 : 4;
let nextPlace = 0;

describe('values at the edges', () => {
  it.each([
    ['numbers', numbers()],
    ['moments', moments()],
    ['texts', texts()],
  ])('are never answered by a failure of the server: %s', { timeout: THOUSANDS_OF_REQUESTS }, async (kind, values) => {
    const failures: string[] = [];
    let requested = 0;
    for (const operation of operations) {
      const places = placesOf(operation, ({ type, format }) =>
        kind === 'numbers'
          ? type === 'integer' || type === 'number'
          : type === 'string' && (format === 'date-time') === (kind === 'moments'),
      );
      for (const place of places) {
        const first = nextPlace++ % SHARE;
        for (const value of values.filter((_, index) => index % SHARE === first)) {
          requested += 1;
          const { statusCode, body } = await send(operation, place, value);
          if (statusCode >= 500) {
            failures.push(
              `${operation.name} ${place.in} ${place.path.join('.')} = ${JSON.stringify(value)}: ${statusCode} ${body}`,
            );
          }
        }
      }
    }
    expect(failures).toEqual([]);
    expect(requested).toBeGreaterThan(0);
  });

  it.each(['0x10', '1e1', ' 1', '+1', '01', '1.0', '', ' ', '-0', '١'])(
    'are no whole numbers in a query: %j',
    async (text) => {
      const { headers } = await newPerson(server);
      const url = `/v1/meetings?limit=${encodeURIComponent(text)}`;
      expect((await server.api.fastify.inject({ url, headers, remoteAddress: newAddress() })).statusCode).toBe(400);
    },
  );

  it('are no numbers of messages in a query: white space', async () => {
    const host = await newPerson(server);
    const { code } = await newMeeting(server, host);
    const ask = (query: string) =>
      server.api.fastify.inject({ url: `/v1/meetings/${code}/messages?${query}`, headers: host.headers });
    expect((await ask('after=%20')).statusCode).toBe(400);
    expect((await ask('after=0&limit=10')).statusCode).toBe(200);
  });

  it.each([
    ['1970-01-01T00:00:00Z', 201],
    ['9999-12-31T23:59:59.999Z', 201],
    ['0000-01-01T00:00:00Z', 400],
    ['1969-12-31T23:59:59Z', 400],
    ['9999-12-31T23:59:59-23:59', 400],
  ])('are moments of a meeting in the years 1970 to 9999: %s is answered %i', async (scheduledStart, status) => {
    const { headers } = await newPerson(server);
    const payload = { title: 'T', scheduledStart };
    const response = await server.api.fastify.inject({ method: 'POST', url: '/v1/meetings', headers, payload });
    expect(response.statusCode).toBe(status);
  });

  it('are moments of a cursor that is the end of no page', async () => {
    const { headers } = await newPerson(server);
    for (const at of [8.64e15, 253_402_300_800_000]) {
      const cursor = Buffer.from(JSON.stringify([at, crypto.randomUUID()])).toString('base64url');
      expect((await server.api.fastify.inject({ url: `/v1/meetings?cursor=${cursor}`, headers })).statusCode).toBe(400);
    }
  });
});

describe('a request without a body', () => {
  it('may have a content type, as from clients that set one on every request', async () => {
    const host = await newPerson(server);
    const { code } = await newMeeting(server, host);
    const json = { ...host.headers, 'content-type': 'application/json' };
    const ask = (method: 'POST' | 'DELETE', url: string) => server.api.fastify.inject({ method, url, headers: json });
    expect((await ask('DELETE', `/v1/meetings/${code}/password`)).statusCode).toBeLessThan(300);
    expect((await ask('POST', '/v1/meetings')).statusCode).toBe(400);
  });
});

interface Place {
  in: 'body' | 'path' | 'query';
  /** Keys from the body down, or the parameter's name. */
  path: string[];
}

function placesOf({ parameters, body }: Operation, wanted: (schema: JsonSchema) => boolean): Place[] {
  return [
    ...parameters
      .filter(
        (parameter) => (parameter.in === 'path' || parameter.in === 'query') && variants(parameter.schema).some(wanted),
      )
      .map((parameter) => ({ in: parameter.in as 'path', path: [parameter.name] })),
    ...leaves(body, wanted).map((path) => ({ in: 'body' as const, path })),
  ];
}

function leaves(
  schema: JsonSchema | undefined,
  wanted: (schema: JsonSchema) => boolean,
  path: string[] = [],
): string[][] {
  if (!schema) return [];
  return variants(schema).flatMap((variant) => {
    if (variant.type === 'object') {
      return Object.entries(variant.properties ?? {}).flatMap(([key, of]) => leaves(of, wanted, [...path, key]));
    }
    if (variant.type === 'array') return leaves(variant.items, wanted, [...path, '0']);
    return wanted(variant) ? [path] : [];
  });
}

function variants(schema: JsonSchema): JsonSchema[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap(variants);
  if (Array.isArray(schema.type)) return schema.type.map((type) => ({ ...schema, type }));
  return [schema];
}

async function send(operation: Operation, place: Place, value: unknown) {
  const world = worlds.get(operation) ?? (await worldFor(operation));
  const { asker, known } = world;
  const usual = (schema: JsonSchema, name: string) =>
    known[name] ?? String(fc.sample(anyOf(schema), { numRuns: 1, seed: 1 })[0]);
  let url = operation.url;
  const query = new URLSearchParams();
  for (const parameter of operation.parameters) {
    const hostile = place.in === parameter.in && place.path[0] === parameter.name;
    const text = hostile ? String(value) : usual(parameter.schema, parameter.name);
    if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(text) || '-');
    else if (parameter.in === 'query' && hostile) query.set(parameter.name, text);
  }
  // Some bodies may be null as a whole.
  const body = operation.body && (variants(operation.body).find(({ type }) => type === 'object') ?? operation.body);
  const payload = body && (fc.sample(anyOf(whole(body)), { numRuns: 1, seed: 1 })[0] as object);
  if (place.in === 'body') put(payload, place.path, value);
  const response = await server.api.fastify.inject({
    method: operation.method.toUpperCase() as 'GET',
    url: query.size > 0 ? `${url}?${query}` : url,
    headers: { ...asker.headers, ...(payload ? { 'content-type': 'application/json' } : {}) },
    remoteAddress: newAddress(),
    ...(payload ? { payload: JSON.stringify(payload) } : {}),
  });
  const { statusCode } = response;
  const unchanged = statusCode === 400 || (operation.method === 'get' && statusCode < 300);
  if (unchanged) worlds.set(operation, world);
  else worlds.delete(operation);
  return response;
}

/** The schema without optional parts, and with one entry in each list. */
function whole(schema: JsonSchema): JsonSchema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, whole(of)])),
      required: Object.keys(properties),
    }),
    ...(items && { items: whole(items), minItems: 1 }),
  };
}

function put(target: unknown, path: string[], value: unknown): void {
  let at = target as Record<string, unknown>;
  for (const key of path.slice(0, -1)) {
    if (typeof at[key] !== 'object' || at[key] === null) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[path.at(-1) ?? ''] = value;
}

/** A permitted asker, with the object of the operation. */
interface World {
  asker: Asker;
  known: Record<string, string>;
}

/** By operation. A request that may have changed one is its last. */
const worlds = new Map<Operation, World>();

async function worldFor({ access }: Operation): Promise<World> {
  const host = await newPerson(server);
  const meeting = await newMeeting(server, host);
  const caller = await newCaller(server, meeting);
  const known = { code: meeting.code, participantId: caller.participantId };
  if (access === 'meeting:join') return { asker: { headers: {} }, known };
  if (access === 'user-or-key') return { asker: await newApiKey(server, host.userId), known };
  return { asker: host, known };
}

function operationsOf(document: { paths: Record<string, Record<string, unknown>> }): Operation[] {
  return Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods as Record<string, OpenApiOperation>)
      .filter(([, { responses }]) => !Object.values(responses).some(({ content }) => content?.['text/event-stream']))
      // Waits for a moderator; accepts nothing but a token.
      .filter(() => !url.endsWith('/admissions/current'))
      .map(([method, { parameters = [], requestBody, 'x-access': access = '' }]) => ({
        name: `${method} ${url}`,
        method,
        url,
        parameters,
        body: requestBody?.content['application/json']?.schema,
        access,
      })),
  );
}

interface OpenApiOperation {
  parameters?: Operation['parameters'];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
  'x-access'?: string;
}

function numbers(): unknown[] {
  const edges = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e308, 0.5];
  return edges.flatMap((edge) => [edge, -edge]);
}

function moments(): unknown[] {
  return [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00+23:59',
    '1582-10-10T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00.000000000001+23:59',
    '2024-02-30T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '9999-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59-23:59',
    '+275760-09-13T00:00:00Z',
    '-271821-04-20T00:00:00Z',
  ];
}

function texts(): unknown[] {
  return [
    '',
    '\u200b',
    '\ufeff',
    '😀'.repeat(5000),
    'é'.normalize('NFD').repeat(64),
    '\u202e',
    '%00',
    '\\u0000',
    "'; --",
    '\uffff',
  ];
}

/** Milliseconds: a bound for requests that hang, on a busy machine. */
const THOUSANDS_OF_REQUESTS = 600_000;
