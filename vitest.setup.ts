import { afterAll, expect, vi } from 'vitest';

// The next test file may run in the same process.
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.waitFor = waitFor;
  expect.poll = poll;
});

/**
 * Waiting for a condition is bounded by a minute at least, whatever the test says: a machine with other work is slow, and that is no failure. What the
 * condition asserts stays as strict as it is.
 */
const { waitFor } = vi;
const { poll } = expect;

vi.waitFor = (callback, options) =>
  waitFor(callback, patient(typeof options === 'number' ? { timeout: options } : options));
expect.poll = (callback, options) => poll(callback, patient(options));

function patient<Options extends { timeout?: number }>(options = {} as Options): Options {
  return { ...options, timeout: Math.max(PATIENCE, options.timeout ?? 0) };
}

/** Milliseconds. */
const PATIENCE = 60_000;
