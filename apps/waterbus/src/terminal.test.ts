import { expect, it } from 'vitest';
import { greeting } from './greeting.js';
import { readSettings, type Settings } from './settings.js';
import { settingsOfTerminal } from './terminal.js';

const shown = { isTTY: true };
const kept = {};

it.each([
  ['a terminal', {}, { stdout: shown, stderr: shown }, 'warn'],
  ['a terminal and an empty LOG_LEVEL', { LOG_LEVEL: '' }, { stdout: shown, stderr: shown }, 'warn'],
  ['a terminal and LOG_LEVEL', { LOG_LEVEL: 'info' }, { stdout: shown, stderr: shown }, undefined],
  ['a terminal, with the log in a file', {}, { stdout: shown, stderr: kept }, undefined],
  ['a terminal for the log alone', {}, { stdout: kept, stderr: shown }, undefined],
  ['no terminal', {}, { stdout: kept, stderr: kept }, undefined],
])('on %s', (_case, environment, streams, level) => {
  const { settings } = readSettings(environment) as { settings: Settings };
  const used = settingsOfTerminal(settings, environment, streams);
  expect(used).toEqual(level ? { ...settings, requestLogLevel: level } : settings);
  expect(greeting(used).join().includes('LOG_LEVEL=info')).toBe(level !== undefined);
});
