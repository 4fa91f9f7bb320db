import { constants } from 'node:os';

/** Exits after a signal, so that `exit` listeners end the processes and remove the files of the run. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
