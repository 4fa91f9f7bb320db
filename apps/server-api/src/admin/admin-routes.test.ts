import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { HTTPMethods } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTokenAsker, newApiKey, newCaller, newMeeting, newMember, newPerson, nobody } from '../../test/people.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { users } from '../database/schema.js';

/** Every route below /v1/admin, as the OpenAPI document lists it. */
interface Route {
  method: HTTPMethods;
  url: string;
}

const ADDRESS = 'root@example.org';
const ID = randomUUID();
let server: ServerUnderTest;
let routes: Route[];

beforeAll(async () => {
  server = await startServer({ administrators: [ADDRESS, ID] });
  const { paths } = (await server.api.fastify.inject('/docs/json')).json();
  routes = Object.entries<Record<string, { 'x-access'?: string }>>(paths)
    .filter(([url]) => url.startsWith('/v1/admin/'))
    .flatMap(([url, methods]) =>
      Object.entries(methods).map(([method, { 'x-access': access }]) => {
        expect([url, access]).toEqual([url, 'administrator']);
        return { method: method.toUpperCase() as HTTPMethods, url };
      }),
    );
}, STARTING);
afterAll(() => server.close());

/** The code of the refusal; `passed`: the request reached the route's own code. */
async function ask({ method, url }: Route, headers: { authorization?: string }): Promise<string> {
  const response = await server.api.fastify.inject({
    method: method as 'GET',
    url: url.replace(/\{\w+\}/g, randomUUID()),
    headers: { ...headers, ...(method === 'PATCH' && { 'content-type': 'application/json' }) },
    ...(method === 'PATCH' && { payload: '{"not a field":1}' }),
  });
  const code = response.statusCode < 400 ? undefined : response.json().code;
  const refusals = ['request.not_found', 'account.reauthentication_required', 'token.invalid', 'permission.denied'];
  return refusals.includes(code) ? code : 'passed';
}

async function outcomes(headers: { authorization?: string }, which = routes): Promise<Set<string>> {
  return new Set(await Promise.all(which.map((route) => ask(route, headers))));
}

describe('the routes of administrators', () => {
  it('exist', () => expect(routes.length).toBeGreaterThan(0));

  it.each<[string, () => Promise<{ headers: { authorization?: string } }>]>([
    ['anybody without an account', async () => nobody],
    ['a user', () => newPerson(server)],
    ['a user whose listed address is not verified', () => newPerson(server, { email: ADDRESS })],
    ['an API key of an administrator', async () => newApiKey(server, (await administrator()).userId)],
    ['an API key of the settings', () => newApiKey(server, null)],
    ['the host of a meeting', () => meetingOf().then(({ host }) => host)],
    ['a moderator of a meeting', () => meetingOf().then(({ moderator }) => moderator)],
    ['the host token of a meeting', () => meetingOf().then(({ meeting }) => hostTokenAsker(meeting))],
    ['a guest in a call', async () => newCaller(server, (await meetingOf()).meeting)],
    ['an administrator’s place in a call', administratorInCall],
  ])('are no addresses for %s', async (_who, asker) => {
    expect(await outcomes((await asker()).headers)).toEqual(new Set(['request.not_found']));
    await forget();
  });

  it('refuse an ended session', async () => {
    expect(await outcomes({ authorization: 'Bearer unknown' })).toEqual(new Set(['token.invalid']));
  });

  it.each([
    ['address, once it is verified', () => administrator()],
    ['id, without a verified address', () => newPerson(server, { id: ID })],
  ])('are for accounts named by %s', async (_how, asker) => {
    const person = await asker();
    expect(await outcomes(person.headers)).toEqual(new Set(['passed']));
    const me = await server.api.fastify.inject({ url: '/v1/me', headers: person.headers });
    expect(me.json()).toMatchObject({ administrator: true });
    await forget();
  });

  it('accept an administrator only as long as the account is one', async () => {
    const { headers, userId } = await administrator();
    await server.queries.update(users).set({ emailVerifiedAt: null }).where(eq(users.id, userId));
    expect(await outcomes(headers)).toEqual(new Set(['request.not_found']));
    await forget();
  });

  it('require a recent sign-in for changes', async () => {
    const { headers } = await administrator();
    await server.clock.advance(11 * 60_000);
    const isRead = ({ method }: Route) => method === 'GET';
    expect(await outcomes(headers, routes.filter(isRead))).toEqual(new Set(['passed']));
    const changes = routes.filter((route) => !isRead(route));
    const refused = changes.length > 0 ? ['account.reauthentication_required'] : [];
    expect(await outcomes(headers, changes)).toEqual(new Set(refused));
    await forget();
  });
});

it('the account of another user is no administrator’s', async () => {
  const { headers } = await newPerson(server);
  const me = await server.api.fastify.inject({ url: '/v1/me', headers });
  expect(me.json()).toMatchObject({ administrator: false });
});

function administrator() {
  return newPerson(server, { email: ADDRESS, emailVerifiedAt: new Date(server.clock.date()) });
}

async function administratorInCall() {
  const { meeting } = await meetingOf();
  return newCaller(server, meeting, { role: 'member', userId: (await administrator()).userId });
}

/** Addresses are unique: the next test has its own account. */
async function forget(): Promise<void> {
  await server.queries.delete(users).where(eq(users.email, ADDRESS));
}

async function meetingOf() {
  const [host, moderator] = [await newPerson(server), await newPerson(server)];
  const meeting = await newMeeting(server, host);
  await newMember(server, meeting, moderator, 'moderator');
  return { meeting, host, moderator };
}
