import { randomUUID } from 'node:crypto';
import postgres from 'postgres';

/** One kind of request. */
export interface Load {
  name: string;
  title: string;
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
}

/**
 * Makes a user with 1,000 meetings, the first of which has 10,000 messages, and returns the
 * requests to measure.
 */
export async function prepare(api: string, databaseUrl: string): Promise<Load[]> {
  const account = { email: 'bench@example.org', password: randomUUID(), name: 'Bench' };
  const answer = await post(api, '/v1/accounts', account, JSON_ONLY);
  const { email, password } = account;
  const signedIn = answer.tokens ? answer : await post(api, '/v1/sessions', { email, password }, JSON_ONLY);
  const authorization = `Bearer ${signedIn.tokens.accessToken}`;
  const headers = { ...JSON_ONLY, authorization };
  const codes: string[] = [];
  for (let n = 0; n < MEETINGS; n += 1) {
    codes.push((await post(api, '/v1/meetings', { title: `Meeting ${n}` }, headers)).meeting.code);
  }
  const code = codes[0] ?? '';
  await fillWithMessages(databaseUrl, code);
  const meeting = `/v1/meetings/${code}`;
  return [
    {
      name: 'create',
      title: 'create a meeting',
      method: 'POST',
      path: '/v1/meetings',
      body: '{"title":"Planning"}',
      headers,
    },
    {
      name: 'join',
      title: 'join as a guest',
      method: 'POST',
      path: `${meeting}/join`,
      body: '{"name":"Ada"}',
      headers: JSON_ONLY,
    },
    { name: 'read', title: 'read a meeting', method: 'GET', path: meeting, headers: { authorization } },
    {
      name: 'list',
      title: 'list 50 of 1,000 meetings',
      method: 'GET',
      path: '/v1/meetings',
      headers: { authorization },
    },
    {
      name: 'messages',
      title: 'list 50 of 10,000 messages',
      method: 'GET',
      path: `${meeting}/messages`,
      headers: { authorization },
    },
  ];
}

async function fillWithMessages(databaseUrl: string, code: string): Promise<void> {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await client`insert into messages (meeting_id, seq, sender, client_id, author_name, text, created_at)
    select id, n, 'bench', n::text, 'Bench', repeat('Hello ', 20), now() from meetings, generate_series(1, ${MESSAGES}) n where code = ${code}`;
  await client`update meetings set last_seq = ${MESSAGES} where code = ${code}`;
  await client.unsafe('analyze');
  await client.end();
}

async function post(api: string, path: string, body: object, headers: Record<string, string>) {
  const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

const JSON_ONLY = { 'content-type': 'application/json' };
const MEETINGS = 1000;
const MESSAGES = 10_000;
