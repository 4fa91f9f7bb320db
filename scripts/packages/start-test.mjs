// The start test of a package and of an image: the command starts, serves page and API, and ends on
// SIGTERM.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * `options` are those of `spawn`. The environment gets a free HTTP port and one media worker.
 */
export async function startTest([program, ...args], options, { whileRunning, end = terminate } = {}) {
  const port = await freePort();
  const env = { ...options.env, HTTP_PORT: String(port), MEDIA_PORT: String(port), MEDIA_WORKERS: '1' };
  const child = spawn(program, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const exit = once(child, 'exit');
  try {
    const origin = `http://localhost:${port}`;
    await ready(`${origin}/readyz`, child);
    await servesPage(origin);
    await makesMeeting(origin);
    await whileRunning?.(child, env);
    end(child);
    const [code, signal] = await exit;
    assert.equal(signal ?? code, program === 'npx' ? 'SIGTERM' : 0, 'the end on SIGTERM');
    await stopped(origin);
  } catch (error) {
    console.error(output);
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    throw error;
  }
}

/**
 * npx runs the command below a shell and ends by the signal itself. As terminals and systemd do,
 * the signal goes to all processes of the group.
 */
function terminate(child) {
  process.kill(-child.pid, 'SIGTERM');
}

async function ready(url, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode} before it was ready.`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits as long as something answers: a process that outlives its parent. */
async function stopped(origin) {
  while (await fetch(origin).catch(() => undefined)) await new Promise((resolve) => setTimeout(resolve, 200));
}

async function servesPage(origin) {
  const page = await (await fetch(origin)).text();
  assert.match(page, /<!doctype html>/i);
  assert.match(await (await fetch(`${origin}/docs/`)).text(), /<title>Waterbus</);
  const script = /\/assets\/index-[\w-]+\.js/.exec(page)?.[0];
  assert.ok(script, 'the page names its script');
  assert.equal((await fetch(`${origin}${script}`)).status, 200);
}

/** The way of a call through the API: a meeting, then a token that admits its host. */
async function makesMeeting(origin) {
  const { meeting, hostToken } = await post(`${origin}/v1/meetings`, { title: 'Start test' });
  const { token } = await post(`${origin}/v1/meetings/${meeting.code}/join`, { name: 'Ada', hostToken });
  assert.equal(typeof token, 'string');
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Below the range of outgoing connections, for the reasons in packages/stun/test/free-ports.ts. */
async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
