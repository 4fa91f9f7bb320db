import { expect, it, vi } from 'vitest';
import { unreachable } from '../failures.js';
import { Connecting } from './connecting.js';

const PARAMETERS = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'BB' }] };

it('sends one request for any number of callers', async () => {
  const tell = vi.fn(async () => {});
  const connecting = new Connecting(tell);
  await connecting.told();
  expect(tell).not.toHaveBeenCalled();
  connecting.begin(PARAMETERS);
  await Promise.all([connecting.told(), connecting.told()]);
  await connecting.told();
  expect(tell).toHaveBeenCalledTimes(1);
  expect(tell).toHaveBeenCalledWith(PARAMETERS);
});

it('rejects with the reason of the failure, and tries again on the next call', async () => {
  const refusal = unreachable('no');
  const tell = vi.fn((): Promise<void> => Promise.reject(refusal));
  const connecting = new Connecting(tell);
  connecting.begin(PARAMETERS);
  await expect(connecting.told()).rejects.toBe(refusal);
  tell.mockImplementation(async () => {});
  await connecting.told();
  expect(tell).toHaveBeenCalledTimes(2);
});
