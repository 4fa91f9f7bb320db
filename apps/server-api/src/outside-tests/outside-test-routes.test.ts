import { OPERATOR_TOKEN_AUDIENCE, type OutsideTestAnswer } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { ApiTokens } from '../access/access-tokens.js';

let server: ServerUnderTest;
const asked: [string, string, unknown][] = [];
const token = `${'t'.repeat(22)}.ws-2`;

beforeAll(async () => {
  server = await startServer();
  for (const id of ['ws-1', 'ws-2']) {
    await server.cluster.nodes.register({ id, kind: 'ws', draining: false, load: {} });
    await server.cluster.bus.serve(id, async (method, body) => {
      asked.push([id, method, body]);
      return answers[method as keyof typeof answers];
    });
  }
}, STARTING);
afterAll(() => server.close());

const opened: OutsideTestAnswer<'outside.open'> = { token, expiresIn: 600, addresses: ['203.0.113.5'] };
const path = { kind: 'udp' as const, hosts: ['203.0.113.5'], port: 40_000 };
const answers = {
  'outside.open': opened,
  'outside.begin': { paths: [path] },
  'outside.report': null,
  'outside.result': { state: 'waiting', paths: [] },
};

const post = (url: string, bearer: string | undefined, payload?: object, remoteAddress = newAddress()) =>
  server.api.fastify.inject({
    ...{ method: 'POST', url: `/v1/outside-tests${url}`, remoteAddress },
    ...(bearer !== undefined && { headers: { authorization: `Bearer ${bearer}` } }),
    ...(payload && { payload }),
  });
const operator = (audience = OPERATOR_TOKEN_AUDIENCE) => new ApiTokens(secret, server.clock).sign(audience, {}, 60);

it('is started and read with the server’s secret only', async () => {
  const first = await post('', operator(), {});
  expect([first.statusCode, first.json()]).toEqual([201, opened]);
  await post('', operator(), { nodeId: 'ws-2' });
  expect(asked.map(([id]) => id)).toEqual(['ws-1', 'ws-2']);
  expect((await post('/result', operator(), { token })).json()).toEqual(answers['outside.result']);
  for (const bearer of [undefined, token, operator('waterbus:api'), `${operator()}x`]) {
    expectProblem(await post('', bearer, {}), 'token.invalid');
    expectProblem(await post('/result', bearer, { token }), 'token.invalid');
  }
  const old = operator();
  await server.clock.advance(61_000);
  expectProblem(await post('', old, {}), 'token.expired');
  expectProblem(await post('', operator(), { nodeId: 'ws-3' }), 'server.unavailable');
});

it('leads the phone to the Server WS that keeps the test, with the address of the phone', async () => {
  asked.length = 0;
  const begun = await post('/begin', token, undefined, '198.51.100.7');
  expect([begun.statusCode, begun.json()]).toEqual([200, { signalling: [''], paths: [path] }]);
  expect(begun.headers['cache-control']).toBe('no-store');
  expect((await post('/report', token, { signalling: 'open', paths: ['blocked'] })).statusCode).toBe(204);
  const way = { host: 'localhost', port: 80, isTls: false };
  expect(asked).toEqual([
    ['ws-2', 'outside.begin', { token, client: '198.51.100.7', way }],
    ['ws-2', 'outside.report', { token, signalling: 'open', paths: ['blocked'] }],
  ]);
});

it('refuses other tokens, and verdicts that are none', async () => {
  for (const bearer of [undefined, operator(), 'x.ws-2', `${'t'.repeat(22)}`]) {
    expectProblem(await post('/begin', bearer), 'token.invalid');
  }
  expectProblem(await post('/begin', `${'t'.repeat(22)}.ws-9`), 'outside_test.not_found');
  for (const verdicts of [
    {},
    { signalling: 'fine', paths: [] },
    { signalling: 'open', paths: Array(41).fill('open') },
  ]) {
    expectProblem(await post('/report', token, verdicts), 'request.invalid');
  }
  expectProblem(await post('/connect', token, { path: 41, dtlsParameters: {} }), 'request.invalid');
});
