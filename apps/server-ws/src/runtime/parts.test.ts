import { expect, it } from 'vitest';
import { type Part, Parts } from './parts.js';

const logged: unknown[] = [];
const log = (details: unknown) => void logged.push(details);
const logger = { debug: log, info: log, warn: log, error: log };

/** Parts that record their starts and stops; one may fail. */
function recorded(names: string[], fails: { start?: string; stop?: string } = {}): { parts: Parts; calls: string[] } {
  const calls: string[] = [];
  const call = async (name: string, what: 'start' | 'stop') => {
    calls.push(`${what} ${name}`);
    await new Promise((resolve) => setImmediate(resolve));
    if (fails[what] === name) throw new Error(`${name} fails`);
    calls.push(`${name} done`);
  };
  const all = names.map((name): Part => ({ name, start: () => call(name, 'start'), stop: () => call(name, 'stop') }));
  return { parts: new Parts(all, logger), calls };
}

it('starts parts in order, each after the one before', async () => {
  const { parts, calls } = recorded(['a', 'b']);
  await parts.start();
  expect(calls).toEqual(['start a', 'a done', 'start b', 'b done']);
});

it('stops parts in reverse order, each after the one before, and only once', async () => {
  const { parts, calls } = recorded(['a', 'b']);
  await parts.start();
  calls.length = 0;
  await parts.stop();
  await parts.stop();
  expect(calls).toEqual(['stop b', 'b done', 'stop a', 'a done']);
});

it('stops the started parts when one does not start, and rejects with its error', async () => {
  const { parts, calls } = recorded(['a', 'b', 'c', 'd'], { start: 'c' });
  await expect(parts.start()).rejects.toThrow('c fails');
  expect(calls.slice(4)).toEqual(['start c', 'stop b', 'b done', 'stop a', 'a done']);
});

it('stops the others when one does not stop, and logs its name', async () => {
  const { parts, calls } = recorded(['a', 'b'], { stop: 'b' });
  await parts.start();
  calls.length = 0;
  await parts.stop();
  expect(calls).toEqual(['stop b', 'stop a', 'a done']);
  expect(logged.at(-1)).toEqual({ part: 'b', error: 'Error: b fails' });
});

it('accepts parts without a start or without a stop', async () => {
  const calls: string[] = [];
  const parts = new Parts(
    [
      { name: 'a', stop: () => void calls.push('stop a') },
      { name: 'b', start: () => void calls.push('start b') },
    ],
    logger,
  );
  await parts.start();
  await parts.stop();
  expect(calls).toEqual(['start b', 'stop a']);
});
