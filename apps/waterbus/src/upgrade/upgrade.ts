import { fileURLToPath } from 'node:url';
import { EXIT_FAILED, EXIT_SETTINGS, end } from '../failure.js';
import { readSettings, type Settings } from '../settings.js';
import { DEFAULT_HTTP_PORT } from '../tls-settings.js';
import { requestUpgrade } from './control-socket.js';
import { type Upgraded, UpgradeError } from './handing-over.js';

/** Asks the Waterbus of the same settings on this host to continue as this installation. */
export async function upgrade(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  // A Server WS has a broker and no database.
  const parts = environment.REDIS_URL && !environment.DATABASE_URL ? (['ws'] as const) : undefined;
  const result = readSettings(environment, parts);
  if ('problems' in result) return end(EXIT_SETTINGS, result.problems.join('\n'));
  try {
    for (const line of reportOf(await requestOf(result.settings))) console.log(line);
  } catch (error) {
    end(EXIT_FAILED, failureText(error));
  }
}

/** The running version has taken another port if that of the settings was not free. */
async function requestOf({ dataDir, httpPort, acme }: Settings): Promise<Upgraded> {
  const program = { execPath: process.execPath, script: MAIN };
  const request = (port: number) => requestUpgrade(dataDir, port, program, (line) => console.log(line));
  try {
    return await request(httpPort);
  } catch (error) {
    const isElsewhere = error instanceof UpgradeError && error.code === 'upgrade.not_running';
    if (!isElsewhere || !acme || acme.certain) throw error;
    return request(DEFAULT_HTTP_PORT);
  }
}

export function reportOf({ left, readyAfter, movedAfter, gaps }: Upgraded): string[] {
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
  const rest = left === 0 ? 'Everybody has moved' : `${left} participants had not moved and join again`;
  return [
    `${rest}. The new version was ready after ${seconds(readyAfter)}, alone after ${seconds(movedAfter)}.`,
    gapsText(gaps),
  ];
}

/** `gaps`: sorted. */
function gapsText(gaps: readonly number[]): string {
  if (gaps.length === 0) return 'Nobody received streams that moved.';
  const at = (share: number) => gaps[Math.ceil(share * gaps.length) - 1];
  return `Longest time without a new picture or sound: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms (${gaps.length} people).`;
}

export function failureText(error: unknown): string {
  if (!(error instanceof UpgradeError)) return `Upgrading failed: ${String(error)}`;
  const rest = error.code === 'upgrade.not_running' ? '' : ' The running version goes on.';
  return `${error.code}: ${error.message}.${rest}`.replace('..', '.');
}

/** The command of this installation. A package manager replaces it in place. */
export const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
