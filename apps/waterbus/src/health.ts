import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { EXIT_FAILED, EXIT_SETTINGS, end } from './failure.js';
import { readSettings } from './settings.js';

/**
 * Checks whether the Waterbus of the same settings on this host runs, for health checks of
 * containers. Exits with a code other than 0 if not.
 */
export async function health(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  // Only a Server WS has a broker and no database.
  const parts = environment.REDIS_URL && !environment.DATABASE_URL ? (['ws'] as const) : undefined;
  const result = readSettings(environment, parts);
  if ('problems' in result) return end(EXIT_SETTINGS, result.problems.join('\n'));
  const { httpPort, listenAddress } = result.settings;
  const host = !listenAddress || WILDCARDS.has(listenAddress) ? LOOPBACK : listenAddress;
  const answers = await Promise.all([answer(requestHttp, host, httpPort), answer(requestHttps, host, httpPort)]);
  if (answers.includes(200)) return;
  end(EXIT_FAILED, `No healthy Waterbus answers on port ${httpPort} of ${host}.`);
}

/**
 * The status, or undefined without an answer. The certificate is of another name than this host.
 */
function answer(request: typeof requestHttps, host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = { host, port, path: '/healthz', rejectUnauthorized: false, timeout: PATIENCE };
    const asked = request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

/**
 * A container may have no names of hosts. The server listens on IPv4 also where it listens on `::`.
 */
const LOOPBACK = '127.0.0.1';

const WILDCARDS = new Set(['::', '0.0.0.0']);

/** Milliseconds. Docker and Kubernetes wait longer than that. */
const PATIENCE = 3_000;
