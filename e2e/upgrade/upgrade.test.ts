import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMeeting } from '@waterbus/client';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { type PostgresUnderTest, startPostgres } from '@waterbus/server-api/testing/postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bot } from '../faults/bots/bot.js';
import { Installation } from './installation.js';
import { TurnAllocation, TurnKnocks } from './turn-knocks.js';

/** `npm run test:upgrade`; the gate runs one upgrade. */
const ALL = process.env.ALL_UPGRADES !== undefined;

describe('waterbus upgrade', { timeout: 600_000 }, () => {
  it('R10: moves a call with the embedded database; no request is refused and no participant leaves', () =>
    during({}, movesOverTwice));

  if (!ALL) return;

  it('goes on with the embedded database when the new version fails', () => during({}, goesOn));

  it('R6: the new version goes on with the call when the old one is killed during the drain', () =>
    during({}, outlivesTheOldVersion));

  it('keeps the allocations of TURN over UDP that a call needs', () => during({}, keepsAllocations));

  it('ends all processes and loses no data when it is stopped during an upgrade', () => stopsDuringAnUpgrade({}));

  it('refuses no connection to an https page', () => withTls(movesConnections));

  describe('over Redis and PostgreSQL', () => {
    let postgres: PostgresUnderTest;
    let redis: RedisServer;
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([startPostgres(), RedisServer.start()]);
    });
    afterAll(async () => {
      await postgres?.close();
      await redis?.close();
    });
    const services = async () => ({
      DATABASE_URL: await postgres.newDatabase(),
      REDIS_URL: redis.url,
    });

    it('R10: moves a call; no request is refused and no participant leaves', async () =>
      during(await services(), movesOverTwice));

    it('goes on when the new version fails', async () => during(await services(), goesOn));
  });
});

async function movesOverTwice(installation: Installation, call: WholeCall): Promise<void> {
  for (const _round of ALL ? ['to the other ports', 'and back'] : ['to the other ports']) {
    const visitors = installation.visit();
    const connections = ALL ? installation.connections() : undefined;
    const knocks = new TurnKnocks(installation.turnPort);
    const { code, output } = await installation.upgrade();
    await visitors.stop();
    knocks.stop();
    const failed = (await connections?.stop()) ?? {};
    const [most, counts] = [
      Math.round(visitors.longest),
      `${visitors.answered} + ${connections?.answered ?? 0} requests`,
    ];
    console.log(output, `${counts}, the longest took ${most} ms; ${knocks.sent} clients of TURN`);
    expect([code, output]).toEqual([0, expect.stringContaining('Everybody has moved')]);
    expect([visitors.failures, failed]).toEqual([[], {}]);
    await vi.waitFor(() => expect(knocks.answered).toBe(knocks.sent), PATIENCE);
    knocks.close();
    await call.isWhole();
  }
  call.nobodyLeft();
  expect(await call.bots[0]!.sendMessage('still here')).toBeUndefined();
  expect(installation.server.running()).toBe(true);
}

/** The old version serves its allocations until its end, and all others are of the new one. */
async function keepsAllocations(installation: Installation): Promise<void> {
  const { turnPort, secret } = installation;
  const before = await TurnAllocation.open(turnPort, secret);
  const command = installation.beginUpgrade();
  await vi.waitFor(() => expect(command.output()).toContain('is ready'), PATIENCE);
  const during = await TurnAllocation.open(turnPort, secret);
  expect(await command.ended).toBe(0);
  // The process that served it has ended, or ends.
  await vi.waitFor(async () => expect(await before.refresh()).toBe(false), PATIENCE);
  expect(await during.refresh()).toBe(true);
  const after = await TurnAllocation.open(turnPort, secret);
  for (const allocation of [before, during, after]) allocation.close();
}

/** Versions that do not start, and one that is killed while people move. */
async function goesOn(installation: Installation, call: WholeCall): Promise<void> {
  const visitors = installation.visit();
  const connections = installation.connections();
  for (const [version, reason] of [
    ['missing', 'ended at its start'],
    ['wrong-settings', 'MEDIA_WORKERS: '],
    ['crash', 'ended at its start'],
    ['failing-migration', 'already exists'],
  ] as const) {
    const answer = await installation.upgradeTo(version);
    expect([version, answer]).toEqual([version, expect.stringContaining('upgrade.start_failed')]);
    expect([version, answer]).toEqual([version, expect.stringContaining(reason)]);
  }
  await visitors.stop();
  expect([visitors.failures, await connections.stop()]).toEqual([[], {}]);
  await call.isWhole();
  call.nobodyLeft();

  const command = installation.beginUpgrade();
  await vi.waitFor(() => expect(command.output()).toContain('Starting'), PATIENCE);
  const second = await installation.upgrade();
  expect(second).toEqual({ code: 1, output: expect.stringContaining('upgrade.in_progress') });
  await vi.waitFor(() => expect(command.output()).toContain('is ready'), PATIENCE);
  process.kill(await installation.successor(), 'SIGKILL');
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain('upgrade.successor_lost');
  await call.isWhole();
  const later = installation.visit();
  await vi.waitFor(() => expect(later.answered).toBeGreaterThan(20), PATIENCE);
  await later.stop();
  expect(later.failures).toEqual([]);
  expect(await call.bots[0]!.sendMessage('still here')).toBeUndefined();
}

/** The second version is killed while the third takes over. The first process is the parent of both. */
async function outlivesTheOldVersion(installation: Installation, call: WholeCall): Promise<void> {
  expect(await installation.upgrade()).toMatchObject({ code: 0 });
  const command = installation.beginUpgrade();
  await vi.waitFor(() => expect(command.output()).toContain('is ready'), PATIENCE);
  const [old] = await installation.versions();
  process.kill(old!, 'SIGKILL');
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain('The running version ended before its answer');
  await call.isWhole();
  expect(await call.bots[0]!.sendMessage('still here')).toBeUndefined();
  expect(await installation.upgrade()).toMatchObject({ code: 0 });
  await call.isWhole();
}

/** SIGTERM while the new version starts, and while people move. */
async function stopsDuringAnUpgrade(settings: Record<string, string>): Promise<void> {
  let installation = await Installation.start(settings);
  for (const moment of ['Starting', 'is ready']) {
    const { meeting } = await createMeeting({ server: installation.url, title: moment });
    const command = installation.beginUpgrade();
    await vi.waitFor(() => expect(command.output()).toContain(moment), PATIENCE);
    const versions = await installation.versions();
    installation.server.signal('SIGTERM');
    expect(await installation.server.ended).toBe(0);
    await command.ended;
    await vi.waitFor(() => expect(versions.filter(isRunning)).toEqual([]), PATIENCE);
    installation = await installation.again();
    expect((await fetch(`${installation.url}/v1/meetings/${meeting.code}`)).status).toBe(200);
  }
  expect(await installation.stop()).toBe(0);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function movesConnections(installation: Installation): Promise<void> {
  const connections = installation.connections();
  expect(await installation.upgrade()).toMatchObject({ code: 0 });
  const answered = connections.answered;
  await vi.waitFor(() => expect(connections.answered).toBeGreaterThan(answered + 20), PATIENCE);
  expect(await connections.stop()).toEqual({});
}

async function withTls(work: (installation: Installation) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-upgrade-tls-'));
  const files = { TLS_CERT: path.join(folder, 'cert.pem'), TLS_KEY: path.join(folder, 'key.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '7'];
  const out = ['-keyout', files.TLS_KEY, '-out', files.TLS_CERT];
  execFileSync('openssl', ['req', '-x509', ...curve, '-subj', '/CN=localhost', ...out], { stdio: 'ignore' });
  const installation = await Installation.start(files);
  try {
    await work(installation);
  } finally {
    expect(await installation.stop()).toBe(0);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A call of two on an installation, which must end cleanly. */
async function during(
  settings: Record<string, string>,
  work: (installation: Installation, call: WholeCall) => Promise<void>,
): Promise<void> {
  const installation = await Installation.start(settings);
  try {
    const call = new WholeCall(await installation.joinBots(2), installation);
    await call.isWhole();
    await work(installation, call);
  } catch (error) {
    console.log(installation.server.output());
    throw error;
  } finally {
    expect(await installation.stop()).toBe(0);
  }
}

class WholeCall {
  readonly #ids: string[];

  constructor(
    readonly bots: readonly Bot[],
    private readonly installation: Installation,
  ) {
    this.#ids = bots.map(({ id }) => id);
  }

  /** Resolves when all see each other. */
  async isWhole(): Promise<void> {
    await vi.waitFor(() => {
      for (const bot of this.bots) expect(bot.sees(this.bots.filter((other) => other !== bot)), bot.shown()).toBe(true);
    }, PATIENCE);
  }

  nobodyLeft(): void {
    expect(this.bots.map(({ id }) => id)).toEqual(this.#ids);
    expect(this.installation.history.entries.filter(({ type }) => type === 'left')).toEqual([]);
  }
}

/** A bound for a busy machine. */
const PATIENCE = { timeout: 120_000 };
