import { describe, expect, it } from 'vitest';
import { addressRecord } from './address-record.js';

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

describe('address records', () => {
  it.each([
    ['192.0.2.1', `04009c40c0000201${'00'.repeat(32)}`],
    ['2001:db8::1', `06009c4020010db8${'00'.repeat(11)}01${'00'.repeat(20)}`],
    ['2001:db8:1:2:3:4:5:6', `06009c4020010db8000100020003000400050006${'00'.repeat(20)}`],
    ['::', `06009c40${'00'.repeat(36)}`],
    ['::ffff:192.0.2.1', `06009c40${'00'.repeat(10)}ffffc0000201${'00'.repeat(20)}`],
  ])('describe %s', (address, record) => {
    expect(addressRecord({ address, port: 40_000 }).map(hex)).toEqual([record]);
  });

  it.each(['meet.example.org', 'fe80::1%eth0', '', '1.2.3'])('leave out %j', (address) => {
    expect(addressRecord({ address, port: 40_000 })).toEqual([]);
  });
});
