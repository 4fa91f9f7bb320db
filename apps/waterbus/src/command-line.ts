import { type Command, commands, DEFAULT_COMMAND } from './commands.js';

/** The meaning of a command line: a command, a text to print, or the reason of a refusal. */
export type Request = { command: Command; words: string[] } | { text: string } | { refusal: string };

export function parse(words: readonly string[], version: string): Request {
  const [first = DEFAULT_COMMAND, ...rest] = words;
  const command = commands.get(first);
  const needsHelp = !command?.explainsItself && rest.some((word) => HELP.has(word));
  if (HELP.has(first) || needsHelp) return { text: usage() };
  if (VERSION.has(first)) return { text: version };
  if (!command) return { refusal: `waterbus has no command "${first}".\n\n${usage()}` };
  if (rest.length > 0 && !command.takesWords) {
    return { refusal: `\`waterbus ${first}\` takes no "${rest.join(' ')}".\n\n${usage()}` };
  }
  return { command, words: rest };
}

function usage(): string {
  const width = Math.max(...[...commands.keys()].map((name) => name.length));
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    `Usage: waterbus ${[...commands.keys()].join(' | ')}`,
    '',
    ...lines,
    '',
    `Without a command it runs \`${DEFAULT_COMMAND}\`. \`--version\` prints the version.`,
    'Settings come from the environment; docs/operations.md lists them.',
  ].join('\n');
}

const HELP = new Set(['--help', '-h', 'help']);
const VERSION = new Set(['--version', '-v', 'version']);
