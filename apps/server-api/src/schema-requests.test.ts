import { errorCatalogue, problemSchema } from '@waterbus/protocol';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, hostTokenAsker, newApiKey, newCaller, newMeeting, newPerson, nobody } from '../test/people.js';
import { anyOf, type JsonSchema, nearly } from '../test/schema-values.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../test/server.js';
import { defaultLimits, type Limits } from './limits/limits.js';

/*
 * Requests every operation of the OpenAPI document with bodies, parameters and queries made from
 * its own schemas: valid ones and ones with one error, from all permitted askers. A 2xx body that
 * does not match its schema cannot be serialized, so it would be a 500 here. `SCHEMA_REQUESTS` is
 * the number of requests for each operation: for each change a third of a release's.
 */
const RUNS = Number(process.env.SCHEMA_REQUESTS ?? (process.env.RELEASE === '1' ? 12 : 4));

interface Operation {
  name: string;
  method: string;
  url: string;
  parameters: { name: string; in: string; required?: boolean; schema: JsonSchema }[];
  body: JsonSchema | undefined;
  statuses: number[];
}

interface World {
  askers: Asker[];
  known: Record<string, string[]>;
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

describe('requests made from the schemas', () => {
  it.each([
    ['a pinned seed', 20_260_101],
    ['a seed of this run', Date.now() & 0x7fffffff],
  ])('are answered as documented, with %s (%i)', { timeout: 600_000 }, async (_which, seed) => {
    const failures: string[] = [];
    for (const operation of operations) {
      const world = await newWorld();
      const property = fc.asyncProperty(requestTo(operation, world), async (request) => {
        const wrong = await check(operation, request);
        if (wrong) throw new Error(wrong);
      });
      const { failed, errorInstance, counterexample } = await fc.check(property, {
        numRuns: RUNS,
        seed,
        endOnFailure: true,
      });
      if (failed)
        failures.push(`${operation.name}: ${(errorInstance as Error).message} ${JSON.stringify(counterexample)}`);
    }
    expect(failures, `seed ${seed}`).toEqual([]);
  });
});

async function check(operation: Operation, request: InjectOptions): Promise<string | undefined> {
  const response = await answerTo({ ...request, remoteAddress: newAddress() });
  const { statusCode } = response;
  if (statusCode >= 500) return `answered ${statusCode} ${response.body}`;
  if (!operation.statuses.includes(statusCode))
    return `answered ${statusCode}, which is not documented: ${response.body}`;
  if (statusCode < 400) return undefined;
  const problem = problemSchema.safeParse(response.json());
  if (!problem.success) return `answered ${statusCode} without a problem: ${response.body}`;
  const { status } = errorCatalogue[problem.data.code];
  return status === statusCode ? undefined : `answered ${statusCode} with ${problem.data.code}, which is ${status}`;
}

/** A request that waits at the server waits on its clock. */
async function answerTo(request: InjectOptions) {
  const answering = server.api.fastify.inject(request);
  let answered = false;
  answering.finally(() => {
    answered = true;
  });
  for (let turn = 0; !answered; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turn % 200 === 199) await server.clock.advance(1000);
  }
  return answering;
}

/** New for each operation, since some of them delete their objects. */
async function newWorld(): Promise<World> {
  const [host, stranger] = [await newPerson(server), await newPerson(server)];
  const meeting = await newMeeting(server, host);
  const key = await newApiKey(server, host.userId);
  const caller = await newCaller(server, meeting);
  const invalid = { headers: { authorization: 'Bearer wbk_x_y' } };
  const askers = [host, host, key, caller, stranger, hostTokenAsker(meeting), nobody, invalid];
  return { askers, known: { code: [meeting.code], participantId: [caller.participantId], userId: [stranger.userId] } };
}

function requestTo(
  { method, url, parameters, body }: Operation,
  { askers, known }: World,
): fc.Arbitrary<InjectOptions> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text).toString());
  const places = fc.record(
    Object.fromEntries(
      inPath.map(({ name, schema }) => {
        const right = known[name] ? fc.constantFrom(...known[name]) : anyOf(schema).map(String);
        return [
          name,
          fc.oneof(
            { weight: 6, arbitrary: right },
            { weight: 1, arbitrary: anyOf(schema).map(String) },
            { weight: 1, arbitrary: texts },
          ),
        ];
      }),
    ),
  );
  const query = fc.record(
    Object.fromEntries(
      inQuery.map(({ name, schema }) => [
        name,
        fc.oneof({ weight: 3, arbitrary: anyOf(schema).map(String) }, { weight: 1, arbitrary: texts }),
      ]),
    ),
    { requiredKeys: [] },
  );
  // Some ids in a body are right too.
  const payload = body
    ? fc.oneof(
        anyOf(body, known).map((value) => JSON.stringify(value)),
        nearly(body),
      )
    : fc.constant(undefined);
  return fc.record({ asker: fc.constantFrom(...askers), places, query, payload }).map((made) => {
    const address = url.replace(
      /\{(\w+)\}/g,
      (_all, name: string) => encodeURIComponent(made.places[name] ?? '') || '-',
    );
    const requested = new URLSearchParams(made.query as Record<string, string>).toString();
    return {
      method: method.toUpperCase() as 'GET',
      url: requested ? `${address}?${requested}` : address,
      headers: { ...made.asker.headers, ...(made.payload === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(made.payload === undefined ? {} : { payload: made.payload }),
    };
  });
}

function operationsOf(document: { paths: Record<string, Record<string, never>> }): Operation[] {
  return Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods as Record<string, OpenApiOperation>)
      // A stream has no end to wait for; it has tests of its own.
      .filter(([, { responses }]) => !Object.values(responses).some(({ content }) => content?.['text/event-stream']))
      .map(([method, { parameters = [], requestBody, responses }]) => ({
        name: `${method} ${url}`,
        method,
        url,
        parameters,
        body: requestBody?.content['application/json']?.schema,
        statuses: Object.keys(responses).map(Number),
      })),
  );
}

interface OpenApiOperation {
  parameters?: Operation['parameters'];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}
