import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { joinTokenClaimsSchema } from '@waterbus/protocol';
import { STARTING } from '@waterbus/server-api/testing/server';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ListeningServer, startListening } from './server.js';

let server: ListeningServer;
beforeAll(async () => {
  server = await startListening();
}, STARTING);
afterAll(() => server.close());

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

const folder = path.join(import.meta.dirname, '..');

/**
 * Runs it as its first lines describe; `output` grows until `ended` resolves with the exit code.
 */
function run(example: string, options: string[] = [], environment: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', `examples/${example}.ts`, ...options],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, WATERBUS_URL: server.url, WATERBUS_API_KEY: server.apiKey, ...environment },
    },
  );
  running.push(child);
  const started = { output: '', errors: '', ended: once(child, 'close').then(([code]) => code as number) };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (started.output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (started.errors += text));
  return started;
}

describe('examples', () => {
  it('are well-typed', { timeout: 240_000 }, async () => {
    const tsc = path.join(
      path.dirname(createRequire(path.join(folder, '../../x.js')).resolve('typescript/package.json')),
      'bin/tsc',
    );
    const child = spawn(process.execPath, [tsc, '-p', 'examples'], { cwd: folder });
    running.push(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect([(await once(child, 'close'))[0], output]).toEqual([0, '']);
  });

  it('create-meeting makes a meeting and prints a join token', { timeout: 240_000 }, async () => {
    const example = run('create-meeting', ['Grace Hopper']);
    expect([await example.ended, example.errors]).toEqual([0, '']);
    const { meeting, participantId, token, signalling } = JSON.parse(example.output);
    expect(joinTokenClaimsSchema.parse(decodeJwt(token))).toMatchObject({
      sub: participantId,
      meetingCode: meeting,
      name: 'Grace Hopper',
      role: 'moderator',
      grants: { publish: ['microphone', 'camera', 'screen', 'screen-audio'] },
    });
    expect(signalling).toEqual([server.url]);
  });

  it('recorder prints a hidden join token, and an error for an unknown meeting', { timeout: 240_000 }, async () => {
    const { meeting } = await server.waterbus.meetings.create({ title: 'Recorded' });
    const [example, wrong] = [run('recorder', [meeting.code]), run('recorder', ['aaa-aaaa-aaa'])];
    expect([await example.ended, example.errors]).toEqual([0, '']);
    expect(joinTokenClaimsSchema.parse(decodeJwt(JSON.parse(example.output).token)).grants).toEqual({
      publish: [],
      subscribe: true,
      moderate: false,
      hidden: true,
    });
    expect([await wrong.ended, wrong.errors]).toEqual([1, 'No meeting aaa-aaaa-aaa belongs to this API key\n']);
  });

  it('webhook-receiver prints the events', { timeout: 240_000 }, async () => {
    const port = String(await freePort());
    const example = run('webhook-receiver', [], { PORT: port, RECEIVER_URL: `http://127.0.0.1:${port}/` });
    const waiting = { timeout: 50_000, interval: 50 };
    await vi.waitFor(() => expect(example.output, example.errors).toContain('Listening for webhook'), waiting);
    await server.waterbus.meetings.create({ title: 'Planning' });
    await vi.waitFor(() => expect(example.output).toContain('There is a new meeting, Planning'), waiting);
    const forged = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
    expect(forged.status).toBe(401);
    const [webhook] = await server.waterbus.webhooks.list().toArray();
    const deliveries = await server.waterbus.webhooks.deliveries(webhook?.id ?? '').toArray();
    expect(deliveries).toMatchObject([{ type: 'meeting.created' }]);
  });
});
