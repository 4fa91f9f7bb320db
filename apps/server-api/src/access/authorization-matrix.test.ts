import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HTTPMethods, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AskerName,
  askerNames,
  type MeetingState,
  meetingStates,
  newScene,
  type Scene,
} from '../../test/askers.js';
import { type ServerUnderTest, startServer } from '../../test/server.js';
import { defaultLimits } from '../limits/limits.js';
import { type MeetingAction, meetingActions } from './policy.js';

/**
 * Requests every endpoint as every kind of principal, for meetings in every state. The test
 * compares the results with the rules repeated here, and with docs/authorization.md, which it
 * writes when UPDATE_MATRIX is set.
 */
interface Endpoint {
  method: HTTPMethods;
  url: string;
  /** As the guard documents it in OpenAPI. */
  access: string;
}

/** `yes`: the request reached the endpoint's own code, whatever its result. */
type Outcome = 'yes' | '401' | '403' | '404' | '409';

let server: ServerUnderTest;
let endpoints: Endpoint[];
const outcomes = new Map<string, Outcome>();
const bodies = new Map<string, string>();

beforeAll(async () => {
  const unlimited = { count: 1_000_000_000, period: 1000 };
  server = await startServer({
    limits: Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, unlimited])),
  });
  const { paths } = (await server.api.fastify.inject('/docs/json')).json();
  endpoints = Object.entries<Record<string, { 'x-access'?: string }>>(paths)
    .filter(([url]) => url.startsWith('/v1/'))
    .flatMap(([url, methods]) =>
      Object.entries(methods).map(([method, { 'x-access': access = '' }]) => ({
        method: method.toUpperCase() as HTTPMethods,
        url,
        access,
      })),
    )
    .sort((a, b) => a.url.localeCompare(b.url) || String(a.method).localeCompare(String(b.method)));
  for (const endpoint of endpoints) {
    const states: readonly MeetingState[] = endpoint.access.startsWith('meeting:') ? meetingStates : ['open'];
    for (const state of states) {
      for (const name of askerNames) {
        const { outcome, body } = await ask(endpoint, name, state);
        outcomes.set(key(endpoint, name, state), outcome);
        bodies.set(key(endpoint, name, state), body);
      }
    }
  }
}, 600_000);
afterAll(() => server.close());

describe('authorization', () => {
  it('is documented for every endpoint', () => {
    expect(endpoints.length).toBeGreaterThan(60);
    expect(
      endpoints.filter(({ access }) => !/^(anyone|user|user-or-key|administrator|handler|meeting:\w+)$/.test(access)),
    ).toEqual([]);
    const used = new Set(endpoints.map(({ access }) => access.replace('meeting:', '')));
    expect(meetingActions.filter((action) => !used.has(action))).toEqual([]);
  });

  it.each(meetingActions)('%s is permitted only to the principals named here', (action) => {
    for (const endpoint of of(action)) {
      for (const state of meetingStates) {
        const allowed = askerNames.filter((name) => outcome(endpoint, name, state) === 'yes');
        expect({ endpoint: endpoint.url, method: endpoint.method, state, allowed }).toEqual({
          endpoint: endpoint.url,
          method: endpoint.method,
          state,
          allowed: askerNames.filter((name) => expected(action, state).includes(name)),
        });
      }
    }
  });

  it('permits own resources to users only, or to users and keys', () => {
    for (const endpoint of endpoints) {
      const allowed = askerNames.filter((name) => outcome(endpoint, name, 'open') === 'yes');
      // Its own test has administrators (admin/admin-routes.test.ts).
      if (endpoint.access === 'administrator') expect([endpoint.url, allowed]).toEqual([endpoint.url, []]);
      if (endpoint.access === 'user') expect([endpoint.url, allowed]).toEqual([endpoint.url, signedIn]);
      if (endpoint.access === 'user-or-key') {
        expect([endpoint.url, allowed.sort()]).toEqual([
          endpoint.url,
          [...signedIn, 'owner’s API key', 'other API key', 'banned guest with another API key'].sort(),
        ]);
      }
    }
  });

  it('accepts no ended token, even where none is required', () => {
    for (const endpoint of endpoints) {
      if (endpoint.access === 'handler') continue;
      for (const name of ['logged-out host', 'kicked participant', 'forged token', 'unknown token'] as const) {
        expect([endpoint.url, outcome(endpoint, name, 'open')]).toEqual([endpoint.url, '401']);
      }
    }
  });

  it('M2: answers alike for an absent meeting and for an invisible one', () => {
    const hidden: [AskerName, MeetingState][] = [
      ['banned', 'open'],
      ['banned guest', 'open'],
      ['banned guest with a new account', 'open'],
      ['banned guest with another API key', 'open'],
      ['banned user, signed out', 'open'],
      ['stranger', 'members only'],
      ['anonymous', 'members only'],
      ['other API key', 'members only'],
      ['stranger', 'archived'],
      ['anonymous', 'archived'],
      ['invited', 'archived'],
      ['guest in the call', 'archived'],
    ];
    for (const endpoint of endpoints.filter(({ access }) => access.startsWith('meeting:'))) {
      for (const [name, state] of hidden) {
        const absent = bodies.get(key(endpoint, name, 'absent'));
        expect([endpoint.url, name, state, bodies.get(key(endpoint, name, state))]).toEqual([
          endpoint.url,
          name,
          state,
          absent,
        ]);
      }
      if (['meeting:look', 'meeting:join'].includes(endpoint.access)) continue;
      for (const name of ['stranger', 'invited', 'other API key', 'anonymous'] as const) {
        expect(bodies.get(key(endpoint, name, 'open'))).toBe(bodies.get(key(endpoint, name, 'absent')));
      }
    }
  });

  it('matches docs/authorization.md', () => {
    if (process.env.UPDATE_MATRIX) writeFileSync(DOCUMENT, written());
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(written());
  });
});

/**
 * The rules once more, independent of the policy: the permitted principals while the meeting is
 * open.
 */
function expected(action: MeetingAction, state: MeetingState): AskerName[] {
  if (state === 'absent') return [];
  const lasting = [
    'look',
    'archive',
    'listMembers',
    'removeMember',
    'leaveMembers',
    'listParticipants',
    'listPresences',
  ];
  const readable = [
    ...lasting,
    'readAttendance',
    'listBans',
    'listAuditEvents',
    'readQuality',
    'readMessages',
    'deleteMessage',
    'readPolls',
    'deletePoll',
    'exportPolls',
  ];
  if (state === 'archived' && !readable.includes(action)) return [];
  const outside: AskerName[] = ['anonymous', 'stranger', 'host token', 'owner’s API key', 'other API key'];
  const keys: AskerName[] = ['owner’s API key'];
  const members: AskerName[] = ['member', 'moderator', 'host', 'member in the call', 'moderator in the call'];
  const moderators: AskerName[] = ['moderator', 'host', 'moderator in the call', 'host token', ...keys];
  const hosts: AskerName[] = ['host', 'host token', ...keys];
  switch (action) {
    case 'look':
      if (state === 'archived') return [...members, 'host token', ...keys];
      return state === 'members only'
        ? [...members, 'invited', 'guest in the call', 'host token', ...keys]
        : [...members, 'invited', 'guest in the call', ...outside];
    case 'join':
      return state === 'members only'
        ? [...members, 'invited', 'guest in the call', 'host token', ...keys]
        : [...members, 'invited', 'guest in the call', ...outside];
    case 'issueJoinToken':
      return keys;
    case 'update':
    case 'invite':
    case 'removeMember':
    case 'moderate':
    case 'readAttendance':
    case 'listBans':
    case 'readQuality':
    case 'createPoll':
    case 'exportPolls':
      return moderators;
    case 'setPassword':
    case 'archive':
    case 'handOver':
    case 'changeRole':
    case 'listAuditEvents':
      return hosts;
    case 'leaveMembers':
      return members;
    case 'listMembers':
    case 'listPresences':
      return [...members, 'host token', ...keys];
    case 'listParticipants':
    case 'readPolls':
    case 'closePoll':
    case 'deletePoll':
      return state === 'archived'
        ? [...members, 'host token', ...keys]
        : [...members, 'guest in the call', 'host token', ...keys];
    case 'readMessages':
    case 'deleteMessage':
      return state === 'archived' ? members : [...members, 'guest in the call'];
    case 'enterBreakout':
    case 'sendMessage':
    case 'vote':
      return [...members, 'guest in the call'];
  }
}

/** The principals that a route for users accepts. */
const signedIn: AskerName[] = [
  'stranger',
  'invited',
  'banned',
  'banned guest with a new account',
  'member',
  'moderator',
  'host',
];

function of(action: MeetingAction): Endpoint[] {
  return endpoints.filter(({ access }) => access === `meeting:${action}`);
}

function outcome(endpoint: Endpoint, name: AskerName, state: MeetingState): Outcome {
  return outcomes.get(key(endpoint, name, state)) ?? 'yes';
}

function key({ method, url }: Endpoint, name: AskerName, state: MeetingState): string {
  return `${method} ${url} ${name} ${state}`;
}

const scenes = new Map<string, Scene>();

async function scene(name: AskerName, state: MeetingState): Promise<Scene> {
  const known = scenes.get(`${name} ${state}`) ?? (await newScene(server, name, state));
  scenes.set(`${name} ${state}`, known);
  return known;
}

/**
 * Bodies are invalid and ids are unknown: a request that passes gets such an error, and has no
 * effect.
 */
async function ask(
  endpoint: Endpoint,
  name: AskerName,
  state: MeetingState,
): Promise<{ outcome: Outcome; body: string }> {
  const { code, asker } = await scene(name, state);
  const url = endpoint.url.replace('{code}', code).replace(/\{\w+\}/g, NOBODY);
  const stream = url === '/v1/events';
  const response = await server.api.fastify.inject({
    method: endpoint.method as 'GET',
    url,
    payloadAsStream: stream,
    headers: {
      ...asker.headers,
      ...(endpoint.method !== 'GET' &&
        endpoint.method !== 'DELETE' && {
          'content-type': endpoint.url.endsWith('/avatar') ? 'image/png' : 'application/json',
        }),
    },
    ...(endpoint.method !== 'GET' && endpoint.method !== 'DELETE' && { payload: JSON.stringify({ 'not a field': 1 }) }),
  });
  // A request that passed may have changed the scene.
  if (endpoint.method !== 'GET' && response.statusCode < 400) scenes.delete(`${name} ${state}`);
  if (stream && response.statusCode === 200) {
    response.stream().destroy();
    return { outcome: 'yes', body: '' };
  }
  if (stream) return { outcome: '401', body: '' };
  if (endpoint.access === 'administrator' && response.json().code === 'request.not_found') {
    return { outcome: '404', body: response.body };
  }
  return { outcome: outcomeOf(response), body: response.body };
}

function outcomeOf(response: LightMyRequestResponse): Outcome {
  expect(response.statusCode).toBeLessThan(500);
  if (response.statusCode < 400) return 'yes';
  switch (response.json().code) {
    case 'account.required':
    case 'token.invalid':
    case 'token.expired':
      return '401';
    case 'permission.denied':
      return '403';
    case 'meeting.not_found':
      return '404';
    case 'meeting.archived':
      return '409';
    default:
      return 'yes';
  }
}

/** The document: the action of each endpoint, and the principals that may do it. */
function written(): string {
  const owned = endpoints.filter(({ access }) => !access.startsWith('meeting:'));
  const lines = [
    '# Authorization',
    '',
    'The endpoints that each role may call. `authorization-matrix.test.ts` writes this file from the',
    'answers of the server: do not edit it.',
    '',
    '`yes`: permitted. 401: no credential, or an invalid one. 403: the role lacks the permission. 404:',
    'the same answer as for an absent meeting. 409: the meeting is archived.',
    '',
    '## Endpoints without a meeting',
    '',
    '`anyone`: no credential required. `user`: the access token of a signed-in user. `user-or-key`: the',
    'same, or an API key. `administrator`: the access token of an account that `ADMINS` names; for all',
    'others there is nothing at the address (404). `handler`: a token of the endpoint itself.',
    '',
    ...table(
      ['endpoint', 'permitted'],
      owned.map((endpoint) => [`\`${endpoint.method} ${endpoint.url}\``, endpoint.access]),
    ),
    '',
    '## Endpoints of a meeting',
  ];
  for (const action of meetingActions) {
    const [first, ...rest] = of(action);
    if (!first) continue;
    for (const other of rest) {
      for (const state of meetingStates) {
        for (const name of askerNames) {
          expect([other.url, name, state, outcome(other, name, state)]).toEqual([
            other.url,
            name,
            state,
            outcome(first, name, state),
          ]);
        }
      }
    }
    lines.push('', `### ${action}`, '', ...of(action).map(({ method, url }) => `- \`${method} ${url}\``), '');
    lines.push(
      ...table(
        ['', ...meetingStates],
        askerNames.map((name) => [name, ...meetingStates.map((state) => outcome(first, name, state))]),
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const DOCUMENT = path.join(import.meta.dirname, '../../../../docs/authorization.md');

/** An id that nothing has. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
