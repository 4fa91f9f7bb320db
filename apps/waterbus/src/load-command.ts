import { load } from '@waterbus/load';

/** `waterbus load`. The first SIGINT or SIGTERM ends the run with its figures, a second one at once. */
export async function loadCommand(words: string[]): Promise<void> {
  const ending = new AbortController();
  const end = () => {
    if (ending.signal.aborted) process.exit(INTERRUPTED);
    ending.abort();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  const code = await load(words, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    signal: ending.signal,
  });
  // The exit waits for the pipe that reads standard output.
  process.stdout.write('', () => process.exit(code));
}

/** As shells report a process that SIGINT ended. */
const INTERRUPTED = 130;
