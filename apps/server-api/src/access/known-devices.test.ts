import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newMeeting, newMember, newPerson, type Person } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { mailedTokens } from '../database/schema.js';
import { defaultLimits, RequestLimits } from '../limits/limits.js';
import { newSecret } from './secrets.js';

const password = 'correct horse battery';
/** Small, so that the tests need no hundreds of computations. */
const few = { count: 3, period: 60_000 };
let server: ServerUnderTest;
beforeAll(async () => {
  const limits = {
    wrongPasswordByAddress: few,
    wrongPasswordByMeeting: { ...few, count: 4 },
    wrongPasswordByDevice: few,
    absentMeeting: few,
  };
  server = await startServer({ limits, publicUrl: 'https://meet.example.org' });
}, STARTING);
afterAll(() => server.close());

interface Asking {
  payload?: object;
  cookie?: string;
  address?: string;
  headers?: object;
}
const ask = (method: 'GET' | 'POST', url: string, { payload, cookie, address, headers }: Asking = {}) =>
  server.api.fastify.inject({
    method,
    url: `/v1/${url}`,
    ...(payload ? { payload } : {}),
    headers: { ...headers, ...(cookie ? { cookie } : {}) },
    remoteAddress: address ?? newAddress(),
  });
type Response = Awaited<ReturnType<typeof ask>>;
const cookieOf = (response: Response) => String(response.headers['set-cookie']).split(';')[0] ?? '';
let people = 0;
const register = async () => {
  const email = `device-${++people}@example.org`;
  const response = await ask('POST', 'accounts', { payload: { email, password, name: 'Ada' } });
  expect(response.statusCode).toBe(201);
  return { email, cookie: cookieOf(response), userId: response.json().user.id as string };
};
const signIn = (email: string, word: string, asking: Asking = {}) =>
  ask('POST', 'sessions', { ...asking, payload: { email, password: word } });
/** Guesses from a new address each time, until unknown devices are refused. */
const guessFrom = async (email: string) => {
  for (let n = 0; n < 4; n += 1) expectProblem(await signIn(email, `guess ${n}`), 'account.wrong_credentials');
  expectProblem(await signIn(email, password), 'request.rate_limited');
};

describe('an account whose password is guessed from many addresses', () => {
  it('admits its owner on a known device, and no unknown one; other accounts are not affected', async () => {
    const owner = await register();
    const neighbour = await register();
    await guessFrom(owner.email);
    const response = await signIn(owner.email, password, { cookie: owner.cookie });
    expect(response.statusCode).toBe(201);
    expect((await signIn(neighbour.email, password)).statusCode).toBe(201);
    // A device of another account is unknown.
    expectProblem(await signIn(owner.email, password, { cookie: neighbour.cookie }), 'request.rate_limited');
    expectProblem(await signIn(owner.email, password, { cookie: `${owner.cookie}x` }), 'request.rate_limited');
  });

  it('limits guesses of a known device at any address, apart from those of unknown devices', async () => {
    const { email, cookie } = await register();
    for (let n = 0; n < 3; n += 1) {
      expectProblem(await signIn(email, `guess ${n}`, { cookie }), 'account.wrong_credentials');
    }
    expectProblem(await signIn(email, password, { cookie }), 'request.rate_limited');
    expect((await signIn(email, password)).statusCode).toBe(201);
  });

  it('knows the device after a reset by mail, and no earlier ones', async () => {
    const { email, cookie, userId } = await register();
    const { secret: token, hash } = newSecret();
    const expiresAt = new Date(server.clock.date() + 60_000);
    await server.queries.insert(mailedTokens).values({ hash, purpose: 'reset-password', userId, expiresAt });
    const newPassword = 'another horse, another battery';
    const reset = await ask('POST', 'password-resets/confirm', { payload: { token, newPassword } });
    expect(reset.statusCode).toBe(204);
    for (let n = 0; n < 4; n += 1) await signIn(email, `guess ${n}`);
    expectProblem(await signIn(email, newPassword, { cookie }), 'request.rate_limited');
    expect((await signIn(email, newPassword, { cookie: cookieOf(reset) })).statusCode).toBe(201);
  });
});

describe('a meeting whose password is guessed', () => {
  it('admits devices that joined before, also with cookies of other meetings, until the password changes', async () => {
    const host = await newPerson(server);
    const meetings = await Promise.all(
      [1, 2].map(async () => {
        const created = await ask('POST', 'meetings', { headers: host.headers, payload: { title: 'T', password } });
        return created.json().meeting.code as string;
      }),
    );
    const join = (code: string | undefined, word: string, cookie?: string) =>
      ask('POST', `meetings/${code}/join`, { payload: { name: 'A', password: word }, ...(cookie ? { cookie } : {}) });
    const first = cookieOf(await join(meetings[0], password));
    const both = cookieOf(await join(meetings[1], password, first));
    for (let n = 0; n < 4; n += 1) expectProblem(await join(meetings[0], `guess ${n}`), 'meeting.wrong_password');
    expectProblem(await join(meetings[0], password), 'request.rate_limited');
    expect((await join(meetings[0], password, both)).statusCode).toBe(200);
    const changed = { password: 'a new password' };
    const url = `/v1/meetings/${meetings[0]}/password`;
    await server.api.fastify.inject({ method: 'PUT', url, headers: host.headers, payload: changed });
    expectProblem(await join(meetings[0], changed.password, both), 'request.rate_limited');
  });

  it('allows unknown devices at most a thousand guesses a day, from any number of addresses', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    try {
      const limits = new RequestLimits(defaultLimits);
      const end = Date.now() + 24 * 3_600_000;
      let guesses = 0;
      for (let requested = 0; Date.now() < end; requested += 1) {
        try {
          await limits.attempt(`10.${requested >> 16}.${(requested >> 8) & 255}.${requested & 255}`, 'abc-defg-hij');
          guesses += 1;
        } catch (refused) {
          vi.advanceTimersByTime((refused as { retryAfter: number }).retryAfter * 1000);
        }
      }
      expect(guesses).toBeLessThanOrEqual(1000);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('the cookie is hidden from scripts, other sites and plain connections', async () => {
  const response = await signIn((await register()).email, password);
  expect(response.headers['set-cookie']).toMatch(
    /^__Host-waterbus-device=[\w.-]+; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
});

describe('guessed codes', () => {
  const look = (code: string, address: string, asker?: Person) =>
    ask('GET', `meetings/${code}`, { address, ...(asker ? { headers: asker.headers } : {}) });

  it('are limited by address; right ones are not, and participants of the meeting are not refused', async () => {
    const host = await newPerson(server);
    const meeting = await newMeeting(server, host);
    const member = await newPerson(server);
    await newMember(server, meeting, member);
    const address = newAddress();
    for (let n = 0; n < 10; n += 1) expect((await look(meeting.code, address)).statusCode).toBe(200);
    for (let n = 0; n < 3; n += 1) expectProblem(await look(`aaa-aaaa-aa${'abc'[n]}`, address), 'meeting.not_found');
    expectProblem(await look('aaa-aaaa-aax', address), 'request.rate_limited');
    // Otherwise a right guess would differ from a wrong one.
    expectProblem(await look(meeting.code, address), 'request.rate_limited');
    expect((await look(meeting.code, address, member)).statusCode).toBe(200);
    expect((await look(meeting.code, newAddress())).statusCode).toBe(200);
  });
});
