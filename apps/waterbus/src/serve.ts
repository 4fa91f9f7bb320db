import { EXIT_FAILED, EXIT_SETTINGS, end, explain, StartFailure } from './failure.js';
import { readSettings, type Settings } from './settings.js';
import { type Part, type System, start } from './start.js';
import { stopping } from './stopping.js';
import { settingsOfTerminal } from './terminal.js';
import { Generations } from './upgrade/generations.js';
import { type Inheritance, inheritance, OtherSuccession } from './upgrade/inheritance.js';
import { settingsOfSlot } from './upgrade/slots.js';
import { Upgrades } from './upgrade/upgrades.js';

/** Runs parts of the system until a signal, or a successor, ends this process. */
export async function serve(parts: readonly Part[]): Promise<void> {
  let inherited: Inheritance | undefined;
  try {
    inherited = inheritance();
  } catch (error) {
    if (!(error instanceof OtherSuccession)) throw error;
    return fail(EXIT_FAILED, error.message, error.inherited);
  }
  const result = readSettings(process.env, parts);
  if ('problems' in result) return fail(EXIT_SETTINGS, result.problems.join('\n'), inherited);
  const settings = settingsOfTerminal(result.settings, process.env);
  await run(settingsOfSlot(settings, inherited?.slot ?? 'a'), parts, inherited);
}

async function run(settings: Settings, parts: readonly Part[], inherited: Inheritance | undefined): Promise<void> {
  let early = false;
  let running: ReturnType<typeof stopping> | undefined;
  const generations = new Generations();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const) {
    process.on(name, () => {
      if (generations.signal(name)) return;
      if (running) return running.signal(name);
      if (name === 'SIGUSR2') return;
      // A half-started process closes as soon as it has started, or exits with its failure.
      if (!early) limitStopping();
      early = true;
    });
  }
  let system: System;
  try {
    system = await start(settings, parts, inherited);
  } catch (error) {
    const failure = explain(error, settings);
    return fail(failure.exitCode, failure.message, inherited);
  }
  const close = () => {
    limitStopping();
    return system.close();
  };
  if (early) return close().then(() => process.exit(0), failStopping);
  running = stopping({ othersAreUp: system.othersAreUp, drain: system.drain, stay: system.stay, close });
  running.closed.then(() => generations.ended()).then(() => process.exit(0), failStopping);
  if (inherited) {
    await inherited.ready(system);
    await inherited.alone;
  } else for (const line of system.greeting) console.log(line);
  await new Upgrades(system, inherited?.slot ?? 'a', generations).accept();
}

/** Ends this process with a sentence for the user, and for the `upgrade` that started it. */
async function fail(exitCode: number, message: string, inherited: Inheritance | undefined): Promise<void> {
  await inherited?.failed(message);
  end(exitCode, message);
}

function failStopping(error: unknown): void {
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
