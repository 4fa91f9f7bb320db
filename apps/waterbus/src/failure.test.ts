import { expect, it } from 'vitest';
import { explain } from './failure.js';
import { readSettings } from './settings.js';

it.each(['listen', 'bind'])('a taken port of TURN is named with its setting (%s)', (syscall) => {
  const result = readSettings({ TURN_PORT: '3478' });
  if (!('settings' in result)) throw new Error(result.problems.join());
  const error = Object.assign(new Error(`${syscall} EADDRINUSE`), { code: 'EADDRINUSE', syscall, port: 3478 });
  expect(explain(error, result.settings).message).toContain('TURN_PORT');
});
