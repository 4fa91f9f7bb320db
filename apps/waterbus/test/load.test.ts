import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '@waterbus/load';
import { defaultMeetingSettings } from '@waterbus/protocol';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.js';
import { type System, start } from '../src/start.js';

/** The load tester against a real server in this process: real signalling, ICE, DTLS and SRTP. */
describe('waterbus load', () => {
  let folder: string;
  let url: string;
  let keyFile: string;
  let system: System;

  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error('Run `npm run build` first: one test starts the built command.');
    folder = await mkdtemp(path.join(tmpdir(), 'waterbus-load-'));
    keyFile = path.join(folder, 'key');
    await writeFile(keyFile, `${KEY}\n`);
    const httpPort = await freePort();
    url = `http://127.0.0.1:${httpPort}`;
    const result = readSettings({
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(await freePort()),
      MEDIA_WORKERS: '1',
      DATA_DIR: path.join(folder, 'data'),
      LISTEN_ADDRESS: '127.0.0.1',
      // Two candidates: the tester nominates the one that answers first.
      ANNOUNCED_ADDRESSES: '::1,127.0.0.1',
      API_KEYS: KEY,
      JOINS_PER_MINUTE: String(JOINS_PER_MINUTE),
      LOG_LEVEL: 'fatal',
    });
    if ('problems' in result) throw new Error(result.problems.join('\n'));
    system = await start(result.settings);
  });
  afterAll(async () => {
    await system.close();
    await rm(folder, { recursive: true, force: true });
  });

  const servers: Server[] = [];
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Meetings of the API key that are not archived, and all of them. */
  async function meetings(): Promise<{ open: number; archived: number }> {
    const count = async (archived: boolean) => {
      const response = await fetch(`${url}/v1/meetings?archived=${archived}`, {
        headers: { authorization: `Bearer ${KEY}` },
      });
      return ((await response.json()) as { items: unknown[] }).items.length;
    };
    return { open: await count(false), archived: await count(true) };
  }

  it('gets every sound and picture to every subscriber, and leaves nothing behind', async () => {
    const before = await meetings();
    const { code, report } = await run([url, '--api-key-file', keyFile, '--minutes', '5', '--join-rate', '20'], {
      until: arrived,
    });
    expect(report).toMatchObject({
      participants: 6,
      joins: { begun: 6, succeeded: 6, failures: {} },
      losses: {},
      audio: { expected: 8, received: 8, lost: 0 },
      video: { expected: 8, received: 8, lost: 0 },
      receivers: { count: 4 },
    });
    expect(code).toBe(0);
    expect(report.joins.times.firstPicture).toMatchObject({ count: 4 });
    expect(report.video.delayAtStart.p50).toBeGreaterThan(0);
    expect(await meetings()).toEqual({ open: 0, archived: before.archived + 1 });
  });

  it('fills an existing meeting, whose publishers receive each other, and leaves it as it was', async () => {
    const meeting = await newMeeting(url);
    const options = ['--code', meeting, '--publishers', '2', '--subscribers', '0', '--meeting', '--video', 'high'];
    const { code, report } = await run([url, ...options, '--minutes', '5'], { until: arrived });
    expect(report).toMatchObject({ joins: { succeeded: 2 }, audio: { received: 2 }, video: { received: 2, lost: 0 } });
    expect(code).toBe(0);
    const answer = await fetch(`${url}/v1/meetings/${meeting}`);
    expect(await answer.json()).toMatchObject({ meeting: { archivedAt: null } });
  });

  it('reports joins that a limit refuses, with the setting that raises it', async () => {
    const meeting = await newMeeting(url);
    const options = ['--code', meeting, '--publishers', '0', '--subscribers', '12', '--minutes', '0.01'];
    const { code, err, report } = await run([url, ...options, '--join-rate', '200', '--yes']);
    const { succeeded, failures } = report.joins;
    expect(failures['request.rate_limited']?.count).toBeGreaterThan(0);
    expect(succeeded + (failures['request.rate_limited']?.count ?? 0)).toBe(12);
    expect([code, err]).toEqual([1, expect.stringContaining('12 participants')]);
  });

  it('prints the figures so far at SIGINT, and archives its room', async () => {
    const before = await meetings();
    const child = spawn(process.execPath, [MAIN, 'load', url, '--api-key-file', keyFile, '--minutes', '5']);
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (/in the call [1-9]/.test(err)) child.kill('SIGINT');
    });
    expect((await once(child, 'close'))[0], err).not.toBeNull();
    expect(out).toMatch(/^joins +\d of \d/m);
    expect(out).toMatch(/streams received/);
    expect(await meetings()).toEqual({ open: 0, archived: before.archived + 1 });
  });

  it.each([
    ['a key that the server does not know', () => [url, '--api-key-file', `${keyFile}.wrong`], 'token.invalid'],
    ['an address where nobody answers', async () => [`http://127.0.0.1:${await freePort()}`], 'server.unreachable'],
    ['another web server', async () => [await answering(() => [200, '<html>'])], 'server.unknown'],
    ['an address that redirects', async () => [await answering(() => [301, ''])], 'server.unreachable'],
  ])('reports %s in a sentence', async (_, words, reason) => {
    await writeFile(`${keyFile}.wrong`, `wbk_wrong_${'0'.repeat(40)}`);
    const { code, err, out } = await run(await words());
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`The run could not begin: ${reason}`);
  });

  it('reports a room that is full', async () => {
    const full = { type: 'about:blank', title: 'The meeting is full', status: 409, code: 'meeting.full' };
    const server = await answering((path) => (path === '/v1/server' ? [200, OFFER] : [409, full]));
    const { code, report } = await run([server, '--code', 'abc-defg-hjk', '--minutes', '0.01']);
    expect(report.joins).toMatchObject({ succeeded: 0, failures: { 'meeting.full': { count: 6 } } });
    expect(code).toBe(1);
  });

  it('archives the rooms that it has, when the server refuses the next one', async () => {
    const asked: string[] = [];
    const limited = { type: 'about:blank', title: 'Too many', status: 429, code: 'request.rate_limited' };
    const server = await answering((path) => {
      asked.push(path);
      if (path === '/v1/server') return [200, OFFER];
      if (path !== '/v1/meetings') return [200, {}];
      return asked.filter((one) => one === path).length === 1
        ? [201, { meeting: MEETING, hostToken: 'h' }]
        : [429, limited];
    });
    const { code, err } = await run([server, '--rooms', '3']);
    expect(asked).toEqual(['/v1/server', '/v1/meetings', '/v1/meetings', `/v1/meetings/${MEETING.code}/archive`]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/could not begin: request\.rate_limited.*\n→ .*CREATES_PER/),
    ]);
  });

  // The last test: it ends the server.
  it('reports a server that ends in the middle of a run', async () => {
    let closing: Promise<void> | undefined;
    const { code, err, report } = await run([url, '--api-key-file', keyFile, '--minutes', '5'], {
      onLine: (line) => {
        if (arrived(line)) closing ??= system.close();
      },
    });
    await closing;
    const losses = Object.values(report.losses as Record<string, number>);
    expect(losses.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(6);
    expect(report.joins).toMatchObject({ succeeded: 6 });
    expect([code, err]).toEqual([1, expect.stringMatching(/could not be archived \(server\.unreachable/)]);
  });

  /** An HTTP server with these answers. */
  async function answering(answer: (path: string) => [status: number, body: unknown]): Promise<string> {
    const server = createServer((request, response) => {
      const [status, body] = answer(request.url ?? '');
      response.writeHead(status, { location: 'https://meet.example.org/' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
});

/** Everybody has joined, and every stream has arrived. */
function arrived(line: string): boolean {
  const [, received, expected] = /streams (\d+) of (\d+)/.exec(line) ?? [];
  return received !== undefined && received === expected && received !== '0';
}

/** The command in this process; `until`: a line after which the run ends as by SIGINT. */
async function run(
  words: string[],
  { until, onLine }: { until?: (line: string) => boolean; onLine?: (line: string) => void } = {},
) {
  const ending = new AbortController();
  let [out, err] = ['', ''];
  const code = await load([...words, '--json'], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
      onLine?.(text);
      if (until?.(text)) ending.abort();
    },
    isTerminal: true,
    signal: ending.signal,
  });
  return { code, out, err, report: out === '' ? undefined! : JSON.parse(out) };
}

async function newMeeting(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/meetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Weekly' }),
  });
  return ((await response.json()) as { meeting: { code: string } }).meeting.code;
}

const OFFER = { registration: 'open', meetingCreation: 'everybody', guests: true, mail: false };
const MEETING = {
  code: 'abc-defg-hjk',
  title: 'Load test 1',
  passwordRequired: false,
  locked: false,
  waitingRoom: false,
  settings: defaultMeetingSettings,
  scheduledStart: null,
  archivedAt: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const KEY = `wbk_load_${'0123456789abcdef'.repeat(2)}`;
/** Two joins of the second test, and some of the third. */
const JOINS_PER_MINUTE = 6;
