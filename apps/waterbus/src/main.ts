#!/usr/bin/env node
import { EXIT_FAILED, EXIT_SETTINGS, explain, StartFailure } from './failure.js';
import { readSettings, type Settings } from './settings.js';
import { type Part, type System, start } from './start.js';
import { stopping } from './stopping.js';

const commands = new Map<string, readonly Part[]>([
  ['start', ['api', 'ws']],
  ['api', ['api']],
  ['ws', ['ws']],
]);

const USAGE = `Usage: waterbus start | api | ws

  start   runs everything in this process: page, API, signalling, media workers, database
  api     page and API, one of a cluster (needs REDIS_URL, DATABASE_URL, SECRET)
  ws      signalling and media workers, one of a cluster (needs REDIS_URL, SECRET)

Settings come from the environment; docs/operations.md lists them.`;

async function main(words: string[]): Promise<void> {
  if (words.length === 1 && words[0] === '--help') {
    console.log(USAGE);
    return;
  }
  const parts = commands.get(words[0] ?? 'start');
  if (words.length > 1 || !parts) return end(EXIT_SETTINGS, USAGE);
  const result = readSettings(process.env, parts);
  if ('problems' in result) return end(EXIT_SETTINGS, result.problems.join('\n'));
  await run(result.settings, parts);
}

async function run(settings: Settings, parts: readonly Part[]): Promise<void> {
  let early = false;
  let running: ReturnType<typeof stopping> | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) {
    process.on(name, () => {
      if (running) return running.signal(name);
      if (name === 'SIGUSR2') return;
      // A half-started process closes as soon as it has started, or exits with its failure.
      if (!early) limitStopping();
      early = true;
    });
  }
  let system: System;
  try {
    system = await start(settings, parts);
  } catch (error) {
    const failure = explain(error, settings);
    return end(failure.exitCode, failure.message);
  }
  const close = () => {
    limitStopping();
    return system.close();
  };
  if (early) return close().then(() => process.exit(0), fail);
  for (const line of system.greeting) console.log(line);
  running = stopping({ othersAreUp: system.othersAreUp, drain: system.drain, stay: system.stay, close });
  running.closed.then(() => process.exit(0), fail);
}

function fail(error: unknown): void {
  end(EXIT_FAILED, error instanceof StartFailure ? error.message : `Stopping failed: ${String(error)}`);
}

function limitStopping(): void {
  setTimeout(() => end(EXIT_FAILED, 'Stopping took too long; ended without waiting.'), STOP_DEADLINE).unref();
}

function end(exitCode: number, message: string): void {
  console.error(message);
  process.exit(exitCode);
}

/**
 * Milliseconds, after draining. A clean end takes well below a second; a longer one hangs. The
 * promise is 5 s.
 */
const STOP_DEADLINE = 4_500;

await main(process.argv.slice(2));
