import { Writable } from 'node:stream';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newMeeting, newPerson } from '../../test/people.js';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { logOptions } from './log-options.js';

let server: ServerUnderTest;
const lines: Record<string, unknown>[] = [];
beforeAll(async () => {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  server = await startServer({ dataDir: await newDataFolder(), logger: pino({ ...logOptions }, stream) });
  server.api.fastify.get('/failing', async () => {
    throw new Error('broken');
  });
}, STARTING);
afterAll(() => server.close());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

it('the lines of a join carry the ids of request, meeting and participant', async () => {
  const host = await newPerson(server);
  const { id: meetingId, code } = await newMeeting(server, host);
  lines.length = 0;
  const answer = await server.api.fastify.inject({
    method: 'POST',
    url: `/v1/meetings/${code}/join`,
    headers: host.headers,
    payload: { name: 'Ada' },
    remoteAddress: newAddress(),
  });
  const { participantId } = answer.json();
  expect(participantId).toMatch(UUID);
  const ended = lines.find(({ msg }) => msg === 'request completed');
  expect(ended).toMatchObject({ requestId: expect.stringMatching(UUID), meetingId, participantId });
  expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(1);
  expect(JSON.stringify(lines)).not.toContain(answer.json().token);
});

it('the line about a failure carries the id of its request, another one for each', async () => {
  lines.length = 0;
  await server.api.fastify.inject({ url: '/failing', remoteAddress: newAddress() });
  await server.api.fastify.inject({ url: '/failing', remoteAddress: newAddress() });
  const failures = lines.filter(({ msg }) => msg === 'request failed');
  expect(failures.map(({ requestId }) => UUID.test(String(requestId)))).toEqual([true, true]);
  expect(failures[0]!.requestId).not.toBe(failures[1]!.requestId);
});

it('with a level of their own, requests that succeed leave no line', async () => {
  const quiet: Record<string, unknown>[] = [];
  const logger = pino({ ...logOptions }, { write: (line: string) => void quiet.push(JSON.parse(line)) });
  const other = await startServer({ dataDir: await newDataFolder(), logger, requestLogLevel: 'warn' });
  other.api.fastify.get('/failing', async () => {
    throw new Error('broken');
  });
  for (const url of ['/v1/offer', '/v1/nothing', '/failing']) await other.api.fastify.inject({ url });
  other.api.fastify.log.info('of the server');
  await other.close();
  expect(quiet.map(({ msg }) => msg)).toEqual(['request failed', 'of the server']);
});
