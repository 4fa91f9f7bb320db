import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMeeting, newPerson, type Person } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { ownerOfUser } from '../access/principal.js';
import { openDatabase, type Queries } from './database.js';
import { QueryTimes } from './query-times.js';
import * as schema from './schema.js';
import { meetings } from './schema.js';

/*
 * Reads are cheap: the test requests every list of the API on PostgreSQL with tables of many rows,
 * once from its beginning and once from far inside, and checks the plan of each statement. It finds
 * the lists in the OpenAPI document, so a list without a case fails.
 */

interface ListCase {
  path: string;
  /**
   * The index that gives the rows in their order; undefined: the rows are not from the database.
   */
  index: string | undefined;
  /** Query of a page far inside; by default a cursor. */
  deep?: string | (() => string);
}

/** Row n of a list was created n seconds after the first. */
const BEGINNING = Date.UTC(2025, 0, 1);
const cursorAt = (row: number, ...order: string[]) =>
  `cursor=${Buffer.from(JSON.stringify([BEGINNING + row * 1000, randomUUID(), ...order])).toString('base64url')}`;

/** Of a list of minutes, which are those of the last week: ten hours before its end. */
const deepMinutes = () => {
  const week = 7 * 86_400_000;
  const at = Math.floor(server.clock.date() / 60_000) * 60_000 - 36_000_000;
  const cursor = Buffer.from(JSON.stringify([at, 'a'])).toString('base64url');
  return `from=${new Date(at - week).toISOString()}&cursor=${cursor}`;
};

const deepIds = `cursor=${Buffer.from('[0,"00000000-0000-4000-8000-000000000000"]').toString('base64url')}`;

const cases: Record<string, ListCase> = {
  '/v1/meetings': {
    path: '/v1/meetings',
    index: 'members_user_id_archived_active_at_id',
    deep: cursorAt(2500, 'activity'),
  },
  '/v1/meetings/{code}/members': { path: '/v1/meetings/:code/members', index: 'members_meeting_id_created_at_id' },
  '/v1/meetings/{code}/messages': {
    path: '/v1/meetings/:code/messages',
    index: 'messages_meeting_id_seq',
    deep: 'before=50000',
  },
  '/v1/meetings/{code}/private-messages': {
    path: '/v1/meetings/:code/private-messages',
    index: 'private_messages_receiver',
  },
  '/v1/meetings/{code}/polls': { path: '/v1/meetings/:code/polls', index: 'polls_meeting_id_created_at_id' },
  '/v1/meetings/{code}/files': { path: '/v1/meetings/:code/files', index: 'files_meeting_id_created_at_id' },
  '/v1/meetings/{code}/participants': { path: '/v1/meetings/:code/participants', index: undefined },
  '/v1/meetings/{code}/participants/history': {
    path: '/v1/meetings/:code/participants/history',
    index: 'participants_meeting_id_joined_at_id',
  },
  '/v1/meetings/{code}/bans': { path: '/v1/meetings/:code/bans', index: 'bans_meeting_id_created_at_id' },
  '/v1/meetings/{code}/invite-links': {
    path: '/v1/meetings/:code/invite-links',
    index: 'invite_links_meeting_id_created_at_id',
  },
  '/v1/meetings/{code}/guest-invitations': {
    path: '/v1/meetings/:code/guest-invitations',
    index: 'guest_invitations_meeting_id_created_at_id',
  },
  '/v1/meetings/{code}/attendance': {
    path: '/v1/meetings/:code/attendance',
    index: 'participants_meeting_id_joined_at_id',
  },
  '/v1/meetings/{code}/stream-keys': {
    path: '/v1/meetings/:code/stream-keys',
    index: 'stream_keys_meeting_id_created_at_id',
  },
  '/v1/meetings/{code}/waiting': {
    path: '/v1/meetings/:code/waiting',
    index: 'admissions_waiting',
    deep: cursorAt(300),
  },
  '/v1/invitations': { path: '/v1/invitations', index: 'members_email_created_at_id' },
  '/v1/api-keys': { path: '/v1/api-keys', index: 'api_keys_user_id_created_at_id' },
  '/v1/sessions': { path: '/v1/sessions', index: 'sessions_user_id_created_at_id' },
  '/v1/me/audit-events': { path: '/v1/me/audit-events', index: 'audit_events_user_id_created_at_id' },
  '/v1/meetings/{code}/audit-events': {
    path: '/v1/meetings/:code/audit-events',
    index: 'audit_events_meeting_id_created_at_id',
  },
  '/v1/meetings/{code}/quality': {
    path: '/v1/meetings/:code/quality',
    index: 'quality_minutes_meeting_id_minute_participant_id_pk',
    deep: deepMinutes,
  },
  '/v1/admin/nodes': { path: '/v1/admin/nodes', index: undefined, deep: 'cursor=WzAsIngiXQ' },
  '/v1/admin/live-meetings': {
    path: '/v1/admin/live-meetings',
    index: undefined,
    deep: deepIds,
  },
  '/v1/admin/users': { path: '/v1/admin/users', index: 'users_created_at_id' },
  '/v1/admin/api-keys': { path: '/v1/admin/api-keys', index: 'api_keys_pkey', deep: deepIds },
  '/v1/admin/webhooks': { path: '/v1/admin/webhooks', index: 'webhooks_pkey', deep: deepIds },
  '/v1/admin/webhooks/{id}/deliveries': {
    path: '/v1/admin/webhooks/:webhook/deliveries',
    index: 'webhook_deliveries_webhook_id_created_at_event_id',
  },
  '/v1/admin/audit-events': { path: '/v1/admin/audit-events', index: 'audit_events_administrators' },
  '/v1/webhooks': { path: '/v1/webhooks', index: 'webhooks_owner_created_at_id' },
  '/v1/webhooks/{id}/deliveries': {
    path: '/v1/webhooks/:webhook/deliveries',
    index: 'webhook_deliveries_webhook_id_created_at_event_id',
  },
  '/v1/webhook-events': { path: '/v1/webhook-events', index: 'webhook_events_owner_created_at_id' },
};

/**
 * Answers that are computed: the dates from the scheduled meetings of the user, or from the meeting
 * alone; the calls from presences. Each reads a limited number of rows.
 */
const computed = ['/v1/me/schedule', '/v1/meetings/{code}/schedule', '/v1/meetings/{code}/calls'];

/** Rows of such an answer at most: the meetings that count, each with its membership. */
const MOST_COMPUTED = 2_000;

let cluster: PostgresUnderTest;
let client: postgres.Sql;
let server: ServerUnderTest;
let host: Person;
let code: string;
const webhook = randomUUID();
const statements: { query: string; params: unknown[] }[] = [];

beforeAll(async () => {
  cluster = await startPostgres();
  const databaseUrl = await cluster.newDatabase();
  await (await openDatabase({ databaseUrl, dataDir: '' })).close();
  client = postgres(databaseUrl, { onnotice: () => {} });
  const logger = { logQuery: (query: string, params: unknown[]) => void statements.push({ query, params }) };
  const queries = drizzle(client, { schema, logger }) as unknown as Queries;
  const database = {
    queries,
    times: new QueryTimes(),
    embedded: false,
    durable: async () => {},
    check: async () => {},
    suspend: async () => {},
    resume: async () => {},
    close: () => client.end({ timeout: 3 }),
  };
  server = await startServer({ databaseUrl, database, administrators: ['host@example.org'] });
  host = await newPerson(server, { email: 'host@example.org', emailVerifiedAt: new Date(server.clock.date()) });
  const meeting = await newMeeting(server, host, { lastSeq: 100_000 });
  code = meeting.code;
  await fill(queries, host, meeting.id);
}, STARTING);
afterAll(async () => {
  await server?.close();
  await cluster?.close();
});

describe('lists', () => {
  it('all have a case', async () => {
    await server.api.fastify.ready();
    const paths = Object.entries(server.api.fastify.swagger().paths ?? {});
    const lists = paths.filter(([, { get }]: [string, { get?: { parameters?: unknown } }]) => {
      const parameters = (get?.parameters ?? []) as { name: string; in: string }[];
      return parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'limit');
    });
    expect(lists.map(([path]) => path).sort()).toEqual([...Object.keys(cases), ...computed].sort());
  });

  it.each(Object.values(cases))('$path reads only the rows that it returns', async ({ path, index, deep }) => {
    const url = path.replace(':code', code).replace(':webhook', webhook);
    for (const query of ['limit=50', `limit=50&${(typeof deep === 'function' ? deep() : deep) ?? cursorAt(2500)}`]) {
      const plans = await plansOf(`${url}?${query}`, index !== undefined);
      const nodes = plans.flatMap(({ query: statement, plan }) =>
        nodesOf(plan).map((node) => ({ ...node, statement })),
      );
      for (const node of nodes) {
        if (node['Node Type'] === 'Seq Scan') expect(SMALL_TABLES, node.statement).toContain(node['Relation Name']);
        // A sort means that the whole list was read.
        if (/Sort/.test(node['Node Type']))
          expect(node['Actual Rows'], node.statement).toBeLessThanOrEqual(MOST_SORTED);
      }
      expect(
        nodes.reduce((sum, node) => sum + rowsRead(node), 0),
        summaryOf(nodes),
      ).toBeLessThanOrEqual(MOST_READ);
      if (index)
        expect(
          nodes.map((node) => node['Index Name']),
          summaryOf(nodes),
        ).toContain(index);
    }
  });
});

it('the next dates of 10,000 repeated meetings read and compute those of the last active ones', async () => {
  const schedule = { duration: 30, timeZone: 'Europe/Berlin', repeats: { every: 'day', interval: 1, until: null } };
  const start = sql`timestamptz '2026-01-01' + (extract(epoch from created_at)::integer % 1440) * interval '1 minute'`;
  await server.queries
    .update(meetings)
    .set({ scheduledStart: start, schedule: sql`${JSON.stringify(schedule)}::jsonb` })
    .where(eq(meetings.owner, ownerOfUser(host.userId)));
  const plans = await plansOf('/v1/me/schedule?limit=50&before=9999-12-31T00:00:00Z', true);
  const nodes = plans.flatMap(({ query: statement, plan }) => nodesOf(plan).map((node) => ({ ...node, statement })));
  const summary = summaryOf(nodes);
  expect(
    nodes.map((node) => node['Index Name']),
    summary,
  ).toEqual(expect.arrayContaining(['members_user_id_archived_active_at_id', 'meetings_pkey']));
  expect(
    nodes.reduce((sum, node) => sum + rowsRead(node), 0),
    summary,
  ).toBeLessThanOrEqual(MOST_COMPUTED + SMALL);
  const { items } = (
    await server.api.fastify.inject({ url: '/v1/me/schedule?limit=50', headers: { ...host.headers } })
  ).json();
  const starts = items.map((item: { start: string }) => item.start);
  expect(starts).toEqual([...starts].sort());
  expect(new Set(items.map((item: { meeting: { code: string } }) => item.meeting.code)).size).toBe(50);
});

it('the calls of a year read the last of its presences, from wherever they continue', async () => {
  const range = `from=2024-06-01T00:00:00Z&to=2025-06-01T00:00:00Z&limit=50`;
  const deep = Buffer.from(JSON.stringify([BEGINNING + 20_000_000, 'call'])).toString('base64url');
  for (const query of [range, `${range}&cursor=${deep}`]) {
    const plans = await plansOf(`/v1/meetings/${code}/calls?${query}`, true);
    const nodes = plans.flatMap(({ query: statement, plan }) => nodesOf(plan).map((node) => ({ ...node, statement })));
    const presences = nodes.filter((node) => node['Relation Name'] === 'participants');
    expect(presences.map((node) => node['Index Name'])).toEqual(['participants_meeting_id_joined_at_id']);
    expect(presences.reduce((sum, node) => sum + rowsRead(node), 0)).toBe(MOST_PRESENCES);
  }
});

it('the failed deliveries among many delivered ones are found by their index', async () => {
  const plans = await plansOf(`/v1/admin/webhooks/${webhook}/deliveries?state=failed&limit=20`, false);
  const nodes = plans.flatMap(({ query: statement, plan }) => nodesOf(plan).map((node) => ({ ...node, statement })));
  const summary = summaryOf(nodes);
  expect(
    nodes.map((node) => node['Index Name']),
    summary,
  ).toContain('webhook_deliveries_undelivered');
  expect(
    nodes.reduce((sum, node) => sum + rowsRead(node), 0),
    summary,
  ).toBeLessThanOrEqual(MOST_READ);
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Requests the page as the host, and explains every statement that read. */
async function plansOf(url: string, full: boolean): Promise<{ query: string; plan: PlanNode }[]> {
  statements.length = 0;
  const response = await server.api.fastify.inject({ url, headers: { ...host.headers }, remoteAddress: newAddress() });
  expect(response.statusCode, response.body).toBe(200);
  if (full && !url.includes('/v1/webhooks?')) expect(response.json().items).toHaveLength(50);
  const reading = statements.splice(0).filter(({ query }) => /^[\s(]*(select|with)/i.test(query));
  const plans: { query: string; plan: PlanNode }[] = [];
  for (const { query, params } of reading) {
    const explained = await client.unsafe(`explain (analyze, format json) ${query}`, params as never[]);
    plans.push({ query, plan: explained[0]?.['QUERY PLAN'][0].Plan });
  }
  return plans;
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

function summaryOf(nodes: (PlanNode & { statement: string })[]): string {
  const scans = nodes.filter((node) => rowsRead(node) > 0);
  return scans
    .map((node) => `${rowsRead(node)} by ${node['Index Name'] ?? node['Node Type']} in ${node.statement}`)
    .join('\n');
}

/** Rows that a scan read, also without a match. */
function rowsRead(node: PlanNode): number {
  if (!/Scan/.test(node['Node Type'])) return 0;
  const inVain = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + inVain) * node['Actual Loops'];
}

/** Rows that a page of 50 may read, including those of people and meetings for each entry. */
const MOST_READ = 500;

/** One page and the row that shows that another follows. */
const MOST_SORTED = 101;

/** Of a page of calls. */
const MOST_PRESENCES = 10_000;

/** Of the user and the session, and of scans below a limit. */
const SMALL = 20;

/** Tables that the test leaves nearly empty. */
const SMALL_TABLES = ['identities', 'mailed_tokens', 'mails', 'breakouts'];

/**
 * Fills the lists of the host and of the meeting, and adds even more rows of other owners to the
 * tables.
 */
async function fill(queries: Queries, owner: Person, meetingId: string): Promise<void> {
  const at = `timestamptz '${new Date(BEGINNING).toISOString()}' + n * interval '1 second'`;
  const later = `timestamptz '2030-01-01'`;
  const name = ownerOfUser(owner.userId);
  const now = `timestamptz '${new Date(server.clock.date()).toISOString()}'`;
  const own = `meetings where owner = '${name}' and id <> '${meetingId}'`;
  const foreign = `meetings where owner = 'key:x'`;
  const foreignOwner = (n: string) => `'user:00000000-0000-4000-8000-' || lpad((${n})::text, 12, '0')`;
  const code = (first: string) =>
    `overlay(translate('${first}' || lpad(n::text, 9, '0'), '0123456789', 'abcdefghjk') placing '-' || substr(translate(lpad(n::text, 9, '0'), '0123456789', 'abcdefghjk'), 3, 4) || '-' from 4 for 4)`;
  const other = `(select id, row_number() over (order by id) as n from users where email like 'other%') as other`;
  const fillings = [
    // The rows are correct: checking references one by one takes most of the time.
    `set local session_replication_role = replica`,
    `insert into users (email, name, created_at) select 'other' || n || '@example.org', 'Other', ${at} from generate_series(1, 10000) n`,
    `insert into sessions (user_id, rotated_at, created_at, last_used_at, expires_at)
      select '${owner.userId}', ${at}, ${at}, ${at}, ${later} from generate_series(1, 5000) n`,
    `insert into sessions (user_id, rotated_at, created_at, last_used_at, expires_at) select id, ${at}, ${at}, ${at}, ${later} from ${other}`,
    `insert into api_keys (id, user_id, name, secret_hash, created_at)
      select 'own' || n, '${owner.userId}', 'Key', 'x', ${at} from generate_series(1, 5000) n`,
    `insert into api_keys (id, user_id, name, secret_hash, created_at) select 'other' || n, id, 'Key', 'x', ${at} from ${other}`,
    // The host's meetings, and those with an invitation for the host.
    `insert into meetings (code, title, owner, created_at) select ${code('m')}, 'Meeting', '${name}', ${at} from generate_series(1, 10000) n`,
    `insert into members (meeting_id, user_id, role, state, created_at) select id, '${owner.userId}', 'host', 'joined', created_at from ${own}`,
    `insert into meetings (code, title, owner, created_at) select ${code('n')}, 'Meeting', 'key:x', ${at} from generate_series(1, 5000) n`,
    `insert into members (meeting_id, email, role, state, created_at)
      select id, '${owner.email}', 'member', 'invited', created_at from ${foreign}`,
    `insert into members (meeting_id, user_id, role, state, created_at) select '${meetingId}', id, 'member', 'joined', ${at} from ${other}`,
    `insert into members (meeting_id, user_id, role, state, created_at)
      select meeting.id, other.id, 'member', 'joined', ${at}
      from (select id, row_number() over (order by id) as place from ${own}) as meeting join ${other} on n = place`,
    `insert into messages (meeting_id, seq, sender, client_id, user_id, author_name, text, created_at)
      select '${meetingId}', n, 'a', n::text, '${owner.userId}', 'Ada', 'Hello', ${at} from generate_series(1, 100000) n`,
    `insert into messages (meeting_id, seq, sender, client_id, author_name, text, created_at)
      select id, n, 'a', n::text, 'Ada', 'Hello', ${at} from meetings, generate_series(1, 10) n where id in (select id from ${own})`,
    // Half of them written by the host, and as many between others.
    `insert into private_messages (meeting_id, sender, user_id, author_name, receiver, receiver_user_id, receiver_name, client_id, text, created_at)
      select '${meetingId}', author.id, author.id, 'Ada', receiver.id, receiver.id, 'Ben', gen_random_uuid()::text, 'Hello', ${at}
      from generate_series(1, 10000) n
      join (select id, row_number() over (order by id) % 2000 as m from users where email like 'other%') as partner on partner.m = n % 2000
      cross join lateral (select case when n % 4 = 0 then '${owner.userId}' else partner.id end as id) as author
      cross join lateral (select case when n % 4 = 1 then '${owner.userId}' when n % 4 = 0 then partner.id
        else '00000000-0000-4000-8000-000000000001' end as id) as receiver`,
    `insert into files (meeting_id, message_id, sender, name, size, stored, created_at)
      select meeting_id, id, 'a', 'plan.pdf', 5, true, created_at from messages where seq % 10 = 0`,
    `insert into message_mentions (message_id, position, user_id, name)
      select id, 0, '${owner.userId}', 'Ada' from messages where seq % 10 = 0`,
    `insert into message_reactions (message_id, emoji, sender, name, created_at)
      select id, emoji, 'a', 'Ada', created_at from messages, (values ('👍'), ('🎉')) as emojis (emoji) where seq % 10 = 1`,
    `insert into polls (meeting_id, question, choices, multiple, anonymous, results_from, author_name, created_at)
      select '${meetingId}', 'Question', '{A,B}', false, false, 'start', 'Ada', ${at} from generate_series(1, 5000) n`,
    `insert into polls (meeting_id, question, choices, multiple, anonymous, results_from, author_name, created_at)
      select id, 'Question', '{A,B}', false, false, 'start', 'Ada', created_at from ${own}`,
    `insert into poll_votes (poll_id, voter, choices, user_id, name, created_at)
      select id, 'a', '{1}', '${owner.userId}', 'Ada', created_at from polls`,
    `insert into participants (id, meeting_id, name, role, node_id, joined_at, left_at)
      select gen_random_uuid()::text, '${meetingId}', 'Ada', 'guest', 'node', ${at}, ${at} from generate_series(1, 30000) n`,
    `insert into participants (id, meeting_id, name, role, node_id, joined_at, left_at)
      select gen_random_uuid()::text, id, 'Ada', 'guest', 'node', ${at}, ${at} from meetings, generate_series(1, 3) n where id in (select id from ${own})`,
    `insert into admissions (id, meeting_id, name, role, network, state, created_at, seen_at)
      select gen_random_uuid()::text, '${meetingId}', 'Ada', 'guest', '192.0.2.1', 'waiting', ${at}, ${now} from generate_series(1, 600) n`,
    `insert into admissions (id, meeting_id, name, role, network, state, created_at, seen_at)
      select gen_random_uuid()::text, id, 'Ada', 'guest', '192.0.2.1', state, created_at, ${now}
      from meetings, (values ('waiting'), ('waiting'), ('admitted'), ('denied')) as states (state) where id in (select id from ${own})`,
    `insert into bans (meeting_id, user_id, name, created_at) select '${meetingId}', id, 'Other', ${at} from ${other}`,
    `insert into bans (meeting_id, network, name, created_at) select id, '192.0.2.1', 'Other', created_at from ${own}`,
    `insert into invite_links (meeting_id, token_hash, role, expires_at, created_at)
      select '${meetingId}', 'x' || n, 'member', ${later}, ${at} from generate_series(1, 5000) n`,
    `insert into invite_links (meeting_id, token_hash, role, expires_at, created_at) select id, code, 'member', ${later}, created_at from ${own}`,
    `insert into guest_invitations (meeting_id, email, token_hash, waits, expires_at, created_at)
      select '${meetingId}', n || '@example.org', 'x' || n, true, ${later}, ${at} from generate_series(1, 5000) n`,
    `insert into guest_invitations (meeting_id, email, token_hash, waits, expires_at, created_at)
      select id, 'gus@example.org', code, true, ${later}, created_at from ${own}`,
    `insert into stream_keys (meeting_id, name, source, secret_hash, expires_at, created_at)
      select '${meetingId}', 'Key', 'camera', 'x' || n, ${later}, ${at} from generate_series(1, 5000) n`,
    `insert into stream_keys (meeting_id, name, source, secret_hash, expires_at, created_at) select id, 'Key', 'camera', code, ${later}, created_at from ${own}`,
    `insert into webhooks (owner, url, secret, events, created_at)
      select case when n <= 19 then '${name}' else ${foreignOwner('n')} end, 'https://example.org', 'x', '{}', ${at} from generate_series(1, 5000) n`,
    `insert into webhooks (id, owner, url, secret, events, created_at) values ('${webhook}', '${name}', 'https://example.org', 'x', '{}', ${now})`,
    // Alternating, as on a server with many owners.
    `insert into webhook_events (owner, type, data, created_at)
      select case when k = 0 then '${name}' else ${foreignOwner('20 + (n * 19 + k) % 4980')} end, 'meeting.ended', '{}', ${at}
      from generate_series(1, 5000) n, generate_series(0, 19) k`,
    `insert into webhook_deliveries (webhook_id, event_id, state, created_at)
      select '${webhook}', id, case when extract(second from created_at) = 0 then 'failed' else 'delivered' end, created_at
      from webhook_events where owner = '${name}'`,
    `insert into webhook_deliveries (webhook_id, event_id, state, created_at)
      select webhooks.id, webhook_events.id, 'delivered', webhook_events.created_at
      from webhook_events join webhooks using (owner) where owner <> '${name}' limit 30000`,
    `insert into audit_events (user_id, actor_kind, actor_id, action, details, created_at)
      select '${owner.userId}', 'user', '${owner.userId}', 'session.started', '{}', ${at} from generate_series(1, 5000) n`,
    `insert into audit_events (user_id, actor_kind, action, details, created_at)
      select id, 'user', 'session.started', '{}', ${at} from ${other}`,
    `insert into audit_events (meeting_id, actor_kind, actor_id, action, details, created_at)
      select '${meetingId}', 'user', '${owner.userId}', 'member.invited', '{}', ${at} from generate_series(1, 5000) n`,
    `insert into audit_events (meeting_id, actor_kind, action, details, created_at)
      select id, 'user', 'meeting.created', '{}', created_at from ${own}`,
    `insert into audit_events (actor_kind, actor_id, action, details, created_at)
      select 'administrator', '${owner.userId}', 'node.drain-started', '{}', ${at} from generate_series(1, 5000) n`,
  ];
  const minute = `${Math.floor(server.clock.date() / 60_000)} - n`;
  const figures =
    'upload_bitrate, download_bitrate, seconds, impaired_seconds, quality, limitation, server_loss, server_delay, missing_pictures';
  fillings.push(
    `insert into quality_minutes (meeting_id, minute, participant_id, ${figures})
      select '${meetingId}', ${minute}, participants.id, 0, 0, 60, 0, 0, 0, 0, 0, 0
      from (select id from participants where meeting_id = '${meetingId}' limit 3) as participants, generate_series(1, 10080) n`,
    `insert into quality_minutes (meeting_id, minute, participant_id, ${figures})
      select meeting_id, ${minute}, participants.id, 0, 0, 60, 0, 0, 0, 0, 0, 0
      from (select id, meeting_id from participants where meeting_id <> '${meetingId}' limit 10) as participants, generate_series(1, 5000) n`,
  );
  await queries.transaction(async (transaction) => {
    for (const filling of fillings) await transaction.execute(sql.raw(filling));
  });
  await queries.execute(sql`analyze`);
}
