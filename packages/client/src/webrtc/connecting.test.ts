import { expect, it, vi } from 'vitest';
import { unreachable } from '../failures.js';
import { Connecting } from './connecting.js';

const PARAMETERS = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'BB' }] };

it('sends one request for any number of callers', async () => {
  const send = vi.fn(async () => {});
  const connecting = new Connecting(send);
  await connecting.sent();
  expect(send).not.toHaveBeenCalled();
  connecting.begin(PARAMETERS);
  await Promise.all([connecting.sent(), connecting.sent()]);
  await connecting.sent();
  expect(send).toHaveBeenCalledTimes(1);
  expect(send).toHaveBeenCalledWith(PARAMETERS);
});

it('rejects with the reason of the failure, and tries again on the next call', async () => {
  const refusal = unreachable('no');
  const send = vi.fn((): Promise<void> => Promise.reject(refusal));
  const connecting = new Connecting(send);
  connecting.begin(PARAMETERS);
  await expect(connecting.sent()).rejects.toBe(refusal);
  send.mockImplementation(async () => {});
  await connecting.sent();
  expect(send).toHaveBeenCalledTimes(2);
});
