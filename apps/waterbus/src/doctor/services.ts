import { examineRedis } from '@waterbus/cluster';
import { examineDatabase } from '@waterbus/server-api';
import type { Settings } from '../settings.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';

/** The servers that Waterbus needs, and the clock of this machine beside theirs. */
export async function examineServices({ databaseUrl, redis, acme, dataDir }: Settings): Promise<Finding[]> {
  return [
    ...(databaseUrl ? await ofDatabase(databaseUrl) : [ok('database', `embedded, in ${dataDir}`)]),
    ...(redis ? await ofRedis(redis) : []),
    ...(acme ? await ofAuthority(acme.directory) : []),
  ];
}

/** Also the clock: a certificate is valid between two moments. */
export async function ofAuthority(directory: string): Promise<Finding[]> {
  try {
    const before = Date.now();
    const response = await fetch(directory, { signal: AbortSignal.timeout(AUTHORITY_TIMEOUT) });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const reached = ok('authority', `${directory} answers`);
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header counts whole seconds.
    if (Number.isNaN(date)) return [reached];
    return [reached, ofClock('the certificate authority', date + 500 - (before + Date.now()) / 2)];
  } catch (error) {
    const { cause } = error as Error;
    const message = `${directory}: ${reasonOf(cause ?? error)}`;
    return [fail('authority', message, 'permit https to it, or set ACME=off')];
  }
}

async function ofDatabase(url: string): Promise<Finding[]> {
  try {
    const { version, latency, clockOffset, migrations, connections } = await examineDatabase(url);
    const findings = [
      ofLatency('database', `PostgreSQL ${version}`, latency),
      ofClock('the database', clockOffset),
      connections.used > connections.most * MOST_OF_CONNECTIONS
        ? warn('database', `${connections.used} of ${connections.most} connections are in use`, 'raise max_connections')
        : ok('database', `${connections.used} of ${connections.most} connections are in use`),
    ];
    const { known, applied } = migrations;
    if (applied > known) {
      const message = `it has ${applied} migrations, and this release knows ${known}`;
      findings.push(fail('database', message, 'run the newer release that has migrated it'));
    } else if (applied < known) findings.push(ok('database', `the next start applies ${known - applied} migrations`));
    else findings.push(ok('database', `all ${known} migrations are applied`));
    return findings;
  } catch (error) {
    return [fail('database', `no connection: ${reasonOf(error)}`, 'check DATABASE_URL and the server')];
  }
}

async function ofRedis(topology: NonNullable<Settings['redis']>): Promise<Finding[]> {
  try {
    const { version, latency, clockOffset, persistent, evictionPolicy } = await examineRedis(topology);
    const findings = [ofLatency('redis', `Redis ${version}`, latency), ofClock('Redis', clockOffset)];
    if (Number.parseInt(version, 10) < OLDEST_REDIS) {
      findings.push(fail('redis', `version ${version} lacks commands`, `use ${OLDEST_REDIS} or newer`));
    }
    if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
      const message = `maxmemory-policy ${evictionPolicy} deletes rooms when memory is short`;
      findings.push(warn('redis', message, 'CONFIG SET maxmemory-policy noeviction'));
    }
    if (!persistent) {
      const message = 'a restart loses the records that are not in the database yet';
      findings.push(warn('redis', message, 'CONFIG SET appendonly yes'));
    }
    return findings;
  } catch (error) {
    return [fail('redis', `no connection: ${reasonOf(error)}`, 'check REDIS_URL and the server')];
  }
}

function ofLatency(part: string, what: string, latency: number): Finding {
  const message = `${what} answers in ${latency.toFixed(1)} ms`;
  return latency > SLOW ? warn(part, message, 'run it in the same network as the servers') : ok(part, message);
}

function ofClock(whose: string, offset: number): Finding {
  const away = Math.abs(offset);
  const message = `this machine's clock is ${(away / 1000).toFixed(1)} s ${offset > 0 ? 'behind' : 'ahead'} of that of ${whose}`;
  if (away > BROKEN_CLOCK) return fail('clock', message, 'run an NTP client, such as systemd-timesyncd, on both');
  return away > WRONG_CLOCK ? warn('clock', message, 'run an NTP client on both') : ok('clock', message);
}

/** Milliseconds for one statement or command: a request makes several. */
const SLOW = 20;

/** Milliseconds. Messages between servers with clocks further apart than 30 s are refused. */
const BROKEN_CLOCK = 15_000;
const WRONG_CLOCK = 2_000;

const OLDEST_REDIS = 7;

/** Milliseconds. */
const AUTHORITY_TIMEOUT = 10_000;

const MOST_OF_CONNECTIONS = 0.8;
