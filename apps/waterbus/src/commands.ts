import type { Part } from './start.js';

export interface Command {
  /** For `--help`: one line or more. */
  summary: string;
  /** The words after the command. */
  run(words: string[]): Promise<void>;
  /** Without it, the command takes no further words. */
  takesWords?: boolean;
  /** It answers `--help` itself. */
  explainsItself?: boolean;
}

/** The commands of `waterbus`, in the order of `--help`. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'start',
    {
      summary: 'runs everything in this process: page, API, signalling, media workers, database',
      run: serving('api', 'ws'),
    },
  ],
  ['api', { summary: 'page and API, one of a cluster (needs REDIS_URL, DATABASE_URL, SECRET)', run: serving('api') }],
  ['ws', { summary: 'signalling and media workers, one of a cluster (needs REDIS_URL, SECRET)', run: serving('ws') }],
  [
    'upgrade',
    {
      summary: 'moves the running Waterbus of these settings to this version without ending calls',
      run: async () => (await import('./upgrade/upgrade.js')).upgrade(),
    },
  ],
  [
    'doctor',
    {
      summary:
        'examines settings, ports, certificate, database, Redis and this machine; --json; ' +
        '--from-outside tests the ports with a phone',
      takesWords: true,
      run: async (words) => (await import('./doctor/doctor.js')).doctor(words),
    },
  ],
  [
    'load',
    {
      summary: 'tests a running server with participants that send and receive media; --help',
      takesWords: true,
      explainsItself: true,
      run: async (words) => (await import('./load-command.js')).loadCommand(words),
    },
  ],
  [
    'health',
    {
      summary: 'exits with 0 if the Waterbus of these settings runs on this host',
      run: async () => (await import('./health.js')).health(),
    },
  ],
]);

/** `--help` and `--version` load none of the system. */
function serving(...parts: Part[]): () => Promise<void> {
  return async () => (await import('./serve.js')).serve(parts);
}

/** The command that runs without a word on the command line. */
export const DEFAULT_COMMAND = 'start';
