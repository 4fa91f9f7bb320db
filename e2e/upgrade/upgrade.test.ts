import { randomBytes } from 'node:crypto';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { type PostgresUnderTest, startPostgres } from '@waterbus/server-api/testing/postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bot } from '../faults/bots/bot.js';
import { Installation } from './installation.js';

/** `npm run test:upgrade`; the gate runs one upgrade. */
const ALL = process.env.ALL_UPGRADES !== undefined;

describe('waterbus upgrade', { timeout: 300_000 }, () => {
  it('R10: moves a call with the embedded database; no request is refused and no participant leaves', () =>
    during({}, movesOverTwice));

  if (!ALL) return;

  it('goes on with the embedded database when the new version fails', () => during({}, goesOn));

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
      SECRET: randomBytes(32).toString('hex'),
    });

    it('R10: moves a call; no request is refused and no participant leaves', async () =>
      during(await services(), movesOverTwice));

    it('goes on when the new version fails', async () => during(await services(), goesOn));
  });
});

async function movesOverTwice(installation: Installation, call: WholeCall): Promise<void> {
  for (const _round of ALL ? ['to the other ports', 'and back'] : ['to the other ports']) {
    const visitors = installation.visit();
    const { code, output } = await installation.upgrade();
    await visitors.stop();
    console.log(output, `${visitors.answered} requests, the longest took ${Math.round(visitors.longest)} ms`);
    expect([code, output]).toEqual([0, expect.stringContaining('Everybody has moved')]);
    expect(visitors.failures).toEqual([]);
    await call.isWhole();
  }
  call.nobodyLeft();
  expect(await call.bots[0]!.sendMessage('still here')).toBeUndefined();
  expect(installation.server.running()).toBe(true);
}

/** A version that does not start, and one that is killed while people move. */
async function goesOn(installation: Installation, call: WholeCall): Promise<void> {
  const visitors = installation.visit();
  expect(await installation.upgradeTo('/no/such/main.js')).toContain('upgrade.start_failed');
  await visitors.stop();
  expect(visitors.failures).toEqual([]);
  await call.isWhole();
  call.nobodyLeft();

  const command = installation.beginUpgrade();
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
const PATIENCE = { timeout: 60_000 };
