import { afterEach, expect, it, vi } from 'vitest';
import { admitted, meeting } from '../../test/meeting.js';
import { WaterbusError } from '../failures.js';
import { requestJoin } from './authorization.js';
import { createMeeting, getMeeting } from './meetings.js';

const server = 'https://meet.example.org';
afterEach(() => void vi.unstubAllGlobals());

function answer(body: unknown, status = 200) {
  const fetch = vi.fn(async (_url: URL, _init?: RequestInit) => Response.json(body, { status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

it('creates a meeting', async () => {
  const fetch = answer({ meeting, hostToken: 'secret' }, 201);
  await expect(createMeeting({ server, title: 'Weekly' })).resolves.toEqual({ meeting, hostToken: 'secret' });
  expect(String(fetch.mock.calls[0]?.[0])).toBe(`${server}/v1/meetings`);
  expect(fetch.mock.calls[0]?.[1]?.body).toBe('{"title":"Weekly"}');
});

it('sends the request as the signed-in user, whose token is in the header only', async () => {
  const fetch = answer({ meeting, hostToken: null }, 201);
  await expect(createMeeting({ server, title: 'Weekly', accessToken: 'mine' })).resolves.toMatchObject({
    hostToken: null,
  });
  const [url, init] = fetch.mock.calls[0]!;
  expect(init?.headers).toMatchObject({ authorization: 'Bearer mine' });
  expect(`${url} ${init?.body}`).not.toContain('mine');
});

it('reads a meeting by a code in any notation', async () => {
  const fetch = answer({ meeting });
  await expect(getMeeting({ server, code: '../x' })).resolves.toEqual(meeting);
  expect(String(fetch.mock.calls[0]?.[0])).toBe(`${server}/v1/meetings/..%2Fx`);
});

it('keeps the password out of the address', async () => {
  const fetch = answer(admitted);
  await requestJoin({ server, code: meeting.code, name: 'Ada', password: 'correct horse' });
  expect(String(fetch.mock.calls[0]?.[0])).not.toContain('horse');
  expect(fetch.mock.calls[0]?.[1]?.body).toContain('correct horse');
});

it.each([
  [{ type: 'x', title: 'No', status: 404, code: 'meeting.not_found' }, 404, 'meeting.not_found'],
  ['<html>', 502, 'server.unavailable'],
  [{ error: 'teapot' }, 418, 'request.invalid'],
])('maps %j with status %i to %s', async (body, status, code) => {
  answer(body, status);
  const failure = await getMeeting({ server, code: meeting.code }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WaterbusError);
  expect(failure).toMatchObject({ code });
});

it('reports an answer that is not understood as the server’s mistake', async () => {
  answer({ meeting: { code: 'nonsense' } });
  await expect(getMeeting({ server, code: meeting.code })).rejects.toMatchObject({ code: 'server.internal' });
});

it('reports a server that cannot be reached, and keeps the caller’s reason for aborting', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('fetch failed');
  });
  await expect(getMeeting({ server, code: meeting.code })).rejects.toMatchObject({ code: 'network.unreachable' });
  await expect(getMeeting({ server, code: meeting.code, signal: AbortSignal.abort('stop') })).rejects.toBe('stop');
});
