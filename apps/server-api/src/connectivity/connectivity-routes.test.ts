import { CodedError } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

let server: ServerUnderTest;
beforeEach(async () => {
  const connectivity = { count: 3, period: 60_000 };
  server = await startServer({ limits: { connectivity }, signallingOrigins: ['', 'https://two.example.org'] });
}, STARTING);
afterEach(() => server.close());

const ask = (remoteAddress = newAddress()) =>
  server.api.fastify.inject({ method: 'GET', url: '/v1/connectivity', remoteAddress });

const answer = {
  media: [{ address: '203.0.113.5', port: 40_000, tcp: true }],
  iceServers: [{ urls: ['turns:meet.example.org:443?transport=tcp'], username: 'a', credential: 'b' }],
};

async function signalling(id: string, draining: boolean, handler: (body: unknown) => Promise<unknown>) {
  await server.cluster.nodes.register({ id, kind: 'ws', draining, load: {} });
  await server.cluster.bus.serve(id, async (_method, body) => handler(body));
}

it('names the servers that a Server WS reports for this client, to everybody, and never from a cache', async () => {
  const bodies: unknown[] = [];
  await signalling('ws-1', true, async () => ({ media: [], iceServers: [] }));
  await signalling('ws-2', false, async (body) => {
    bodies.push(body);
    return answer;
  });
  const response = await ask('198.51.100.7');
  expect(response.json()).toEqual({ signalling: ['', 'https://two.example.org'], ...answer });
  expect(response.headers['cache-control']).toBe('no-store');
  expect(bodies).toEqual([{ client: '198.51.100.7', way: { host: 'localhost', port: 80, isTls: false } }]);
});

it('names the origins of signalling alone while no Server WS answers, or one answers nonsense', async () => {
  const nothing = { signalling: ['', 'https://two.example.org'], media: [], iceServers: [] };
  expect((await ask()).json()).toEqual(nothing);
  await signalling('ws-1', false, async () => ({ media: 'nonsense' }));
  expect((await ask()).json()).toEqual(nothing);
  await server.cluster.close();
  expect((await ask()).json()).toEqual(nothing);
});

it('is limited by address, and survives a refusal of the Server WS', async () => {
  await signalling('ws-1', false, async () => {
    throw new CodedError('server.busy');
  });
  const address = newAddress();
  for (let n = 0; n < 3; n++) expect((await ask(address)).statusCode).toBe(200);
  expectProblem(await ask(address), 'request.rate_limited');
  expect((await ask()).statusCode).toBe(200);
});
