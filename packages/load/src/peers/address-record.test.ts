import { expect, it } from 'vitest';
import { localRecord } from './address-record.js';

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

it('gives each peer of a socket a loopback address of its own', () => {
  const candidates = [
    { address: '192.0.2.1', port: 1 },
    { address: '127.0.0.1', port: 40_000 },
  ];
  expect(localRecord(candidates, 300).map(hex)).toEqual([
    `04009c407f000001${'00'.repeat(12)}7f00012d${'00'.repeat(16)}`,
  ]);
  expect(localRecord([candidates[0]!], 0)).toEqual([]);
});
