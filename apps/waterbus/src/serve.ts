import { EXIT_FAILED, EXIT_SETTINGS, end, explain, StartFailure } from './failure.js';
import { readSettings, type Settings } from './settings.js';
import { type Part, type System, start } from './start.js';
import { stopping } from './stopping.js';

/** Runs parts of the system until a signal ends this process. */
export async function serve(parts: readonly Part[]): Promise<void> {
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

/**
 * Milliseconds, after draining. A clean end takes well below a second; a longer one hangs. The
 * promise is 5 s.
 */
const STOP_DEADLINE = 4_500;
