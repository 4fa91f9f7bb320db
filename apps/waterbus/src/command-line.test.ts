import { describe, expect, it } from 'vitest';
import { parse } from './command-line.js';
import { commands } from './commands.js';

describe('the command line', () => {
  it('runs `start` without a word', () => {
    expect(parse([], '1.2.3')).toEqual({ command: commands.get('start'), words: [] });
  });

  it.each([...commands.keys()])('has %s', (name) => {
    expect(parse([name], '1.2.3')).toEqual({ command: commands.get(name), words: [] });
  });

  it.each([['--help'], ['-h'], ['help'], ['api', '--help']])('prints every command for %s %s', (...words) => {
    const { text } = parse(words, '1.2.3') as { text: string };
    for (const name of commands.keys()) expect(text).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
  });

  it('leaves the help of a command that has its own to the command', () => {
    expect(parse(['load', '--help'], '1.2.3')).toEqual({ command: commands.get('load'), words: ['--help'] });
  });

  it.each(['--version', '-v', 'version'])('prints the version for %s', (word) => {
    expect(parse([word], '1.2.3')).toEqual({ text: '1.2.3' });
  });

  it.each(['fly', '--port', '', 'toString'])('names the unknown command "%s"', (word) => {
    expect(parse([word], '1.2.3')).toEqual({
      refusal: expect.stringMatching(new RegExp(`^waterbus has no command "${word}"\\.\\n\\nUsage: waterbus start`)),
    });
  });

  it('names a word that a command does not take', () => {
    expect(parse(['start', '8080'], '1.2.3')).toEqual({
      refusal: expect.stringMatching(/^`waterbus start` takes no "8080"\.\n\nUsage: waterbus start/),
    });
  });
});
