import type { Settings } from './settings.js';

/** Ends the start with this exit code and one sentence that names the remedy. */
export class StartFailure extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** The exit code of wrong settings and of a wrong command line. */
export const EXIT_SETTINGS = 2;
export const EXIT_FAILED = 1;

/** Ends this process with a sentence for the user. */
export function end(exitCode: number, message: string): void {
  console.error(message);
  process.exit(exitCode);
}

/** Turns an error of the start into a sentence for the user of the command. */
export function explain(error: unknown, settings: Settings): StartFailure {
  if (error instanceof StartFailure) return error;
  return new StartFailure(EXIT_FAILED, sentenceOf(error as StartError, settings));
}

type StartError = NodeJS.ErrnoException & { port?: number };

function sentenceOf(error: StartError, settings: Settings): string {
  const { code, message, port, syscall, path } = error;
  switch (code) {
    case 'EADDRINUSE':
      return portTaken(port, syscall, settings, message);
    case 'EADDRNOTAVAIL':
      return `This host does not have the address ${settings.listenAddress ?? ''}. Choose one of its own with LISTEN_ADDRESS.`;
    case 'EDATADIR_IN_USE':
      return `Another Waterbus uses the data folder ${path ?? settings.dataDir}. Stop it or choose another folder with DATA_DIR.`;
    case 'EDATADIR_NO_LOCK':
      return `${message}. Choose a folder on a local disk with DATA_DIR, or use PostgreSQL with DATABASE_URL.`;
    case 'EDATADIR_SHARED':
      return `${message}. Take the rights from them (\`chmod -R go= ${path ?? settings.dataDir}\`) or choose a folder of its own with DATA_DIR.`;
    case 'EPAIR':
      return `${message}. Check the files of TLS_CERT and TLS_KEY.`;
    case 'ESECRET_BROKEN':
      return `${message}. Put a backup in its place, or delete it to sign everybody out.`;
    case 'EDATADIR_BROKEN':
      return `${message}. Put a backup in its place or choose another folder with DATA_DIR.`;
    case 'EDATADIR_UNWRITABLE':
      return unwritable(path, settings);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (syscall === 'listen' || syscall === 'bind') {
        return `This user may not open port ${port ?? settings.httpPort}. Choose one above 1023 with HTTP_PORT or MEDIA_PORT.`;
      }
      return unwritable(path, settings);
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path ?? settings.dataDir} is not a folder. Choose another data folder with DATA_DIR.`;
    case 'ENOSPC':
      return `The disk with the data folder ${settings.dataDir} is full. Make room and start again.`;
    default:
      return `Waterbus could not start: ${reasonOf(error)}`;
  }
}

/** The message of a failed statement is the statement; its cause has the reason. */
function reasonOf(error: Error): string {
  const { cause, message } = error;
  if (!(cause instanceof Error)) return message ?? String(error);
  return `${cause.message} (${message.split('\n', 1)[0]})`;
}

function unwritable(path: string | undefined, settings: Settings): string {
  return `The data folder cannot be written (${path ?? settings.dataDir}). Make it writable for this user or choose another with DATA_DIR.`;
}

function portTaken(port: number | undefined, syscall: string | undefined, settings: Settings, message: string): string {
  if (port !== undefined && port === settings.metrics?.port) {
    return `Port ${port} is taken by another program. Stop it or choose another port with METRICS_PORT.`;
  }
  if (port !== undefined && port === settings.turn?.port && port !== settings.httpPort) {
    return `Port ${port} is taken by another program. Stop it or choose another port with TURN_PORT.`;
  }
  // Media workers name the protocol of their port in the message.
  if (syscall === 'bind' && port === settings.turn?.port && settings.turn?.udpAlone && !message.includes('UDP port')) {
    return `UDP port ${port} is taken by another program. Stop it or choose another port with TURN_PORT.`;
  }
  if (syscall === 'listen' || (port === settings.httpPort && !message.includes('UDP port'))) {
    return `TCP port ${port ?? settings.httpPort} is taken by another program. Stop it or choose another port with HTTP_PORT.`;
  }
  const which = port ?? /\b(\d{2,5})\b/.exec(message)?.[1] ?? settings.mediaPort;
  if (settings.mediaExtraPorts.includes(Number(which)) && message.includes('UDP port')) {
    return `UDP port ${which} is taken by another program. Stop it or choose other ports with MEDIA_EXTRA_PORTS.`;
  }
  const [protocol, advice] = message.includes('TCP port')
    ? ['TCP', ', or turn media over TCP off with MEDIA_TCP=0']
    : ['UDP', ''];
  return `${protocol} port ${which} is taken by another program. Stop it or choose another port with MEDIA_PORT${advice}.`;
}
