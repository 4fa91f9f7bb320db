import { expect, it } from 'vitest';
import { explain } from './failure.js';
import { readSettings } from './settings.js';

it('a taken UDP port of the page is one of TURN', () => {
  const result = readSettings({ TURN_PORT: '8080' });
  if (!('settings' in result)) throw new Error(result.problems.join());
  const taken = (syscall: string) =>
    Object.assign(new Error(`${syscall} EADDRINUSE`), { code: 'EADDRINUSE', syscall, port: 8080 });
  expect(explain(taken('bind'), result.settings).message).toMatch(/^UDP port 8080 .*TURN_PORT/);
  expect(explain(taken('listen'), result.settings).message).toMatch(/^TCP port 8080 .*HTTP_PORT/);
});

it.each(['listen', 'bind'])('a taken port of TURN is named with its setting (%s)', (syscall) => {
  const result = readSettings({ TURN_PORT: '3478' });
  if (!('settings' in result)) throw new Error(result.problems.join());
  const error = Object.assign(new Error(`${syscall} EADDRINUSE`), { code: 'EADDRINUSE', syscall, port: 3478 });
  expect(explain(error, result.settings).message).toContain('TURN_PORT');
});

it('names the reason of a failed statement before the statement', () => {
  const result = readSettings({});
  if (!('settings' in result)) throw new Error(result.problems.join());
  const error = new Error('Failed query: CREATE TABLE "a" (\n\t"id" uuid\n)', {
    cause: new Error('relation "a" already exists'),
  });
  expect(explain(error, result.settings).message).toBe(
    'Waterbus could not start: relation "a" already exists (Failed query: CREATE TABLE "a" ()',
  );
});
